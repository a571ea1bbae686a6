import type { Redactor } from "../../../log/redactor.ts";
import type { Clock } from "../../../providers/system.ts";
import type { Sandbox, SandboxExit, SandboxProcess } from "../../sandbox/sandbox.ts";
import type { Excerpt } from "../../text/head-and-tail.ts";
import type { CommandLog } from "./command-log.ts";
import { CommandOutput } from "./command-output.ts";
import { shellArguments, shellEnvironment } from "./shell-program.ts";

/** How a command ended. */
export interface CommandEnd {
  readonly exit: SandboxExit;
  readonly durationMs: number;
  /** We had asked it to end. */
  readonly stopped: boolean;
  /** Something that it had started still held its output open, and was ended. */
  readonly leftBehind: boolean;
}

/** After the exit, output is read until it was silent for so long, at most so many times over. In milliseconds. */
const DRAIN_MS = 100;
const MOST_DRAINS = 10;

/** What a command is run with. */
export interface CommandSetting {
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly redact: Redactor | undefined;
  readonly log: CommandLog;
  readonly id: string;
}

/** A command of the model's, from its start until nothing of it is left. */
export class RunningCommand {
  readonly id: string;
  readonly command: string;
  readonly log: CommandLog;
  /** Never rejects. */
  readonly ended: Promise<CommandEnd>;
  #end: CommandEnd | undefined;
  readonly #clock: Clock;
  readonly #process: SandboxProcess;
  readonly #output: CommandOutput;
  readonly #begun: number;
  #stopped = false;
  #cancelKill: (() => void) | undefined;

  /**
   * @param cwd an absolute path.
   * @param input whether somebody will write to it.
   * @throws SandboxError when it cannot be started.
   */
  constructor(command: string, cwd: string, input: boolean, setting: CommandSetting) {
    const { sandbox, clock, redact, log, id } = setting;
    this.id = id;
    this.command = command;
    this.log = log;
    this.#clock = clock;
    this.#begun = clock.monotonic();
    this.#process = sandbox.start({ argv: shellArguments(command, cwd), env: shellEnvironment, input });
    // Nobody may be there any more when it is written to; how it ended says so.
    this.#process.stdin?.on("error", () => undefined);
    this.#output = new CommandOutput([this.#process.stdout, this.#process.stderr], log, redact);
    this.ended = this.#untilOver();
  }

  /** Undefined while it runs. */
  get end(): CommandEnd | undefined {
    return this.#end;
  }

  get durationMs(): number {
    return this.#end?.durationMs ?? this.#clock.monotonic() - this.#begun;
  }

  get takesInput(): boolean {
    return this.#end === undefined && this.#process.stdin?.writable === true;
  }

  /** Told of what it writes, as it comes. */
  set onText(listener: ((text: string) => void) | undefined) {
    this.#output.onText = listener;
  }

  /** What it wrote since this was last asked. */
  takeOutput(): Excerpt {
    return this.#output.takeUnseen();
  }

  write(text: string): void {
    this.#process.stdin?.write(text);
  }

  closeInput(): void {
    this.#process.stdin?.end();
  }

  /** Asks it to end, and makes it so many milliseconds later. */
  stop(killAfterMs: number): void {
    if (this.#end !== undefined) return;
    this.#stopped = true;
    this.#process.kill("SIGTERM");
    this.#cancelKill?.();
    this.#cancelKill = this.#clock.timer(killAfterMs, () => this.#process.kill("SIGKILL"));
  }

  async #untilOver(): Promise<CommandEnd> {
    const exit = await this.#process.exit;
    const durationMs = this.#clock.monotonic() - this.#begun;
    const drained = await this.#drained();
    this.#cancelKill?.();
    // Of what it left running nobody would know.
    this.#process.kill("SIGKILL");
    this.#output.close();
    this.log.close();
    this.#end = { exit, durationMs, stopped: this.#stopped, leftBehind: !drained };
    return this.#end;
  }

  /** Resolves when all output is there, or nothing comes though somebody holds it open; whether all is there. */
  #drained(): Promise<boolean> {
    return new Promise((resolve) => {
      let drains = 0;
      let cancel = (): void => undefined;
      const done = (): void => {
        cancel();
        this.#output.onChange = undefined;
        resolve(this.#output.isOver);
      };
      const changed = (): void => {
        cancel();
        if (this.#output.isOver || drains++ === MOST_DRAINS) done();
        else cancel = this.#clock.timer(DRAIN_MS, done);
      };
      this.#output.onChange = changed;
      changed();
    });
  }
}
