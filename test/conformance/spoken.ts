import type { ProtocolId } from "../../src/protocols/protocol.ts";
import { catalogue } from "../../src/providers/catalogue/index.ts";
import type { Place, Provider } from "../../src/providers/provider.ts";

/** A language of a provider. */
export interface Spoken {
  readonly provider: Provider;
  readonly protocol: ProtocolId;
  readonly place: Place;
}

/** Each language of each provider in the catalogue. */
export function spoken(): Spoken[] {
  return catalogue.providers.flatMap((provider) => [
    { provider, protocol: provider.protocol, place: {} },
    ...Object.entries(provider.also ?? {}).map(([protocol, place]) => ({
      provider,
      protocol: protocol as ProtocolId,
      place,
    })),
  ]);
}

/** Our ids for the services that recordings name otherwise. */
const otherNames: Readonly<Record<string, string>> = {
  togetherai: "together",
  llamacpp: "llama.cpp",
  "gemini-openai": "gemini",
};

/** The record of a recorded service; undefined where we have none that speaks this language. */
export function recordOf(service: string, protocol: string): string | undefined {
  const id = otherNames[service] ?? service;
  return spoken().find((each) => each.provider.id === id && each.protocol === protocol)?.provider.id;
}

/** What the tests in test/engine ask: a real engine, behind a server of their own that speaks this language. */
const engine = { provider: "llama.cpp", protocol: "openai-chat" };

/** Whether the tests in test/engine ask a real server for it. */
export function isEngine(provider: string, protocol: string): boolean {
  return provider === engine.provider && protocol === engine.protocol;
}
