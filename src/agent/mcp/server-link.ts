import type { ToolAnswer } from "../../conversation/tool.ts";
import type { JsonObject, JsonValue } from "../../llm/json.ts";
import { isSecretName } from "../../log/key-like.ts";
import { redactor, type Redactor } from "../../log/redactor.ts";
import { unlessAborted } from "../../providers/follow.ts";
import type { Clock } from "../../providers/system.ts";
import { SandboxError } from "../sandbox/errors.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { Connection } from "./connection.ts";
import { McpError } from "./error.ts";
import { expanded, type Environment } from "./expand.ts";
import type { McpLimits } from "./limits.ts";
import { pinKey, type Pins } from "./pins.ts";
import { readResult } from "./result.ts";
import type { McpServer } from "./server.ts";
import type { Lookup } from "./server-fetch.ts";
import { readTools, type ServerTool } from "./server-tool.ts";
import { oneLine } from "./words.ts";

/** Tools that are not as the user agreed to them, of a server that was used before. */
export interface McpChange {
  readonly server: string;
  readonly tools: readonly {
    readonly name: string;
    readonly change: "new" | "changed";
    /** The server's words, harmless to be shown. */
    readonly description: string;
  }[];
}

/** What links to servers share. */
export interface LinkRoom {
  readonly sandbox: Sandbox;
  readonly env: Environment;
  readonly clock: Clock;
  readonly limits: McpLimits;
  readonly pins: Pins;
  readonly agree: ((change: McpChange) => Promise<boolean>) | undefined;
  readonly onNotice: (text: string) => void;
  readonly redact: Redactor | undefined;
  readonly lookup: Lookup | undefined;
}

/** How a call is followed and ended. */
export interface LinkCall {
  readonly signal: AbortSignal;
  readonly progress: (update: JsonValue) => void;
}

/** Progress is passed on no more often, in milliseconds. */
const PROGRESS_MS = 100;
/** A server that asks for more is not told of again. */
const MOST_NOTICES = 20;

/** A server as long as the agent lives: started when it is first needed, and again, a few times, when it has ended. */
export class ServerLink {
  readonly server: McpServer;
  readonly #room: LinkRoom;
  readonly #redact: Redactor;
  readonly #told = new Set<string>();
  readonly #closing = new AbortController();
  #connection: Connection | undefined;
  #opening: Promise<Connection> | undefined;
  #starts = 0;
  #tools: readonly ServerTool[] | undefined;
  /** Tools that are there, and that the user has not agreed to. */
  #refused: ReadonlySet<string> = new Set();
  #listing: Promise<readonly ServerTool[]> | undefined;
  #stale = true;
  #lists = 0;

  constructor(server: McpServer, room: LinkRoom) {
    this.server = server;
    this.#room = room;
    const { redact } = room;
    const own = redactor(secretsIn(server, room.env));
    this.#redact = (text, longest) => own(redact === undefined ? text : redact(text, text.length), longest);
  }

  /** The tools that may be used, if they are known by now. */
  get known(): readonly ServerTool[] | undefined {
    return this.#tools;
  }

