import type { Plan } from "./plan.ts";

/** One row of the grammar: how a line begins, and what is answered to it. */
export interface Verb {
  /** The line's beginning. A verb that takes nothing is the whole line. */
  readonly head: string;
  /** What follows the head, for people. */
  readonly takes?: string;
  /** What it does, for people. */
  readonly does: string;
  /** The verb may stand before another line, `VERB ;; LINE`, and changes how that one is answered. */
  readonly leads?: true;
  /** The plan, or undefined where the argument is not what the verb takes. */
  readonly read: (argument: string) => Plan | undefined;
}

/** A line's verb, and what follows it as it was written. */
export interface Match {
  readonly verb: Verb;
  readonly argument: string;
}

/** How a line with this verb is written. */
export function form({ head, takes, leads }: Verb): string {
  return head + (takes === undefined ? "" : ` ${takes}`) + (leads === true ? " [;; LINE]" : "");
}

/** The verb that a trimmed line begins with. A head that ends without a colon must be a word of its own. */
export function match(verbs: readonly Verb[], line: string): Match | undefined {
  for (const verb of verbs) {
    const { head } = verb;
    if (!line.startsWith(head)) continue;
    const argument = line.slice(head.length);
    const fits = verb.takes === undefined ? argument === "" : head.endsWith(":") || /^\s/.test(argument);
    if (fits) return { verb, argument };
  }
  return undefined;
}

/** A line up to the first `;;`, and what follows it. */
export function cutAtMark(line: string): readonly [string, string | undefined] {
  const at = line.indexOf(";;");
  return at < 0 ? [line.trim(), undefined] : [line.slice(0, at).trim(), line.slice(at + 2).trim()];
}
