import { ConfigurationError } from "../llm/errors.ts";
import type { Dialect } from "../protocols/dialect.ts";
import type { Prices } from "../llm/money.ts";
import { anthropicMessages } from "../protocols/anthropic-messages/index.ts";
import { gemini } from "../protocols/gemini/index.ts";
import { openaiChat } from "../protocols/openai-chat/index.ts";
import { openaiResponses } from "../protocols/openai-responses/index.ts";
import type { Protocol, ProtocolId, Target } from "../protocols/protocol.ts";
import { dispatcherTransport, type Dispatcher } from "./dispatcher-transport.ts";
import { defaultCaps, type Caps } from "./exchange.ts";
import { fetchTransport } from "./fetch-transport.ts";
import { nodeTransport } from "./http1/transport.ts";
import { openEngine } from "./llama-cpp/open.ts";
import type { EngineModel, LocalModel } from "./llama-cpp/options.ts";
import { findModel } from "./lookup.ts";
import { defineModel, type Model, type ModelInfo, type Server } from "./model.ts";
import { usualAuth, type Auth, type Catalogue, type Provider } from "./provider.ts";
import { rehearsalInfo } from "./rehearsal/info.ts";
import { defaultRetries, type RetryPolicy } from "./retry.ts";
import { completeWithRetries } from "./complete.ts";
import { Secret } from "./secret.ts";
import { withStructuredOutput } from "./structured.ts";
import { environment, system, type System } from "./system.ts";
import { VERSION } from "./version.ts";
import { defaultTimeouts, wholeAnswerTimeouts, type Timeouts } from "./timeouts.ts";
import type { Transport } from "./transport.ts";

