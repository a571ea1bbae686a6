import type { ConversationEvent } from "../conversation/event.ts";
import type { Clock } from "../providers/system.ts";
import { eventNotice, SLOW_MS, slowNotice } from "./notices.ts";
import { AnswerText } from "./output.ts";
import type { Teller } from "./terminal.ts";

/** One exchange as a face follows it. */
export interface Following {
  readonly onEvent: (event: ConversationEvent) => void;
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
  let stop = (): void => undefined;
  return {
    onEvent: (event) => {
      stop();
      if (event.type === "request") stop = clock.timer(SLOW_MS, () => tell.notice(slowNotice(event.model)));
      show(event, answer.push(event));
      const notice = eventNotice(event);
      if (notice !== undefined) tell.notice(notice);
    },
    text: () => answer.all,
    stop: () => stop(),
  };
}
