import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Fields } from "../conformance/facts.ts";

/*
 * The little of the vendors' SDKs that is used here. Their own types come with their packages, which a checkout need
 * not have: toolchain/vendors has them once `npm run differential` ran.
 */

type Ask<Answer> = (request: object) => Promise<Answer>;
type Client<Sdk> = new (options: object) => Sdk;

export interface AnthropicSdk {
  readonly messages: { create: Ask<Fields>; stream(request: object): { finalMessage(): Promise<Fields> } };
}

export interface OpenaiSdk {
  readonly chat: {
    readonly completions: {
      create: Ask<Fields>;
      stream(request: object): { finalChatCompletion(): Promise<Fields> };
    };
  };
  readonly responses: { create: Ask<Fields>; stream(request: object): { finalResponse(): Promise<Fields> } };
}

/** An answer or a chunk, with the SDK's own accessors. */
export interface GeminiAnswer extends Fields {
  readonly text: string | undefined;
  readonly functionCalls: readonly Fields[] | undefined;
}

export interface GeminiSdk {
  readonly models: {
    generateContent: Ask<GeminiAnswer>;
    generateContentStream: Ask<AsyncIterable<GeminiAnswer>>;
  };
}

export interface Sdks {
  readonly Anthropic: Client<AnthropicSdk>;
  readonly OpenAI: Client<OpenaiSdk>;
  readonly GoogleGenAI: Client<GeminiSdk>;
}

/** @throws Error where the packages of toolchain/vendors are not installed. */
export async function loadSdks(): Promise<Sdks> {
  const module = path.join(import.meta.dirname, "../../toolchain/vendors/sdks.mjs");
  return (await import(pathToFileURL(module).href)) as Sdks;
}
