import { follow } from "../../providers/follow.ts";
import type { AroundCall, CallAround } from "../around.ts";
import { reasonOf } from "./errors.ts";
import { labelOf } from "./label.ts";

/** A snapshot before the calls of one answer. */
interface Shared {
  readonly labels: string[];
  /** How many calls wait for it. */
  waiting: number;
  readonly nobodyWaits: AbortController;
  readonly taken: Promise<unknown>;
}

/**
 * A snapshot before each call that may change something. The calls of one answer run at the same time and share the one
 * before the first of them: what they leave half done in between is no state to go back to. One that nobody waits for any
 * more is given up.
 *
 * @param snapshot takes one; the label is asked for when it is written
 */
export function callSnapshots(
  snapshot: (label: () => string, signal: AbortSignal) => Promise<unknown>,
  whenItFails: "refuse" | "go-on",
  notice: (text: string) => void,
): CallAround {
  // By the answer that asks for them: the newest message of the conversation while its calls run.
  const byAnswer = new WeakMap<object, Shared>();
  const shared = (answer: object | undefined): Shared => {
    const known = answer === undefined ? undefined : byAnswer.get(answer);
    if (known?.nobodyWaits.signal.aborted === false) return known;
    const labels: string[] = [];
    const nobodyWaits = new AbortController();
    const taken = snapshot(() => labels.join("; "), nobodyWaits.signal);
    const made = { labels, waiting: 0, nobodyWaits, taken };
    if (answer !== undefined) byAnswer.set(answer, made);
    return made;
  };
  const before = async ({ tool, input, context }: AroundCall): Promise<string | undefined> => {
    if (tool.readOnly) return undefined;
    const label = labelOf(tool, input);
    const one = shared(answerOf(context));
    one.labels.push(label);
    one.waiting++;
    const release = follow(context.signal, (reason) => {
      one.waiting--;
      if (one.waiting === 0) one.nobodyWaits.abort(reason);
    });
    try {
      await one.taken;
      return undefined;
    } catch (error) {
      if (context.signal.aborted) throw error;
      const why = reasonOf(error);
      if (whenItFails === "go-on") {
        notice(`no snapshot could be taken, so what ${label} does cannot be undone: ${why}`);
        return undefined;
      }
      return `This was not run, for no snapshot of the files could be taken before it: ${why}. Tell the user; nothing was changed.`;
    } finally {
      release();
    }
  };
  return { before };
}

function answerOf({ conversation }: AroundCall["context"]): object | undefined {
  // Tools are also run without a conversation, in tests and by hand.
  return (conversation as typeof conversation | undefined)?.history.last;
}
