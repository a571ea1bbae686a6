import type { AgentEvent } from "../agent/event.ts";
import { toolCalls } from "../llm/message.ts";
import type { Clock } from "../providers/system.ts";
import { eventNotice, SLOW_MS, slowNotice } from "./notices.ts";
import { AnswerText } from "./output.ts";
import type { Result } from "./result.ts";
import type { Teller } from "./terminal.ts";

/** One exchange as a face follows it. */
export interface Following {
  readonly onEvent: (event: AgentEvent) => void;
  /** The calls that the model made so far, of this conversation. */
  readonly toolCalls: () => Result["toolCalls"];
  /** The answer so far. */
  readonly text: () => string;
  /** The exchange is over: nothing more is to be told of it. */
  readonly stop: () => void;
}

/** Follows an exchange: `show` gets each event with the text it adds, the teller what there is to tell beside it. */
export function follow(
  clock: Clock,
  tell: Teller,
  show: (event: AgentEvent, text: string) => void,
  /** Ends a line of the answer that a notice would go on with: where both are on one terminal. */
  endLine?: (end: string) => void,
): Following {
  const notify = (notice: string): void => {
    const end = endLine === undefined ? "" : answer.lineEnd();
    if (end !== "") endLine?.(end);
    tell.notice(notice);
  };
  const answer = new AnswerText();
  const calls: Result["toolCalls"][number][] = [];
  /** Sub-agents, by the ids of their conversations. */
  const names = new Map<string, string>();
  let root: string | undefined;
  let stop = (): void => undefined;
  return {
    onEvent: (event) => {
      // What the face did itself.
      if (event.type === "said" || event.type === "taken" || event.type === "turn-begin") return;
      if (event.type === "sub-agent") names.set(event.child, event.name);
      if ("conversationId" in event) {
        stop();
        if (event.type === "request") stop = clock.timer(SLOW_MS, () => notify(slowNotice(event.model)));
        root ??= event.conversationId;
      }
      const own = "conversationId" in event && event.conversationId === root;
      if (own && event.type === "message" && event.message.role === "assistant") {
        for (const { id, name, input } of toolCalls(event.message))
          calls.push({ id, name, input: input ?? null });
      }
      // What a sub-agent says is for its agent.
      show(event, own ? answer.push(event) : "");
      const notice = eventNotice(event);
      const who = "conversationId" in event ? names.get(event.conversationId) : undefined;
      if (notice !== undefined) notify(who === undefined ? notice : `[${who}] ${notice}`);
    },
    toolCalls: () => calls,
    text: () => answer.all,
    stop: () => stop(),
  };
}