  /** The tools that may be used; the server is started for it if it has to be. @throws McpError */
  async tools(signal: AbortSignal): Promise<readonly ServerTool[]> {
    const connection = await unlessAborted(this.#open(), signal);
    if (!this.#stale && this.#tools !== undefined) return this.#tools;
    this.#listing ??= this.#list(connection).finally(() => {
      this.#listing = undefined;
    });
    return unlessAborted(this.#listing, signal);
  }

  /** A tool that may be used. @throws McpError */
  async tool(name: string, signal: AbortSignal): Promise<ServerTool> {
    const tools = await this.tools(signal);
    const found = tools.find((tool) => tool.name === name);
    if (found !== undefined) return found;
    const { name: server } = this.server;
    if (this.#refused.has(name)) throw new McpError("changed", server, this.#howToAgree(name));
    const some = tools
      .slice(0, 30)
      .map((tool) => tool.name)
      .join(", ");
    throw new McpError(
      "unknown-tool",
      server,
      `the server ${server} has no tool ${JSON.stringify(oneLine(name, 80))}; it has: ${some || "none"}`,
    );
  }

  /**
   * Calls a tool with arguments that fit its schema.
   * @param agreed what the caller knows of the tool; one that is not so any more is not called.
   * @throws McpError; the signal's reason, when it is aborted.
   */
  async call(agreed: ServerTool, input: JsonObject, { signal, progress }: LinkCall): Promise<ToolAnswer> {
    const { name: server } = this.server;
    const tool = await this.tool(agreed.name, signal);
    if (tool.hash !== agreed.hash) {
      const what = `the tool ${tool.name} of the server ${server} is not what it was; look at it again with mcp_tools`;
      throw new McpError("changed", server, what);
    }
    const connection = await unlessAborted(this.#open(), signal);
    let last = -Infinity;
    const onProgress = (update: JsonObject): void => {
      const now = this.#room.clock.monotonic();
      if (now - last < PROGRESS_MS) return;
      last = now;
      progress(progressOf(server, update));
    };
    const result = await connection.call(tool.name, input, { signal, onProgress });
    return readResult(server, result, this.#redact);
  }

  async close(): Promise<void> {
    const { name } = this.server;
    this.#closing.abort(new McpError("closed", name, `the server ${name} was closed`));
    await this.#opening?.catch(() => undefined);
    await this.#connection?.close();
  }

  #open(): Promise<Connection> {
    if (this.#connection?.isOver === false) return Promise.resolve(this.#connection);
    this.#opening ??= this.#start().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #start(): Promise<Connection> {
    const { clock, limits, sandbox, env, lookup } = this.#room;
    const { name } = this.server;
    this.#closing.signal.throwIfAborted();
    if (this.#starts > limits.restarts) {
      const what = `the server ${name} failed ${this.#starts} times, and is not started again; go on without it`;
      throw new McpError("unavailable", name, what);
    }
    this.#starts++;
    this.#stale = true;
    const late = new AbortController();
    const stop = clock.timer(limits.connectMs, () => {
      const what = `the server ${name} said nothing for ${limits.connectMs / 1000} s after it was started`;
      late.abort(new McpError("timeout", name, what));
    });
    try {
      this.#connection = await Connection.open(
        expanded(this.server, env),
        {
          sandbox,
          env,
          clock,
          limits,
          redact: this.#redact,
          ...(lookup !== undefined && { lookup }),
          onAsked: (method) => this.#notice(`asked for ${oneLine(method, 60)}, which was declined`),
          onListChanged: () => {
            this.#stale = true;
          },
        },
        AbortSignal.any([late.signal, this.#closing.signal]),
      );
      return this.#connection;
    } catch (error) {
      if (error instanceof SandboxError) {
        throw new McpError("unavailable", name, `the server ${name} could not be started: ${error.message}`);
      }
      throw error;
    } finally {
      stop();
    }
  }

  async #list(connection: Connection): Promise<readonly ServerTool[]> {
    const { clock, limits } = this.#room;
    const { name } = this.server;
    if (this.#tools !== undefined && this.#lists > limits.relists) {
      this.#notice("changes its list of tools without end; what it had is kept");
      this.#stale = false;
      return this.#tools;
    }
    this.#lists++;
    this.#stale = false;
    const late = new AbortController();
    const stop = clock.timer(limits.listMs, () => {
      const what = `the server ${name} did not list its tools in ${limits.listMs / 1000} s`;
      late.abort(new McpError("timeout", name, what));
    });
    try {
      const signal = AbortSignal.any([late.signal, this.#closing.signal]);
      const { tools, problems } = readTools(name, await connection.list(signal));
      for (const problem of problems) this.#notice(problem);
      this.#tools = await this.#agreed(tools);
      return this.#tools;
    } catch (error) {
      this.#stale = true;
      throw error;
    } finally {
      stop();
    }
  }

  /** What the user has agreed to: all of a server that is new, and later only what is as it was. */
  async #agreed(tools: readonly ServerTool[]): Promise<readonly ServerTool[]> {
    const { pins, agree } = this.#room;
    const key = pinKey(this.server);
    const hashes = Object.fromEntries(tools.map(({ name, hash }) => [name, hash]));
    const pinned = await pins.read(key);
    this.#refused = new Set();
    const changed = tools.filter(({ name, hash }) => pinned !== undefined && own(pinned, name) !== hash);
    if (pinned !== undefined && changed.length === 0) return tools;
    if (pinned === undefined) {
      // The user has named the server; what it says of itself the first time is taken as what was meant.
      await pins.write(key, hashes);
      return tools;
    }
    const { name: server } = this.server;
    const change: McpChange = {
      server,
      tools: changed.map(({ name, description }) => ({
        name,
        change: own(pinned, name) === undefined ? "new" : "changed",
        description,
      })),
    };
    if ((await agree?.(change)) === true) {
      await pins.write(key, { ...pinned, ...hashes });
      return tools;
    }
    const left = new Set(changed.map(({ name }) => name));
    this.#refused = left;
    const names = [...left].slice(0, 10).join(", ") + (left.size > 10 ? ` and ${left.size - 10} more` : "");
    this.#notice(this.#howToAgree(names));
    return tools.filter(({ name }) => !left.has(name));
  }

  #howToAgree(names: string): string {
    const { file } = this.#room.pins;
    const { name } = this.server;
    const byHand =
      file === undefined ? "" : `, or take ${JSON.stringify(pinKey(this.server))} out of ${file}`;
    return `not used, for the server ${name} says other things of them than before: ${names}. To agree, start colloquy at a terminal${byHand}`;
  }

  #notice(text: string): void {
    if (this.#told.has(text) || this.#told.size >= MOST_NOTICES) return;
    this.#told.add(text);
    this.#room.onNotice(this.#redact(`MCP server ${this.server.name}: ${text}`, 2000));
  }
}

function own(pinned: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(pinned, name) ? pinned[name] : undefined;
}

function progressOf(server: string, { progress, total, message }: JsonObject): JsonValue {
  return {
    server,
    ...(typeof progress === "number" && { progress }),
    ...(typeof total === "number" && { total }),
    ...(typeof message === "string" && { message: oneLine(message, 200) }),
  };
}

/** What a server was given that nobody else is to see: by its name, or because it came from a variable. */
function secretsIn(server: McpServer, env: Environment): string[] {
  const written = givenTo(server);
  let full = written;
  try {
    full = givenTo(expanded(server, env));
  } catch {
    // It is told when it is started.
  }
  return Object.entries(full).flatMap(([name, value]) => {
    const isSecret = isSecretName(name) || /auth|cookie|key|token/i.test(name) || written[name] !== value;
    // `Bearer TOKEN`: the token alone is one too.
    return isSecret ? [value, ...value.split(/\s+/)] : [];
  });
}

function givenTo(server: McpServer): Readonly<Record<string, string>> {
  return server.type === "http" ? server.headers : server.env;
}
