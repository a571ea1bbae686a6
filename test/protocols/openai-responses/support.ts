import type { JsonObject } from "../../../src/llm/json.ts";
import type { DecodedEvent } from "../../../src/llm/event.ts";
import { Fold, type Folded } from "../../../src/llm/fold.ts";
import type { Request } from "../../../src/llm/request.ts";
import { openaiResponses } from "../../../src/protocols/openai-responses/index.ts";
import type { Dialect } from "../../../src/protocols/dialect.ts";
import { encode, type Target } from "../../../src/protocols/protocol.ts";

/** A model asked for a whole answer, that thinks by effort. */
export function target(dialect: Dialect = {}): Target {
  return { model: "m", stream: false, maxOutputTokens: 0, thinking: "adaptive", dialect };
}

/** The body of a request as a value. */
export function bodyOf(request: Request, facts: Partial<Target> = {}): JsonObject {
  const to = { ...target(), ...facts };
  return JSON.parse(encode(openaiResponses, request, to)) as JsonObject;
}

/** A body read and made again. */
export function rebuilt(body: JsonObject, facts: Partial<Target> = {}): JsonObject {
  const { model, stream, request } = openaiResponses.readRequest(body, "/responses");
  return bodyOf(request, { model, stream, maxOutputTokens: request.maxOutputTokens ?? 0, ...facts });
}

/** What an answer's events, or its body, decode to. */
export function decoded(
  answer: readonly JsonObject[] | string,
  dialect: Dialect = {},
): { events: DecodedEvent[]; folded: Folded } {
  const events: DecodedEvent[] = [];
  const fold = new Fold();
  const decoder = openaiResponses.decoder((event) => {
    events.push(event);
    fold.push(event);
  }, target(dialect));
  if (typeof answer === "string") decoder.whole(answer);
  else for (const event of answer) decoder.push(JSON.stringify(event), "");
  decoder.end();
  return { events, folded: fold.result() };
}
