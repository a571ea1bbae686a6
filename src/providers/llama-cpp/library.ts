import { ConfigurationError } from "../../llm/errors.ts";
import type { JsonValue } from "../../llm/json.ts";
import type { GrammarSchema } from "./schema.ts";

/*
 * The part of node-llama-cpp that we use, in its own words: https://node-llama-cpp.withcat.ai/api/functions/getLlama
 * The package is an optional peer, so its types may not be there; test/engine checks that these agree with them.
 */

/** The module `node-llama-cpp`, 3.22 or later. */
export interface LlamaLibrary {
  getLlama(options: {
    build: "never";
    gpu: "auto" | "cuda" | "metal" | "vulkan" | false;
    maxThreads?: number;
    logger(level: string, message: string): void;
  }): Promise<Llama>;
  resolveChatWrapper(model: LlamaModel, options: { warningLogs: boolean }): ChatWrapper;
  readonly LlamaChat: typeof LlamaChat;
}

export interface Llama {
  loadModel(options: { modelPath: string }): Promise<LlamaModel>;
  createGrammarForJsonSchema(schema: GrammarSchema): Promise<object>;
}

export interface LlamaModel {
  readonly tokenizer: object;
  /** Frees the model and its contexts. */
  dispose(): Promise<void>;
  createContext(options: {
    contextSize: number | { max: number };
    sequences: number;
    threads?: number;
  }): Promise<LlamaContext>;
}

interface LlamaContext {
  readonly contextSize: number;
  getSequence(): Sequence;
}

/** One place in a context, with the tokens that were last evaluated there. */
export interface Sequence {
  /** How many tokens the place holds. */
  readonly nextTokenIndex: number;
  readonly tokenMeter: { readonly usedOutputTokens: number };
  compareContextTokens(tokens: readonly Token[]): { readonly firstDifferentIndex: number };
  /** Drops what the place holds from the first token on that differs. */
  adaptStateToTokens(tokens: readonly Token[], allowShift: boolean): Promise<void>;
  clearHistory(): Promise<void>;
}

/** How a model was taught to read a conversation, found by the template in its file. */
export interface ChatWrapper {
  generateContextState(options: {
    readonly chatHistory: readonly ChatItem[];
    readonly availableFunctions?: Functions;
  }): ChatState;
}

interface ChatState {
  readonly contextText: { tokenize(tokenizer: object): Token[] };
  readonly stopGenerationTriggers: readonly unknown[];
}

/** The library's number of a token. */
export type Token = number;

/** What was said, as the library wants it: a call and its result are one piece of what the model said. */
export type ChatItem =
  | { readonly type: "system" | "user"; readonly text: string }
  | { readonly type: "model"; response: Said[] };

export type Said = string | SaidCall | SaidSegment;

export interface SaidCall {
  readonly type: "functionCall";
  readonly name: string;
  readonly params: JsonValue | undefined;
  readonly result: JsonValue;
  /** The call begins another answer than the call before it. */
  readonly startsNewChunk: boolean;
}

/** Something said besides the answer: thoughts, or a comment on what is done. */
interface SaidSegment {
  readonly type: "segment";
  readonly segmentType: SegmentType;
  readonly text: string;
  readonly ended: boolean;
}

export type SegmentType = "thought" | "comment";

/** Tools by name. */
export type Functions = Readonly<
  Record<string, { readonly description?: string; readonly params?: GrammarSchema }>
>;

/** A model talking in one place of a context. */
declare class LlamaChat {
  constructor(options: { contextSequence: Sequence; chatWrapper?: "auto" | ChatWrapper });
  generateResponse(history: ChatItem[], options: GenerateOptions): Promise<ChatResponse>;
  dispose(): void;
}

/** How an answer is made. */
export type GenerateOptions = Sampling & Run & Binding;

/** How the next token is chosen. */
export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly customStopTriggers?: readonly string[];
  readonly budgets?: { readonly thoughtTokens: number };
}

/** The limits of an answer, and who hears it. */
export interface Run {
  readonly signal: AbortSignal;
  readonly maxTokens: number;
  /** Asked for when the context is full, before anything of it is thrown away. */
  readonly contextShift: { readonly size: () => number };
  readonly onResponseChunk: (chunk: ResponseChunk) => void;
}

/** What an answer is bound to: a grammar, or that its calls fit the tools. */
export type Binding =
  // A compiled grammar is only handed on, so nothing is said of it here.
  | { readonly grammar?: never }
  | {
      readonly functions: Functions;
      readonly maxParallelFunctionCalls?: number;
      readonly onFunctionCallParamsChunk: (chunk: ParamsChunk) => void;
      readonly onFunctionCall: (call: { readonly functionName: string }) => void;
    };

export interface ResponseChunk {
  /** Absent for the answer itself. */
  readonly segmentType?: SegmentType | undefined;
  readonly text: string;
  readonly tokens: readonly Token[];
}

export interface ParamsChunk {
  readonly callIndex: number;
  readonly functionName: string;
  readonly paramsChunk: string;
}

export interface ChatResponse {
  readonly metadata: {
    readonly stopReason: string;
    readonly customStopTrigger?: readonly (string | Token)[];
  };
}

const packageName: string = "node-llama-cpp";

/** The package. @throws ConfigurationError `missing-package` where it is not installed. */
export async function importLibrary(): Promise<LlamaLibrary> {
  try {
    return (await import(packageName)) as LlamaLibrary;
  } catch (error) {
    throw missing(error) ? notInstalled(error) : error;
  }
}

function missing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
}

function notInstalled(cause: unknown): ConfigurationError {
  const error = new ConfigurationError(
    "missing-package",
    "a model in this process needs an optional package: run `npm install node-llama-cpp`",
  );
  error.cause = cause;
  return error;
}
