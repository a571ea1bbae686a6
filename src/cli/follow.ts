import type { ConversationEvent } from "../conversation/event.ts";
import { toolCalls } from "../llm/message.ts";
import type { Clock } from "../providers/system.ts";
import { eventNotice, SLOW_MS, slowNotice } from "./notices.ts";
import { AnswerText } from "./output.ts";
import type { Result } from "./result.ts";
import type { Teller } from "./terminal.ts";

/** One exchange as a face follows it. */
export interface Following {
  readonly onEvent: (event: ConversationEvent) => void;
  /** The calls that the model made so far, of this conversation. */
  readonly toolCalls: () => Result["toolCalls"];
  /** The answer so far. */
  readonly text: () => string;
  /** The exchange is over: nothing more is to be told of it. */
  readonly stop: () => void;
}

/** Follows an exchange: `show` gets each event with the text it adds, the teller what there is to tell of waits. */
export function follow(
  clock: Clock,
  tell: Teller,
  show: (event: ConversationEvent, text: string) => void,
): Following {
  const answer = new AnswerText();
  const calls: Result["toolCalls"][number][] = [];
  let root: string | undefined;
  let stop = (): void => undefined;
  return {
    onEvent: (event) => {
      stop();
      if (event.type === "request") stop = clock.timer(SLOW_MS, () => tell.notice(slowNotice(event.model)));
      root ??= event.conversationId;
      if (event.type === "message" && event.message.role === "assistant" && event.conversationId === root) {
        for (const { id, name, input } of toolCalls(event.message))
          calls.push({ id, name, input: input ?? null });
      }
      show(event, answer.push(event));
      const notice = eventNotice(event);
      if (notice !== undefined) tell.notice(notice);
    },
    toolCalls: () => calls,
    text: () => answer.all,
    stop: () => stop(),
  };
}
