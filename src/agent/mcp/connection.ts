import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { Redactor } from "../../log/redactor.ts";
import type { Clock } from "../../providers/system.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { within } from "../within.ts";
import { McpError } from "./error.ts";
import type { Environment } from "./expand.ts";
import { FloodGate } from "./flood-gate.ts";
import { GuardedTransport } from "./guarded-transport.ts";
import type { McpLimits } from "./limits.ts";
import { ProcessTransport } from "./process-transport.ts";
import type { jsonSchemaValidator, RequestOptions, Sdk, StandardSchemaV1, Transport } from "./sdk.ts";
import type { HttpServer, McpServer } from "./server.ts";
import { serverFetch, type Lookup } from "./server-fetch.ts";
import { serverUrl } from "./server-url.ts";
import { startServer } from "./start-server.ts";
import { oneLine } from "./words.ts";

/** What connections are made in. */
export interface ConnectionRoom {
  readonly sandbox: Sandbox;
  readonly env: Environment;
  readonly clock: Clock;
  readonly limits: McpLimits;
  /** Takes this server's secrets out of what is told. */
  readonly redact: Redactor;
  readonly lookup?: Lookup;
  readonly onAsked: (method: string) => void;
  readonly onListChanged: () => void;
}

/** How a call is followed and ended. */
export interface CallRoom {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: JsonObject) => void;
}

type SdkClient = InstanceType<Sdk["Client"]>;

const MOST_PAGES = 50;
/** Of a stream that a server lets end again and again. */
const MOST_RECONNECTS = 20;
/** The client has timers of its own; ours are the ones that count. */
const NEVER = 2 ** 31 - 1;

/** One server, spoken to over one transport of its own; where it fails, it is over. */
export class Connection {
  readonly #server: McpServer;
  readonly #room: ConnectionRoom;
  readonly #sdk: Sdk;
  readonly #client: SdkClient;
  readonly #transport: Transport;
  #failure: McpError | undefined;
  #over = false;

  /**
   * Starts or asks a server, and shakes hands.
   * @param server with its variables expanded.
   * @throws McpError
   */
  static async open(server: McpServer, room: ConnectionRoom, signal: AbortSignal): Promise<Connection> {
    const { sdk } = await import("./sdk.ts");
    const connection = new Connection(server, room, sdk);
    try {
      await connection.#client.connect(connection.#transport, { signal, timeout: NEVER });
      return connection;
    } catch (error) {
      const told = connection.#told(error, signal);
      await connection.close();
      throw told;
    }
  }

