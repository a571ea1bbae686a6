import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { userMessage } from "../../../src/llm/message.ts";
import type {
  ChatItem,
  ChatResponse,
  Functions,
  LlamaLibrary,
  ParamsChunk,
  ResponseChunk,
  Run,
  Sampling,
} from "../../../src/providers/llama-cpp/library.ts";
import type { EngineModel, LocalModel } from "../../../src/providers/llama-cpp/options.ts";
import { openModel } from "../../../src/providers/open-model.ts";
import { virtualSystem } from "../../support/clock.ts";

/** What one answer of the fake engine is made from, and where it says what it says. */
interface Ask extends Sampling {
  readonly history: readonly ChatItem[];
  /** What the wrapper said of the prompt and of the answer's beginning. */
  readonly state: {
    readonly contextText: { readonly told: readonly string[] };
    readonly functionCall?: object;
    readonly noPrefixTrigger?: object;
  };
  readonly place: number;
  readonly signal: AbortSignal;
  readonly maxTokens: number;
  readonly contextShift: { readonly size: () => number };
  readonly say: (chunk: Omit<ResponseChunk, "tokens">) => void;
  readonly functions?: Functions;
  readonly grammar?: object;
  readonly maxParallelFunctionCalls?: number;
  readonly onFunctionCallParamsChunk?: (chunk: ParamsChunk) => void;
  readonly onFunctionCall?: (call: { readonly functionName: string }) => void;
}

export type Script = (ask: Ask) => Promise<ChatResponse["metadata"]> | ChatResponse["metadata"];

export const ended = { stopReason: "eogToken" };

/** What happened to the engine besides its answers. */
export interface Fake {
  readonly library: () => Promise<LlamaLibrary>;
  readonly asks: Ask[];
  readonly log: string[];
}

/** node-llama-cpp as far as we use it, without an engine: a token is a character, and answers are the script's. */
export function fakeLlama(script: Script, { window = 1000 } = {}): Fake {
  const asks: Ask[] = [];
  const log: string[] = [];
  const tokens = (items: readonly unknown[]): number[] =>
    Array.from(JSON.stringify(items), (c) => c.charCodeAt(0));
  class Place {
    held: readonly number[] = [];
    readonly tokenMeter = { usedOutputTokens: 100 };
    readonly number: number;
    constructor(number: number) {
      this.number = number;
    }
    get nextTokenIndex(): number {
      return this.held.length;
    }
    compareContextTokens(wanted: readonly number[]): { firstDifferentIndex: number } {
      const at = wanted.findIndex((token, index) => token !== this.held[index]);
      return { firstDifferentIndex: at === -1 ? wanted.length : at };
    }
    async adaptStateToTokens(wanted: readonly number[]): Promise<void> {
      this.held = this.held.slice(0, this.compareContextTokens(wanted).firstDifferentIndex);
    }
    async clearHistory(): Promise<void> {
      log.push(`clear ${this.number}`);
      this.held = [];
    }
  }
  class Chat {
    readonly place: Place;
    readonly wrapper: { generateContextState(options: object): object };
    constructor(options: { contextSequence: Place; chatWrapper: Chat["wrapper"] }) {
      this.place = options.contextSequence;
      this.wrapper = options.chatWrapper;
    }
    async generateResponse(history: ChatItem[], options: object): Promise<ChatResponse> {
      const state = this.wrapper.generateContextState({ chatHistory: history });
      const ask = {
        ...options,
        history: structuredClone(history),
        state,
        place: this.place.number,
      } as unknown as Ask;
      asks.push(ask);
      this.place.held = tokens(history);
      const { onResponseChunk } = options as Run;
      // Each piece is one token.
      const say: Ask["say"] = (chunk) => {
        this.place.tokenMeter.usedOutputTokens++;
        onResponseChunk({ ...chunk, tokens: [0] });
      };
      return { metadata: await script({ ...ask, say }) };
    }
    dispose(): void {
      log.push("chat disposed");
    }
  }
  let places = 0;
  const context = {
    contextSize: window,
    getSequence: () => new Place(places++),
  };
  const llama = {
    loadModel: async ({ modelPath }: { modelPath: string }) => {
      log.push(`load ${path.basename(modelPath)}`);
      return {
        tokenizer: {},
        createContext: async () => context,
        dispose: async () => {
          log.push("disposed");
        },
      };
    },
    createGrammarForJsonSchema: async (schema: object) => ({ schema }),
  };
  const wrapper = {
    generateContextState: ({
      chatHistory,
      availableFunctions,
    }: {
      chatHistory: object[];
      availableFunctions?: Functions;
    }) => {
      if (JSON.stringify(chatHistory).includes("refuse me")) throw new Error("roles must alternate");
      return {
        contextText: { tokenize: () => tokens(chatHistory), told: Object.keys(availableFunctions ?? {}) },
        stopGenerationTriggers: [],
        noPrefixTrigger: { type: "response" },
      };
    },
  };
  const library = { getLlama: async () => llama, resolveChatWrapper: () => wrapper, LlamaChat: Chat };
  return { asks, log, library: async () => library as unknown as LlamaLibrary };
}

/** A file that begins as a GGUF does, in a folder that goes with the test. */
export function ggufFile(t: TestContext, bytes: string | Uint8Array = "GGUF", name = "tiny.gguf"): string {
  const folder = mkdtempSync(path.join(tmpdir(), "colloquy-gguf-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

/** A model whose engine answers by the script. */
export function openFake(
  t: TestContext,
  script: Script,
  options: Partial<EngineModel> & { readonly window?: number } = {},
): { readonly model: LocalModel; readonly fake: Fake } {
  const fake = fakeLlama(script, options);
  const file = ggufFile(t);
  const system = virtualSystem();
  return { fake, model: openModel({ engine: "llama.cpp", file, library: fake.library, system, ...options }) };
}

/** Says these pieces. */
export const saying =
  (...pieces: readonly string[]): Script =>
  (ask) => {
    for (const text of pieces) ask.say({ text });
    return ended;
  };

export const hello = { messages: [userMessage("hello")] };
