import type { TestContext } from "node:test";
import { Agent } from "undici";
import { openModel, type Endpoint, type ModelOptions } from "../../src/providers/open-model.ts";
import { dispatcherTransport } from "../../src/providers/dispatcher-transport.ts";
import { fetchTransport } from "../../src/providers/fetch-transport.ts";
import { nodeTransport } from "../../src/providers/http1/transport.ts";
import type { Transport } from "../../src/providers/transport.ts";
import type { Model } from "../../src/providers/model.ts";
import { userMessage } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";

/** One of the ways to the network. */
export interface Way {
  readonly name: string;
  /** A transport, and what it keeps open, for one test. */
  open(t: TestContext): {
    readonly transport: Transport;
    readonly options: Pick<ModelOptions, "fetch" | "dispatcher">;
  };
}

const node: Way = { name: "node", open: () => ({ transport: nodeTransport(), options: {} }) };
const fetched: Way = {
  name: "fetch",
  open: () => ({ transport: fetchTransport(globalThis.fetch), options: { fetch: globalThis.fetch } }),
};

const dispatched: Way = {
  name: "undici",
  open: (t) => {
    const dispatcher = new Agent();
    t.after(() => dispatcher.destroy());
    return { transport: dispatcherTransport(dispatcher), options: { dispatcher } };
  },
};

/** All ways. */
export const ways: readonly Way[] = [node, fetched, dispatched];

/** The key of all tests; it must show up nowhere but in its header. */
export const KEY = "sk-test-0123456789";

/** A model at this address that is never asked twice, unless `more` says so. */
export function modelAt(baseUrl: string, more: Partial<Endpoint> = {}): Model {
  return openModel({
    protocol: "anthropic-messages",
    baseUrl,
    model: "test-model",
    apiKey: KEY,
    retries: 0,
    prices: { rates: { input: "3", cacheRead: "0.30", cacheWrite5m: "3.75", output: "15" } },
    ...more,
  });
}

/** The shortest request. */
export const hello: Request = { messages: [userMessage("hello")] };
