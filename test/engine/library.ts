import * as llama from "node-llama-cpp";
import type { LlamaLibrary } from "../../src/providers/llama-cpp/library.ts";

/** The real engine; that it fits here is what its types are checked for. */
export const library = async (): Promise<LlamaLibrary> => llama;
