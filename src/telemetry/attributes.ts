import type { Request } from "../llm/request.ts";
import type { Response } from "../llm/response.ts";
import { inputTokens, outputTokens, type Usage } from "../llm/usage.ts";
import type { ModelInfo } from "../providers/model.ts";
import type { Attributes } from "./api.ts";
import { CHAT, finishReason, names, providerName } from "./conventions.ts";

/** What is known of a model before it is asked: on its spans and on all measurements. */
export function modelAttributes({ name, provider, server }: ModelInfo): Attributes {
  return {
    [names.operation]: CHAT,
    [names.provider]: providerName(provider),
    [names.requestModel]: name,
    ...(server !== undefined && { [names.serverAddress]: server.host, [names.serverPort]: server.port }),
  };
}

/** What is asked for, without what is said. */
export function requestAttributes(request: Request): Attributes {
  const { maxOutputTokens, temperature, topP, topK, stopSequences, responseSchema } = request;
  return {
    ...(maxOutputTokens !== undefined && { [names.maxTokens]: maxOutputTokens }),
    ...(temperature !== undefined && { [names.temperature]: temperature }),
    ...(topP !== undefined && { [names.topP]: topP }),
    ...(topK !== undefined && { [names.topK]: topK }),
    ...(stopSequences !== undefined && { [names.stopSequences]: [...stopSequences] }),
    ...(responseSchema !== undefined && { [names.outputType]: "json" }),
  };
}

/** What is known of a whole answer, without what it says. */
export function responseAttributes(response: Response): Attributes {
  const { stopReason, rawStopReason, usage, cost, requestId } = response;
  const finish = finishReason(stopReason);
  return {
    ...answererAttributes(response),
    ...(finish !== undefined && { [names.finishReasons]: [finish] }),
    ...(rawStopReason !== null && { [names.rawStopReason]: rawStopReason }),
    ...inputAttributes(usage),
    ...outputAttributes(usage),
    ...(cost.known && { [names.cost]: cost.dollars }),
    ...(requestId !== undefined && { [names.requestId]: requestId }),
  };
}

/** Who answers, which is known as soon as an answer begins. Some vendors leave one or the other empty. */
export function answererAttributes({ id, model }: Pick<Response, "id" | "model">): Attributes {
  return {
    ...(id !== "" && { [names.responseId]: id }),
    ...(model !== "" && { [names.responseModel]: model }),
  };
}

/** Token counts that are facts. */
export interface KnownTokens {
  readonly input?: number | undefined;
  readonly output?: number | undefined;
}

/** All tokens that went in and came out; neither where nothing was reported. */
export function knownTokens(usage: Usage): KnownTokens {
  return usage.source === "unknown" ? {} : { input: inputTokens(usage), output: outputTokens(usage) };
}

/** Tokens that went in, from whatever cache. Zeros of a class may mean that the vendor does not tell it. */
export function inputAttributes(usage: Usage): Attributes {
  if (usage.source === "unknown") return {};
  const written = usage.cacheWrite5m + usage.cacheWrite1h;
  return {
    [names.inputTokens]: inputTokens(usage),
    ...(usage.cacheRead > 0 && { [names.cacheReadTokens]: usage.cacheRead }),
    ...(written > 0 && { [names.cacheWriteTokens]: written }),
  };
}

function outputAttributes(usage: Usage): Attributes {
  if (usage.source === "unknown") return {};
  return {
    [names.outputTokens]: outputTokens(usage),
    ...(usage.reasoning > 0 && { [names.reasoningTokens]: usage.reasoning }),
  };
}
