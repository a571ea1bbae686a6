import { ModelError } from "../../../src/llm/errors.ts";
import type { DecodedEvent } from "../../../src/llm/event.ts";
import { Fold, type Folded } from "../../../src/llm/fold.ts";
import type { Message } from "../../../src/llm/message.ts";
import type { Request } from "../../../src/llm/request.ts";
import type { Target } from "../../../src/protocols/protocol.ts";
import { gemini } from "../../../src/protocols/gemini/index.ts";

export const target: Target = {
  model: "gemini-test",
  stream: true,
  maxOutputTokens: 0,
  thinking: "budget",
};

/** What came of an answer, however it ended. */
export interface Outcome {
  readonly events: readonly DecodedEvent[];
  readonly folded: Folded;
  readonly error?: ModelError;
}

function outcome(feed: (decoder: ReturnType<typeof gemini.decoder>) => void): Outcome {
  const fold = new Fold();
  const events: DecodedEvent[] = [];
  const decoder = gemini.decoder((event) => {
    events.push(event);
    fold.push(event);
  }, target);
  try {
    feed(decoder);
    decoder.end();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { events, folded: fold.result(), error };
  }
  return { events, folded: fold.result() };
}

/** Reads a stream's chunks. */
export function stream(...chunks: unknown[]): Outcome {
  return outcome((decoder) => {
    for (const chunk of chunks) decoder.push(typeof chunk === "string" ? chunk : JSON.stringify(chunk), "");
  });
}

/** Reads a body in JSON. */
export function whole(body: unknown): Outcome {
  return outcome((decoder) => decoder.whole(typeof body === "string" ? body : JSON.stringify(body)));
}

/** A chunk with these parts; the last one has a finish reason. */
export function chunk(parts: readonly object[], finishReason?: unknown, more: object = {}): object {
  const candidate = {
    content: { role: "model", parts },
    ...(finishReason !== undefined && { finishReason }),
    ...more,
  };
  return { candidates: [candidate], responseId: "resp-1", modelVersion: "gemini-test" };
}

/** A request's body as the value it says. */
export function bodyOf(request: Request, to: Target = target): Record<string, unknown> {
  const messages: Message[] = [...request.messages];
  const pieces = messages.map((message) => gemini.message(message, to)).filter((piece) => piece !== "");
  return JSON.parse(gemini.head(request, to) + pieces.join(",") + gemini.tail) as Record<string, unknown>;
}
