import type { Message, Part } from "../llm/message.ts";
import { messageText } from "../llm/message.ts";
import type { Response } from "../llm/response.ts";
import type { Attributes, Logger } from "../log/logger.ts";
import type { ConversationEvent, Happening } from "./event.ts";
import { outline } from "./outline.ts";
import { costJson } from "./to-json.ts";

/**
 * A listener that logs what happens in a conversation, or in a stream of a model: `request`, `response`, `message`, calls
 * of tools, ends of turns and whatever is new at the level `info`, `retry`, `wait` and `output-retry` at `warn`, `error` at `error` (`info` where it
 * was aborted). Pieces of answers are not logged. What was said is told at `debug` alone; above that, messages are
 * counts and lengths.
 *
 * `createConversation({ log })` does this by itself, and binds the ids of the conversation as well.
 *
 * @example
 * for await (const event of model.stream(request)) listen(event); // const listen = logEvents(log)
 */
export function logEvents(log: Logger): (event: Happening | ConversationEvent) => void {
  return (event) => {
    switch (event.type) {
      case "part-start":
      case "part-delta":
      case "part-end":
      case "start":
      case "usage":
      case "stop":
        return;
      default:
        if (!log.on("error")) return;
        try {
          record(log, event);
        } catch {
          // A logger of somebody else's may throw. It only watches.
        }
    }
  };
}

/** What {@link logEvents} passes over. */
type Passing = "part-start" | "part-delta" | "part-end" | "start" | "usage" | "stop";

function record(log: Logger, event: Exclude<Happening, { readonly type: Passing }> & Partial<Placed>): void {
  const { conversationId: conversation } = event;
  const said = log.on("debug");
  switch (event.type) {
    case "request": {
      const { model, attempt } = event;
      log.info("request", { conversation, model, attempt });
      break;
    }
    case "retry":
    case "output-retry":
    case "wait": {
      const { type, conversationId: _, seq: __, ...facts } = event;
      log.warn(type, { conversation, ...facts });
      break;
    }
    case "response":
      log.info("response", { conversation, ...responseFacts(event.response) });
      break;
    case "message": {
      const { message, length } = event;
      const parts = said ? message.parts.map(partSaid) : undefined;
      log.info("message", { conversation, length, ...messageFacts(message), parts });
      break;
    }
    case "error": {
      const { error } = event;
      const name = error instanceof Error ? error.name : undefined;
      const body = said && error instanceof Error && "body" in error ? error.body : undefined;
      log[name === "AbortError" ? "info" : "error"]("error", { conversation, error, body });
      break;
    }
    case "tool-approval":
    case "tool-start": {
      const { type, callId, name, input } = event;
      log.info(type, { conversation, callId, name, input: said ? input : undefined });
      break;
    }
    case "tool-progress": {
      const { type, callId, name, update } = event;
      log.debug(type, { conversation, callId, name, update });
      break;
    }
    case "tool-result": {
      const { type, callId, name, result } = event;
      const { isError = false, content } = result;
      const characters = content.reduce(
        (sum, part) => sum + (part.type === "text" ? part.text.length : 0),
        0,
      );
      const told = said ? content.map(partSaid) : undefined;
      log.info(type, { conversation, callId, name, isError, characters, content: told });
      break;
    }
    case "compaction":
    case "turn-end": {
      const { type, conversationId: _, seq: __, ...facts } = event;
      log.info(type, { conversation, ...facts });
      break;
    }
    default:
      logUnknown(log, event, conversation, said);
  }
}

interface Placed {
  readonly conversationId: string;
  readonly seq: number;
}

/** An event that came after this was written: its numbers and names, and all of it only where that may be told. */
function logUnknown(log: Logger, event: object, conversation: string | undefined, said: boolean): void {
  const { type, conversationId: _, seq: __, ...facts } = event as Attributes & { readonly type: string };
  log.info(type, { conversation, ...(said ? facts : (outline(facts) as Attributes)) });
}

function responseFacts(response: Response): Attributes {
  const { id, model, stopReason, rawStopReason, toolCalls, usage, cost, timing, requestId } = response;
  const { firstEventMs, totalMs } = timing;
  return {
    requestId,
    id,
    model,
    stopReason,
    rawStopReason,
    toolCalls: toolCalls.length,
    firstEventMs: microseconds(firstEventMs),
    totalMs: microseconds(totalMs),
    usage,
    cost: costJson(cost),
  };
}

/** Milliseconds without the noise of their floating point. */
const microseconds = (ms: number): number => Math.round(ms * 1000) / 1000;

/** What can be told of a message without what it says. */
function messageFacts(message: Message): Attributes {
  const kinds: Record<string, number> = {};
  for (const { type } of message.parts) kinds[type] = (kinds[type] ?? 0) + 1;
  return { role: message.role, kinds, characters: messageText(message).length };
}

/** A part without bytes, signatures and vendors' fields, which nobody can read. */
function partSaid(part: Part): Attributes {
  switch (part.type) {
    case "text":
    case "thinking":
      return { type: part.type, text: part.text };
    case "tool-call":
      return { type: part.type, id: part.id, name: part.name, arguments: part.argumentsText };
    case "tool-result": {
      const { callId, name, isError, content } = part;
      return { type: part.type, callId, name, isError, content: content.map(partSaid) };
    }
    default:
      return { type: part.type };
  }
}
