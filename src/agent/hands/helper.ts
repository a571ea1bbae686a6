import type { Clock } from "../../providers/system.ts";
import type { SandboxProcess } from "../sandbox/sandbox.ts";
import { fileText } from "../text/file-text.ts";
import { plainText } from "../text/terminal-text.ts";
import { MOST_ANSWERED } from "./protocol.ts";

/** The program inside is gone, or says what it must not: what it was asked may or may not have been done. */
export class HelperGone extends Error {
  override readonly name = "HelperGone";
}

const MOST_STDERR = 2000;

/** One run of the program inside, asked one thing at a time. */
export class Helper {
  readonly #process: SandboxProcess;
  #pieces: Buffer[] = [];
  #length = 0;
  #stderr = "";
  #gone: HelperGone | undefined;
  #pending: { readonly resolve: (line: string) => void; readonly reject: (error: Error) => void } | undefined;

  constructor(process: SandboxProcess) {
    this.#process = process;
    process.stdin?.on("error", () => undefined);
    process.stdout.on("data", (chunk: Buffer) => this.#take(chunk));
    process.stdout.on("error", () => undefined);
    process.stderr.on("error", () => undefined);
    process.stderr.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString("latin1")).slice(-MOST_STDERR);
    });
    void process.exit.then((exit) => {
      const how =
        exit.type === "code"
          ? `exit code ${exit.code}`
          : exit.type === "signal"
            ? exit.signal
            : exit.error.message;
      this.#end(`it ended (${how})${this.#lastWords()}`);
    });
  }

  get isGone(): boolean {
    return this.#gone !== undefined;
  }

  /**
   * Resolves with the line that it answers.
   * @throws HelperGone
   */
  ask(line: string): Promise<string> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#process.stdin?.write(`${line}\n`);
    });
  }

  kill(): void {
    this.#end("it was ended");
  }

  /** Lets it end by itself, for it has nothing to do any more, and makes it where it does not. */
  async close(clock: Clock, ms: number): Promise<void> {
    this.#process.stdin?.end();
    const cancel = clock.timer(ms, () => this.#process.kill("SIGKILL"));
    await this.#process.exit;
    cancel();
  }

  #take(chunk: Buffer): void {
    if (this.#gone !== undefined) return;
    if (this.#pending === undefined) return this.#end("it spoke without being asked");
    const end = chunk.indexOf(0x0a);
    this.#pieces.push(end === -1 ? chunk : chunk.subarray(0, end));
    this.#length += chunk.length;
    if (this.#length > MOST_ANSWERED) return this.#end("its answer was too long");
    if (end === -1) return;
    if (end < chunk.length - 1) return this.#end("it said more than one thing");
    const line = Buffer.concat(this.#pieces).toString("utf8");
    const { resolve } = this.#pending;
    [this.#pieces, this.#length, this.#pending] = [[], 0, undefined];
    resolve(line);
  }

  #lastWords(): string {
    const words = fileText(plainText(this.#stderr)).trim();
    return words === "" ? "" : `: ${words}`;
  }

  #end(why: string): void {
    if (this.#gone !== undefined) return;
    this.#gone = new HelperGone(why);
    this.#process.kill("SIGKILL");
    this.#pieces = [];
    this.#pending?.reject(this.#gone);
    this.#pending = undefined;
  }
}
