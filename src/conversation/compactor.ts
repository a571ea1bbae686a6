import { ModelError } from "../llm/errors.ts";
import { History } from "../llm/history.ts";
import type { Message } from "../llm/message.ts";
import type { Response } from "../llm/response.ts";
import { inputTokens, outputTokens, type Usage } from "../llm/usage.ts";
import type { CompactionEntry } from "./journal.ts";
import { compacted, defaultCompaction, plan, summaryPrompt, type CompactionOptions } from "./compaction.ts";

/** How full a model's window is, as far as that is known. */
export interface Fill {
  /** In tokens. */
  readonly window: number | undefined;
  /** What the last answer used. */
  readonly used: Usage | undefined;
}

/** How large a window is taken to be that nobody knows, in tokens. */
const UNKNOWN_WINDOW = 100_000;

/** Whether the window is so full that the history should be shorter before the next request. */
export function isCrowded({ window, used }: Fill, options: CompactionOptions | false = {}): boolean {
  if (options === false || window === undefined || used === undefined || used.source === "unknown")
    return false;
  return tokens(used) >= (options.at ?? defaultCompaction.at) * window;
}

/** A shorter history in the place of this one; undefined where there is none, or none that frees enough. */
export async function shortened(
  history: History,
  { window = UNKNOWN_WINDOW, used }: Fill,
  options: CompactionOptions | false = {},
  ask: (prompt: string) => Promise<Response>,
): Promise<History | undefined> {
  if (options === false) return undefined;
  const { keep = defaultCompaction.keep } = options;
  const filled = used === undefined ? 0 : tokens(used);
  const cut = plan(history.toArray(), Math.min(0.5, (keep * window) / Math.max(filled, 1)));
  if (cut === undefined) return undefined;
  const summary = await summarise(cut.older, window, ask);
  const shorter = summary === undefined ? undefined : compacted(cut, summary);
  return shorter === undefined ? undefined : History.of(shorter);
}

/** A summary of messages; they are shown half as much each time that even its request is too long. */
async function summarise(
  older: readonly Message[],
  window: number,
  ask: (prompt: string) => Promise<Response>,
): Promise<string | undefined> {
  // A token is two characters or more in nearly all texts.
  for (let most = window * 2; most > 1000; most /= 2) {
    try {
      const { stopReason, text } = await ask(summaryPrompt(older, most));
      return stopReason === "end_turn" && text.trim() !== "" ? text.trim() : undefined;
    } catch (error) {
      if (!(error instanceof ModelError) || error.kind !== "context-overflow") throw error;
    }
  }
  return undefined;
}

function tokens(used: Usage): number {
  return inputTokens(used) + outputTokens(used);
}

/** What a compaction wrote: the messages in the place of the older ones, and how many of the newest stayed. */
export function replaced(before: History, after: History): Pick<CompactionEntry, "messages" | "kept"> {
  const old = before.toArray();
  const messages = after.toArray();
  let kept = 0;
  while (kept < messages.length && messages.at(-1 - kept) === old.at(-1 - kept)) kept++;
  return { messages: messages.slice(0, messages.length - kept), kept };
}
