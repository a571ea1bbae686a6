import { ModelError } from "../llm/errors.ts";
import type { Request, ResponseSchema } from "../llm/request.ts";
import type { Response } from "../llm/response.ts";
import type { Protocol, Target } from "../protocols/protocol.ts";
import { AnswerReader } from "../protocols/structured/answer-reader.ts";
import { ask } from "../protocols/structured/ask.ts";
import type { Model, RunOptions } from "./model.ts";

/**
 * The function that asks a model, able to ask for an answer by schema in whatever way the model can be asked. A
 * request without a schema goes straight on.
 */
export function withStructuredOutput(
  complete: Model["complete"],
  protocol: Protocol,
  target: Target,
): Model["complete"] {
  const askBySchema = async (
    request: Request,
    schema: ResponseSchema,
    { signal, onEvent }: RunOptions = {},
  ): Promise<Response> => {
    const asked = ask(request, schema, protocol, target);
    if (asked.tool === undefined && !asked.wrapped) return complete(asked.request, { signal, onEvent });
    const reader = new AnswerReader(asked, (event) => onEvent?.(event));
    try {
      const answer = await complete(asked.request, {
        signal,
        onEvent: onEvent && ((event) => reader.push(event)),
      });
      return reader.response(answer);
    } catch (error) {
      if (!(error instanceof ModelError) || error.partial === undefined) throw error;
      throw error.with({ partial: reader.message(error.partial) });
    }
  };
  return (request, options) =>
    request.responseSchema === undefined
      ? complete(request, options)
      : askBySchema(request, request.responseSchema, options);
}
