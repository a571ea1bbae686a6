import { ModelError } from "../../llm/errors.ts";
import type { ResponseSchema } from "../../llm/request.ts";
import type { Binding, Llama } from "./library.ts";
import { grammarSchema } from "./schema.ts";
import type { Telling } from "./telling.ts";
import type { Offer } from "./tools.ts";

/**
 * What an answer is bound to: the tools it may call, or a schema for its text.
 * @throws ModelError `invalid-request` for both at once.
 */
export async function bindingFor(
  responseSchema: ResponseSchema | undefined,
  tools: Offer | undefined,
  llama: Llama,
  telling: Telling,
): Promise<Binding> {
  // An answer that has to be a call is bound by its tool.
  if (tools !== undefined && (responseSchema === undefined || tools.forced)) {
    return {
      functions: tools.callable,
      ...(!tools.parallel && { maxParallelFunctionCalls: 1 }),
      onFunctionCallParamsChunk: telling.params,
      onFunctionCall: telling.called,
    };
  }
  if (responseSchema === undefined) return {};
  if (tools === undefined) {
    const grammar = await llama.createGrammarForJsonSchema(grammarSchema(responseSchema.schema));
    return { grammar: grammar as never };
  }
  throw new ModelError(
    "the engine binds an answer either to a schema or to tools: leave one out, or set toolChoice",
    { kind: "invalid-request" },
  );
}