  private constructor(server: McpServer, room: ConnectionRoom, sdk: Sdk) {
    this.#server = server;
    this.#room = room;
    this.#sdk = sdk;
    const { clock, limits } = room;
    const gate = new FloodGate(server.name, limits, clock);
    const onFailure = (error: McpError): void => this.#fail(error);
    const inner =
      server.type === "http" ? this.#http(server, gate, onFailure) : this.#process(server, gate, onFailure);
    const { onAsked, onListChanged } = room;
    this.#transport = new GuardedTransport(inner, {
      server: server.name,
      gate,
      onFailure,
      onClosed: () => {
        this.#over = true;
      },
      onAsked,
      onListChanged,
    });
    // No roots, no sampling, no elicitation: whatever a server asks for is answered with "method not found".
    this.#client = new sdk.Client(
      { name: "colloquy", version: "0.1.0" },
      { capabilities: {}, jsonSchemaValidator: unchecked, inputRequired: { autoFulfill: false } },
    );
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** All tools as the server lists them, unread. @throws McpError */
  async list(signal: AbortSignal): Promise<readonly JsonValue[]> {
    if (this.#client.getServerCapabilities()?.tools === undefined) return [];
    const { name } = this.#server;
    const tools: JsonValue[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const params = cursor === undefined ? {} : { cursor };
      const answer = await this.#ask({ method: "tools/list", params }, { signal });
      const listed = own(answer, "tools");
      if (!Array.isArray(listed)) {
        throw new McpError("protocol", name, `the server ${name} failed: its list of tools is none`);
      }
      tools.push(...(listed as readonly JsonValue[]));
      const next = own(answer, "nextCursor");
      if (typeof next !== "string" || next === cursor) return tools;
      cursor = next;
    }
    throw new McpError("protocol", name, `the list of tools of the server ${name} has no end`);
  }

  /**
   * Calls a tool. When it is cancelled, the server is told.
   * @throws McpError; the signal's reason, when it is aborted.
   */
  async call(tool: string, input: JsonObject, { signal, onProgress }: CallRoom): Promise<JsonObject> {
    const { clock, limits } = this.#room;
    const { name } = this.#server;
    const controller = new AbortController();
    const late = (after: number) => (): void => {
      const what = `${tool} of the server ${name} was cancelled: there was no answer after ${after / 1000} s`;
      controller.abort(new McpError("timeout", name, what));
    };
    const stopWhole = clock.timer(limits.callMs, late(limits.callMs));
    let stopIdle = clock.timer(limits.idleMs, late(limits.idleMs));
    const both = AbortSignal.any([signal, controller.signal]);
    try {
      const result = await this.#ask(
        { method: "tools/call", params: { name: tool, arguments: { ...input } } },
        {
          signal: both,
          onprogress: (progress) => {
            stopIdle();
            stopIdle = clock.timer(limits.idleMs, late(limits.idleMs));
            onProgress(progress as unknown as JsonObject);
          },
        },
      );
      if (Array.isArray(own(result, "content")) || Object.hasOwn(result, "structuredContent")) return result;
      throw new McpError("protocol", name, `the server ${name} failed: its answer to ${tool} is none`);
    } finally {
      stopWhole();
      stopIdle();
    }
  }

  /** Ends the server's program, or its session. */
  async close(): Promise<void> {
    this.#over = true;
    const { clock, limits } = this.#room;
    await within(clock, this.#client.close(), limits.closeMs + 1000);
    // Where the handshake failed, the client knows nothing of its transport.
    await this.#transport.close().catch(() => undefined);
  }

  #process(
    server: McpServer & { readonly type: "stdio" },
    gate: FloodGate,
    onFailure: (error: McpError) => void,
  ): Transport {
    const { sandbox, env, clock, limits } = this.#room;
    let process;
    try {
      process = startServer(server, sandbox, env);
    } catch (error) {
      throw this.#told(error, undefined);
    }
    const parse = this.#sdk.parseJSONRPCMessage;
    return new ProcessTransport(process, { server: server.name, limits, clock, gate, parse, onFailure });
  }

  #http(server: HttpServer, gate: FloodGate, onFailure: (error: McpError) => void): Transport {
    const { clock, limits, lookup } = this.#room;
    const { url, reach } = serverUrl(server);
    const { name } = server;
    let reconnects = 0;
    return new this.#sdk.StreamableHTTPClientTransport(url, {
      fetch: serverFetch({
        server: name,
        url,
        reach,
        limits,
        gate,
        onFailure,
        ...(lookup !== undefined && { lookup }),
      }),
      requestInit: { headers: server.headers },
      reconnectionScheduler: (reconnect, delay) => {
        if (++reconnects > MOST_RECONNECTS) return undefined;
        const ms = Math.min(Math.max(delay, 1000), 60_000);
        return clock.background === undefined ? clock.timer(ms, reconnect) : clock.background(ms, reconnect);
      },
    });
  }

  /** Asks, and takes the answer as it comes: one odd tool or part is no reason to lose the others. */
  async #ask(
    request: Parameters<SdkClient["request"]>[0],
    options: RequestOptions & { readonly signal: AbortSignal },
  ): Promise<JsonObject> {
    try {
      return await this.#client.request(request, asItComes, { ...options, timeout: NEVER });
    } catch (error) {
      throw this.#told(error, options.signal);
    }
  }

  #fail(error: McpError): void {
    this.#failure ??= error;
    this.#over = true;
    void this.#client.close().catch(() => undefined);
    void this.#transport.close().catch(() => undefined);
  }

  /** What is told of what went wrong: why the connection failed, if it did, before what it looks like from outside. */
  #told(error: unknown, signal: AbortSignal | undefined): unknown {
    if (this.#failure !== undefined) return this.#clean(this.#failure);
    if (signal?.aborted === true) {
      return signal.reason instanceof McpError ? this.#clean(signal.reason) : signal.reason;
    }
    if (error instanceof McpError) return this.#clean(error);
    const { name } = this.#server;
    const { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } = this.#sdk;
    if (error instanceof SdkHttpError) return this.#clean(httpError(name, error.status, error));
    const why = oneLine(error instanceof Error ? error.message : String(error), 1000);
    if (error instanceof ProtocolError) {
      return this.#clean(new McpError("server", name, `the server ${name} refused: ${why}`, error));
    }
    if (error instanceof SdkError && error.code === SdkErrorCode.ConnectionClosed) {
      return this.#clean(new McpError("closed", name, `the server ${name} has ended`, error));
    }
    const kind = !(error instanceof SdkError) && isOfNode(error) ? "unavailable" : "protocol";
    return this.#clean(new McpError(kind, name, `the server ${name} failed: ${why}`, error));
  }

  #clean(error: McpError): McpError {
    const message = this.#room.redact(error.message, error.message.length);
    // What caused it may hold what was taken out.
    return new McpError(error.kind, error.server, message);
  }
}

function httpError(name: string, status: number | undefined, error: Error): McpError {
  if (status === 401 || status === 403) {
    const what = `the server ${name} does not let us in (status ${status}); put a token into its "headers", such as { "Authorization": "Bearer \${TOKEN}" }. Logging in with a browser (OAuth) is not offered`;
    return new McpError("unauthorized", name, what);
  }
  const moved = status !== undefined && status >= 300 && status < 400;
  const why = moved ? "it redirects, and is not followed; write the URL that it leads to" : "see its own log";
  const told = oneLine(error.message, 300);
  return new McpError(
    "unavailable",
    name,
    `the server ${name} answered with status ${status}; ${why}: ${told}`,
  );
}

/** Errors of Node's own have a code, such as ECONNREFUSED. */
function isOfNode(error: unknown): boolean {
  return error instanceof Error && typeof Reflect.get(error, "code") === "string";
}

/** A schema that lets everything pass; what comes is looked at by those who need it. */
const asItComes: StandardSchemaV1<unknown, JsonObject> = {
  "~standard": {
    version: 1,
    vendor: "colloquy",
    validate: (value) => ({ value: isObject(value) ? value : {} }),
  },
};

/** Schemas of servers are compiled and checked by us alone, made harmless before (`loosened.ts`). */
const unchecked: jsonSchemaValidator = {
  getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
};
