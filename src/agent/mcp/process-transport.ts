import type { SandboxProcess } from "../sandbox/sandbox.ts";
import type { Clock } from "../../providers/system.ts";
import { within } from "../within.ts";
import { McpError } from "./error.ts";
import type { FloodGate } from "./flood-gate.ts";
import type { McpLimits } from "./limits.ts";
import type { JSONRPCMessage, Transport } from "./sdk.ts";
import { oneLine } from "./words.ts";

/** Lines that are no messages: some programs print a greeting. One that prints more speaks another language. */
const MOST_GARBAGE = 100;
/** Of what it wrote on standard error, the end is kept to say why it failed, in characters. */
const KEPT_STDERR = 4000;

/** What a {@link ProcessTransport} is made from. */
export interface ProcessTransportRoom {
  readonly server: string;
  readonly limits: McpLimits;
  readonly clock: Clock;
  readonly gate: FloodGate;
  /** A message from what was read; throws for what is none. */
  readonly parse: (value: unknown) => JSONRPCMessage;
  /** Told once why it ended, unless it was closed by us. */
  readonly onFailure: (error: McpError) => void;
}

/**
 * The stdio transport (https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio) over a program in
 * a sandbox: a message a line. It holds at most one message, whatever the program writes.
 */
export class ProcessTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: NonNullable<Transport["onmessage"]>;
  readonly #process: SandboxProcess;
  readonly #room: ProcessTransportRoom;
  #pieces: Buffer[] = [];
  #held = 0;
  #garbage = 0;
  #stderr = "";
  #over = false;

  constructor(process: SandboxProcess, room: ProcessTransportRoom) {
    this.#process = process;
    this.#room = room;
  }

  start(): Promise<void> {
    const { stdin, stdout, stderr, exit } = this.#process;
    stdout.on("data", (chunk: Buffer) => this.#read(chunk));
    stdout.on("error", () => undefined);
    stderr.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString("utf8")).slice(-KEPT_STDERR);
    });
    stderr.on("error", () => undefined);
    // Who does not read any more is about to end, which is seen there.
    stdin?.on("error", () => undefined);
    void exit.then((how) => {
      const { server } = this.#room;
      if (how.type === "failed") {
        this.#fail("unavailable", `the server ${server} could not be started: ${oneLine(how.error.message)}`);
        return;
      }
      const told = oneLine(this.#stderr.slice(-600));
      const why = how.type === "code" ? `with code ${how.code}` : `by ${how.signal}`;
      this.#fail("closed", `the server ${server} ended ${why}${told === "" ? "" : `: ${told}`}`);
    });
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    const { stdin } = this.#process;
    const { server, limits } = this.#room;
    if (this.#over || stdin === undefined) {
      return Promise.reject(new McpError("closed", server, `the server ${server} has ended`));
    }
    if (stdin.writableLength > limits.messageBytes) {
      this.#fail("closed", `the server ${server} was ended: it reads nothing`);
      return Promise.reject(new McpError("closed", server, `the server ${server} reads nothing`));
    }
    stdin.write(`${JSON.stringify(message)}\n`);
    return Promise.resolve();
  }

  /** Closes its input, and ends it and all it started when it does not end by itself. */
  async close(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    const { stdin, exit } = this.#process;
    stdin?.end();
    const { clock, limits } = this.#room;
    if (limits.closeMs > 0) await within(clock, exit, limits.closeMs);
    this.#process.kill("SIGKILL");
    this.#release();
    this.onclose?.();
  }

  #read(chunk: Buffer): void {
    if (this.#over) return;
    try {
      this.#room.gate.count(0, chunk.length);
    } catch (error) {
      this.#end(error as McpError);
      return;
    }
    for (let from = 0; from < chunk.length && !this.#isOver();) {
      const newline = chunk.indexOf(0x0a, from);
      const end = newline === -1 ? chunk.length : newline;
      this.#pieces.push(chunk.subarray(from, end));
      this.#held += end - from;
      if (this.#held > this.#room.limits.messageBytes) {
        const { server, limits } = this.#room;
        const size = `${limits.messageBytes} bytes`;
        this.#fail("too-large", `the server ${server} was ended: it wrote a line of more than ${size}`);
        return;
      }
      if (newline !== -1) this.#line();
      from = end + 1;
    }
  }

  #line(): void {
    const line = Buffer.concat(this.#pieces).toString("utf8");
    this.#pieces = [];
    this.#held = 0;
    if (line.trim() === "") return;
    let message: JSONRPCMessage;
    try {
      message = this.#room.parse(JSON.parse(line));
    } catch {
      if (++this.#garbage > MOST_GARBAGE) {
        const { server } = this.#room;
        this.#fail(
          "protocol",
          `the server ${server} was ended: it writes on standard output what is not the protocol, such as ${JSON.stringify(oneLine(line, 80))}; is it an MCP server, and does it log to standard error?`,
        );
      }
      return;
    }
    this.onmessage?.(message);
  }

  #isOver(): boolean {
    return this.#over;
  }

  #fail(kind: McpError["kind"], message: string): void {
    this.#end(new McpError(kind, this.#room.server, message));
  }

  #end(error: McpError): void {
    if (this.#over) return;
    this.#over = true;
    this.#process.kill("SIGKILL");
    this.#release();
    this.#room.onFailure(error);
    this.onclose?.();
  }

  #release(): void {
    this.#pieces = [];
    this.#process.stdout.destroy();
    this.#process.stderr.destroy();
    this.#process.stdin?.destroy();
  }
}