/** How a model is reached; everything has a default. */
export interface ModelOptions {
  /** The key; read from the provider's environment variables when absent. */
  readonly apiKey?: string;
  /** Where the provider is, up to but without the protocol's own path (`/v1/messages`). */
  readonly baseUrl?: string;
  /** Headers to send besides the protocol's. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A `fetch` to send requests with: a recording, a proxy, a platform without Node. */
  readonly fetch?: typeof globalThis.fetch;
  /** An undici `Agent`, `Pool` or `ProxyAgent` to send requests with. */
  readonly dispatcher?: Dispatcher;
  /** Whether answers are asked for as streams; true by default. Events are the same either way. */
  readonly streaming?: boolean;
  /** The largest answer asked for when a request names no bound, in tokens. */
  readonly maxOutputTokens?: number;
  /** How often a failed request is tried again, or the whole policy. 4 by default, 0 for never. */
  readonly retries?: number | Partial<RetryPolicy>;
  readonly timeouts?: Partial<Timeouts>;
  readonly caps?: Partial<Caps>;
  /** Prices to reckon with instead of the catalogue's. */
  readonly prices?: Prices;
  /** The models and providers to look a name up in; our own by default. */
  readonly catalogue?: Catalogue;
  /** Time and chance; the machine's own by default. */
  readonly system?: System;
  /** Environment variables, for keys, base URLs and proxies; the process's own by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A model that the catalogue need not know: any endpoint that speaks one of the protocols. */
export interface Endpoint extends ModelOptions {
  readonly protocol: ProtocolId;
  readonly baseUrl: string;
  /** The model's name at the endpoint. */
  readonly model: string;
  /** How the key is sent; the protocol's usual way by default. */
  readonly auth?: Auth;
  /** How many tokens input and output may have together. */
  readonly window?: number;
  /** How the model is told to think; `none` by default. */
  readonly thinking?: Target["thinking"];
  /** What is odd about the endpoint, beside others that speak its language. */
  readonly dialect?: Dialect;
}

const protocols: Readonly<Record<ProtocolId, Protocol>> = {
  "anthropic-messages": anthropicMessages,
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  gemini,
};

/** The bound sent when nobody named one: long enough for most answers, short enough to be paid for. */
const DEFAULT_MAX_OUTPUT_TOKENS = 16_384;

/**
 * A model, ready to be asked: by name (`"claude"`, `"anthropic/claude-opus-5"`, `"rehearsal"`, `"file:qwen.gguf"`), as
 * an endpoint, or as a file for an engine in this process.
 *
 * @example
 * const model = openModel("claude");
 * const local = openModel({ protocol: "anthropic-messages", baseUrl: "http://127.0.0.1:8080", model: "any" });
 *
 * @throws ConfigurationError `unknown-model` (with names like it), `missing-key` (with the variables that were looked
 * for), `invalid-option`.
 */
export function openModel(name: string, options?: ModelOptions): Model;
export function openModel(endpoint: Endpoint): Model;
export function openModel(engine: EngineModel): LocalModel;
export function openModel(what: string | Endpoint | EngineModel, options: ModelOptions = {}): Model {
  if (what === "rehearsal") return openRehearsal(options);
  if (typeof what === "string" && what.startsWith("file:")) return openFile(what.slice(5), options);
  if (typeof what === "object" && "engine" in what) return openEngine(what);
  return typeof what === "string" ? openByName(what, options) : openEndpoint(what);
}

/** The rehearsal model, whose rules are loaded when it is first asked: most programs never do. */
function openRehearsal({ maxOutputTokens, prices, system }: ModelOptions): Model {
  let model: Promise<Model> | undefined;
  const load = async (): Promise<Model> => {
    const { rehearsal } = await import("./rehearsal/rehearsal.ts");
    return rehearsal({
      ...(maxOutputTokens !== undefined && { maxOutput: maxOutputTokens }),
      ...(prices !== undefined && { prices }),
      ...(system !== undefined && { clock: system.clock }),
    });
  };
  return defineModel(rehearsalInfo(maxOutputTokens, prices), async (request, options) =>
    (await (model ??= load())).complete(request, options),
  );
}

function openFile(file: string, { maxOutputTokens, system }: ModelOptions): Model {
  return openEngine({
    engine: "llama.cpp",
    file,
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(system !== undefined && { system }),
  });
}

function openByName(name: string, options: ModelOptions): Model {
  const { record, provider } = findModel(name, options.catalogue);
  const { window, maxOutput } = record;
  const prices = options.prices ?? record.prices;
  const env = options.env ?? environment();
  const override = provider.baseUrlVariable === undefined ? undefined : env[provider.baseUrlVariable];
  return open({
    info: {
      name: record.name,
      provider: provider.id,
      protocol: provider.protocol,
      ...(window !== undefined && { window }),
      ...(maxOutput !== undefined && { maxOutput }),
      ...(prices !== undefined && { prices }),
    },
    protocol: protocolOf(provider.protocol),
    baseUrl: options.baseUrl ?? (override || provider.baseUrl),
    auth: provider.auth,
    key: keyFor(provider, options.apiKey, env),
    thinking: record.thinking,
    dialect: provider.dialect,
    options,
  });
}

function openEndpoint(endpoint: Endpoint): Model {
  const { protocol, baseUrl, model, apiKey, window, prices } = endpoint;
  return open({
    info: {
      name: model,
      provider: parseUrl(baseUrl).host,
      protocol,
      ...(window !== undefined && { window }),
      ...(prices !== undefined && { prices }),
    },
    protocol: protocolOf(protocol),
    baseUrl,
    auth: endpoint.auth ?? usualAuth[protocol],
    key: apiKey === undefined ? undefined : secret(apiKey),
    thinking: endpoint.thinking ?? "none",
    dialect: endpoint.dialect,
    options: endpoint,
  });
}

/** The language of this name; names come from configuration files and from plain JavaScript, too. */
function protocolOf(id: ProtocolId): Protocol {
  if (Object.hasOwn(protocols, id)) return protocols[id];
  const known = Object.keys(protocols).join(", ");
  throw new ConfigurationError("invalid-option", `unknown protocol ${JSON.stringify(id)}; known: ${known}`);
}

interface Opening {
  readonly info: ModelInfo;
  readonly protocol: Protocol;
  readonly baseUrl: string;
  readonly auth: Auth;
  readonly key: Secret | undefined;
  readonly thinking: Target["thinking"];
  readonly dialect: Dialect | undefined;
  readonly options: ModelOptions;
}

function open({ info: known, protocol, baseUrl, auth, key, thinking, dialect, options }: Opening): Model {
  const stream = options.streaming ?? true;
  const maxOutputTokens =
    options.maxOutputTokens ??
    Math.min(known.maxOutput ?? DEFAULT_MAX_OUTPUT_TOKENS, DEFAULT_MAX_OUTPUT_TOKENS);
  const target: Target = {
    model: known.name,
    stream,
    maxOutputTokens,
    thinking,
    ...(dialect !== undefined && { dialect }),
  };
  const { retries = {} } = options;
  const url = endpointUrl(baseUrl, protocol.path(target));
  const info: ModelInfo = {
    ...known,
    ...(maxOutputTokens > 0 && { usualOutput: maxOutputTokens }),
    ...(thinking !== "none" && { thinking }),
    server: serverOf(url, stream),
  };
  const plain = completeWithRetries({
    info,
    protocol,
    target,
    url: url.href,
    headers: headersOf(protocol, options.headers, auth, key),
    transport: transportFor(options),
    retries: { ...defaultRetries, ...(typeof retries === "number" ? { retries } : retries) },
    timeouts: { ...(stream ? defaultTimeouts : wholeAnswerTimeouts), ...options.timeouts },
    caps: { ...defaultCaps, ...options.caps },
    system: options.system ?? system,
  });
  return defineModel(info, withStructuredOutput(plain, protocol, target));
}

function transportFor({ fetch, dispatcher, env }: ModelOptions): Transport {
  if (fetch !== undefined) return fetchTransport(fetch);
  if (dispatcher !== undefined) return dispatcherTransport(dispatcher);
  return nodeTransport(env ?? environment());
}

function keyFor(
  provider: Provider,
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Secret | undefined {
  if (provider.auth === "none") return undefined;
  const key = given ?? provider.keyVariables.map((name) => env[name]).find((value) => value?.trim());
  if (key?.trim()) return secret(key);
  const variables = provider.keyVariables.join(" or ");
  const where = provider.keyUrl === undefined ? "" : `; a key can be had at ${provider.keyUrl}`;
  throw new ConfigurationError(
    "missing-key",
    `no key for ${provider.name}: set ${variables}, or pass apiKey${where}`,
    provider.keyVariables,
    provider.keyUrl,
  );
}

/** @throws ConfigurationError for what no header can carry: whoever is handed it would quote it in his error. */
function secret(text: string): Secret {
  const key = text.trim();
  if (/^[\x20-\x7e]*$/.test(key)) return new Secret(key);
  throw new ConfigurationError(
    "invalid-option",
    "the key holds a line break or another character that no key has",
  );
}

/** What gives the headers of a request: always the same object, so that transports make their head but once. */
function headersOf(
  protocol: Protocol,
  own: ModelOptions["headers"],
  auth: Auth,
  key: Secret | undefined,
): () => Readonly<Record<string, string>> {
  const headers = {
    "content-type": "application/json",
    "accept-encoding": "identity",
    "user-agent": `colloquy/${VERSION}`,
    ...protocol.headers,
    ...own,
    ...authHeader(auth, key),
  };
  return () => headers;
}

function authHeader(auth: Auth, key: Secret | undefined): Readonly<Record<string, string>> {
  if (auth === "none" || key === undefined) return {};
  return auth === "bearer" ? { authorization: `Bearer ${key.reveal()}` } : { [auth.header]: key.reveal() };
}

/** A path below a base URL. What the base has as its query stays one: some gateways want a version there. */
function endpointUrl(base: string, path: string): URL {
  const url = parseUrl(base);
  const below = new URL(path, "http://localhost");
  url.pathname = url.pathname.replace(/\/+$/, "") + below.pathname;
  for (const [name, value] of below.searchParams) url.searchParams.set(name, value);
  return url;
}

function serverOf({ protocol, hostname, port }: URL, streaming: boolean): Server {
  const host = hostname.replace(/^\[|\]$/g, "");
  return { host, port: port === "" ? (protocol === "http:" ? 80 : 443) : Number(port), streaming };
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new ConfigurationError("invalid-option", `not an http or https URL: ${JSON.stringify(text)}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new ConfigurationError(
      "invalid-option",
      "the base URL holds credentials; pass apiKey, or an authorization header in headers",
    );
  }
  return url;
}
