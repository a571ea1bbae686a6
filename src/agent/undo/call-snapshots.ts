import type { AroundCall, CallAround } from "../around.ts";
import { reasonOf } from "./errors.ts";
import { labelOf } from "./label.ts";

/**
 * A snapshot before each call that may change something. The calls of one answer run at the same time and share the one
 * before the first of them: what they leave half done in between is no state to go back to.
 *
 * @param snapshot takes one; the label is asked for when it is written
 */
export function callSnapshots(
  snapshot: (label: () => string) => Promise<unknown>,
  whenItFails: "refuse" | "go-on",
  notice: (text: string) => void,
): CallAround {
  // By the answer that asks for them: the newest message of the conversation while its calls run.
  const byAnswer = new WeakMap<object, { readonly labels: string[]; readonly taken: Promise<unknown> }>();
  const before = async ({ tool, input, context }: AroundCall): Promise<string | undefined> => {
    if (tool.readOnly) return undefined;
    const answer = answerOf(context);
    const label = labelOf(tool, input);
    let shared = answer === undefined ? undefined : byAnswer.get(answer);
    if (shared === undefined) {
      const labels: string[] = [];
      shared = { labels, taken: snapshot(() => labels.join("; ")) };
      if (answer !== undefined) byAnswer.set(answer, shared);
    }
    shared.labels.push(label);
    try {
      await shared.taken;
      return undefined;
    } catch (error) {
      const why = reasonOf(error);
      if (whenItFails === "go-on") {
        notice(`no snapshot could be taken, so what ${label} does cannot be undone: ${why}`);
        return undefined;
      }
      return `This was not run, for no snapshot of the files could be taken before it: ${why}. Tell the user; nothing was changed.`;
    }
  };
  return { before };
}

function answerOf({ conversation }: AroundCall["context"]): object | undefined {
  // Tools are also run without a conversation, in tests and by hand.
  return (conversation as typeof conversation | undefined)?.history.last;
}
