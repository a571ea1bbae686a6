import { ConfigurationError } from "../../llm/errors.ts";
import type { Prices } from "../../llm/money.ts";
import { defineModel, type Model, type ModelInfo } from "../model.ts";
import { PROTOCOL, type EngineModel, type LocalModel } from "./options.ts";

const free: Prices = { rates: { input: "0", cacheRead: "0", output: "0" } };

/**
 * A model in this process. Nothing is read or loaded yet: that, and the engine's code, waits for the first request.
 * @throws ConfigurationError `invalid-option`.
 */
export function openEngine(options: EngineModel): LocalModel {
  const { engine, file, contextSize, maxOutputTokens } = options;
  if (engine !== "llama.cpp") throw invalid(`unknown engine ${JSON.stringify(engine)}; known: llama.cpp`);
  if (file === "") throw invalid("file must be the path of a GGUF file");
  for (const name of ["contextSize", "parallel", "threads", "maxOutputTokens"] as const) {
    const value = options[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
    throw invalid(`${name} must be a whole number from 1, not ${value}`);
  }
  const info: ModelInfo = {
    name: file.replace(/^.*[\\/]/, ""),
    provider: PROTOCOL,
    protocol: "none",
    ...(contextSize !== undefined && { window: contextSize }),
    ...(maxOutputTokens !== undefined && { maxOutput: maxOutputTokens }),
    prices: free,
  };
  let running: Promise<{ complete: Model["complete"]; close(): Promise<void> }> | undefined;
  let closing: Promise<void> | undefined;
  const load = async () => (await import("./engine.ts")).engine(options, info);
  const close = (): Promise<void> => (closing ??= (async () => (await running)?.close())());
  const model = defineModel(info, async (request, run) => {
    if (closing !== undefined) throw invalid(`the model ${info.name} was closed; open it again`);
    return (await (running ??= load())).complete(request, run);
  });
  return { ...model, close, [Symbol.asyncDispose]: close };
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError("invalid-option", `llama.cpp: ${message}`);
}
