import type { Model } from "../model.ts";
import type { System } from "../system.ts";
import type { LlamaLibrary } from "./library.ts";

/** Who is asked, and the name under which the engine's own parts are known. */
export const PROTOCOL = "llama.cpp";

/**
 * A model that runs in this process: a GGUF file in llama.cpp, through the optional package `node-llama-cpp`.
 * What decides about memory is settled here; the file is read when the model is first asked.
 */
export interface EngineModel {
  readonly engine: "llama.cpp";
  /** Path of the GGUF file; a relative one starts at the current folder. */
  readonly file: string;
  /** Tokens of input and output together; 8,192 when absent, or less where the model or the memory has less. */
  readonly contextSize?: number;
  /** How many requests are answered at once, each with a context of its own in memory; 1 when absent. More wait. */
  readonly parallel?: number;
  /** Threads to reckon with; the engine's own choice when absent. */
  readonly threads?: number;
  /** What reckons besides the processor: `auto` (the best there is) when absent, `false` for nothing. */
  readonly gpu?: "auto" | "cuda" | "metal" | "vulkan" | false;
  /** The largest answer when a request names no bound, in tokens; what the context still holds when absent. */
  readonly maxOutputTokens?: number;
  /** Time and chance; the machine's own by default. */
  readonly system?: System;
  /** Where the package comes from; `import("node-llama-cpp")` by default. For bundlers, and for tests. */
  readonly library?: () => Promise<LlamaLibrary>;
}

/** A model in this process. It holds memory from its first answer until it is closed. */
export interface LocalModel extends Model {
  /**
   * Frees the memory, once what runs has ended and unless another model uses the same file in the same way. Asking
   * afterwards is a ConfigurationError.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
