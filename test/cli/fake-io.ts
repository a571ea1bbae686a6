import { PassThrough, Readable, Writable } from "node:stream";
import type { Input, Io } from "../../src/cli/io.ts";
import { main } from "../../src/cli/main.ts";
import { virtualSystem, type VirtualSystem } from "../support/clock.ts";

/** An output that keeps what it is given. */
export class Sink extends Writable {
  isTTY = false;
  text = "";
  /** When set, this is what becomes of each write. */
  broken: NodeJS.ErrnoException | undefined;
  #waiting: (() => void)[] = [];

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (this.broken !== undefined) {
      done(this.broken);
      return;
    }
    this.text += chunk.toString();
    for (const resolve of this.#waiting.splice(0)) resolve();
    done();
  }

  /** Resolves when something is written. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when the text has been written. */
  async until(text: string): Promise<void> {
    while (!this.text.includes(text)) await this.next();
  }
}

export interface FakeIoOptions {
  /** What is piped in; nothing by default. */
  readonly stdin?: string | Input;
  /** A terminal on all sides, with a keyboard: see {@link FakeIo.keys}. */
  readonly terminal?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Of its chance, by which sessions get their ids: two of the same one begin with the same id. */
  readonly seed?: number;
}

/** A process that is none. */
export class FakeIo implements Io {
  readonly stdin: Input;
  readonly keys: PassThrough = new PassThrough();
  readonly stdout: Sink = new Sink();
  readonly stderr: Sink = new Sink();
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly machine: VirtualSystem;
  /** No tools: what is tested here is the face. */
  openTools: NonNullable<Io["openTools"]> = async () => undefined;
  readonly quits: number[] = [];
  readonly interrupts: Set<() => void> = new Set();

  constructor({ stdin = "", terminal = false, env = {}, cwd = process.cwd(), seed = 1 }: FakeIoOptions = {}) {
    this.machine = virtualSystem(seed);
    this.stdin = terminal
      ? Object.assign(this.keys, { isTTY: true, setRawMode: () => this.keys })
      : typeof stdin === "string"
        ? Readable.from(stdin === "" ? [] : [Buffer.from(stdin)])
        : stdin;
    this.stdout.isTTY = this.stderr.isTTY = terminal;
    this.env = { TERM: "dumb", ...env };
    this.cwd = cwd;
  }

  readonly onInterrupt = (listener: () => void): (() => void) => {
    this.interrupts.add(listener);
    return () => void this.interrupts.delete(listener);
  };

  readonly quit = (code: number): void => void this.quits.push(code);

  /** Ctrl-C, as a signal. */
  interrupt(): void {
    for (const listener of this.interrupts) listener();
  }
}

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program in this process. Without a place for them in the environment, conversations are not to be kept. */
export async function run(argv: readonly string[], io: FakeIo | FakeIoOptions = {}): Promise<Run> {
  const fake = io instanceof FakeIo ? io : new FakeIo(io);
  const kept = fake.env["COLLOQUY_HOME"] !== undefined || argv[0] === "models";
  const code = await main(kept ? argv : ["--no-session", ...argv], fake);
  return { code, out: fake.stdout.text, err: fake.stderr.text };
}

/** The environment of somebody with a key, and Anthropic at this address. */
export const keyed = (url: string): Record<string, string> => ({
  ANTHROPIC_API_KEY: "sk-test-0123456789",
  ANTHROPIC_BASE_URL: url,
});
