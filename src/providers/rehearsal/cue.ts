import { History } from "../../llm/history.ts";
import type { Message } from "../../llm/message.ts";
import { acknowledgement, isNext, isScript, readLine } from "./grammar.ts";
import { answer, type Plan } from "./plan.ts";

/**
 * What a conversation asks for now: what its last line says, if that is new; its script's next step, if
 * it has one; a short acknowledgement otherwise (of tool results, or of the model's own words sent back).
 */
export function readMessages(messages: readonly Message[] | History): Plan {
  let answered = 0;
  let first = true;
  let asksNext = false;
  for (const message of backwards(messages)) {
    const line = message.role === "user" ? lastText(message) : undefined;
    if (message.role === "assistant") answered++;
    else if (line !== undefined && isScript(line)) return readLine(line, answered);
    else if (line !== undefined && isNext(line)) asksNext = true;
    else if (line !== undefined && first) return readLine(line);
    else if (line !== undefined) break;
    first = false;
  }
  return asksNext ? readLine("next") : answer(acknowledgement);
}

/** The last text of a message, trimmed. */
function lastText(message: Message): string | undefined {
  const part = message.parts.findLast((one) => one.type === "text");
  return part?.text.trim();
}

function* backwards(messages: readonly Message[] | History): Generator<Message> {
  if (!(messages instanceof History)) {
    for (let i = messages.length - 1; i >= 0; i--) yield messages[i] as Message;
    return;
  }
  let node: History | undefined = messages;
  for (; node?.last !== undefined; node = node.parent) yield node.last;
}
