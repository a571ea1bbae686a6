import { ModelError } from "../../../src/llm/errors.ts";
import type { DecodedEvent } from "../../../src/llm/event.ts";
import { Fold, type Folded } from "../../../src/llm/fold.ts";
import type { Message } from "../../../src/llm/message.ts";
import type { Request } from "../../../src/llm/request.ts";
import { openaiChat } from "../../../src/protocols/openai-chat/index.ts";
import { encode, type Decoder } from "../../../src/protocols/protocol.ts";
import type { Target } from "../../../src/protocols/protocol.ts";
import type { Dialect } from "../../../src/protocols/dialect.ts";

export const plain: Target = { model: "m", stream: false, maxOutputTokens: 0, thinking: "adaptive" };

/** What came of an answer, however it ended. */
export interface Outcome {
  readonly events: readonly DecodedEvent[];
  readonly folded: Folded;
  readonly error?: ModelError;
}

function outcome(feed: (decoder: Decoder) => void, dialect: Dialect): Outcome {
  const fold = new Fold();
  const events: DecodedEvent[] = [];
  const emit = (event: DecodedEvent): void => {
    events.push(event);
    fold.push(event);
  };
  const decoder = openaiChat.decoder(emit, { ...plain, dialect });
  try {
    feed(decoder);
    decoder.end();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { events, folded: fold.result(), error };
  }
  return { events, folded: fold.result() };
}

/** Reads a stream's events: objects as their JSON, texts as they are. */
export function streamed(events: readonly unknown[], dialect: Dialect = {}): Outcome {
  return outcome((decoder) => {
    for (const event of events) decoder.push(typeof event === "string" ? event : JSON.stringify(event), "");
  }, dialect);
}

/** Reads a body in JSON. */
export function whole(body: unknown): Outcome {
  return outcome((decoder) => decoder.whole(typeof body === "string" ? body : JSON.stringify(body)), {});
}

/** A chunk with this delta. */
export function chunk(delta: object, finish_reason: string | null = null, more: object = {}): object {
  return {
    id: "c1",
    object: "chat.completion.chunk",
    model: "m1",
    choices: [{ index: 0, delta, finish_reason }],
    ...more,
  };
}

/** A finished stream of these deltas. */
export function deltas(...each: object[]): unknown[] {
  return [...each.map((delta) => chunk(delta)), chunk({}, "stop"), "[DONE]"];
}

/** A whole answer with this message. */
export function answer(message: object, finish_reason: string | null = "stop", more: object = {}): object {
  const choices = [{ index: 0, message: { role: "assistant", ...message }, finish_reason }];
  return { id: "c1", object: "chat.completion", model: "m1", choices, ...more };
}

/** A request's body as the value it says. */
export function bodyOf(request: Request, target: Target = plain): Record<string, unknown> {
  return JSON.parse(encode(openaiChat, request, target)) as Record<string, unknown>;
}

/** The wire's messages for ours. */
export function messagesOf(messages: readonly Message[], dialect: Dialect = {}): unknown {
  return bodyOf({ messages }, { ...plain, dialect })["messages"];
}
