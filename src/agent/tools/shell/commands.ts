import { mkdirSync, mkdtempSync } from "node:fs";
import path from "node:path";
import type { Redactor } from "../../../log/redactor.ts";
import type { Clock } from "../../../providers/system.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { within } from "../../within.ts";
import { CommandLog } from "./command-log.ts";
import { RunningCommand } from "./running-command.ts";

const MOST_RUNNING = 64;
/** So many that are over can still be asked about. */
const MOST_KEPT = 256;

/** How long a command has between being asked and being made to end, in milliseconds. */
export const KILL_AFTER_MS = 5000;
const CLOSE_KILL_AFTER_MS = 2000;

/** Where commands run and what becomes of their output. */
export interface CommandsSetting {
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  /** An absolute path; logs are put into a folder of their own in it. */
  readonly logFolder: string;
  /** How many bytes a log holds. */
  readonly logBytes: number;
  readonly redact: Redactor | undefined;
}

/** The commands of one agent: those that run, and those that did lately. */
export class Commands {
  readonly #setting: CommandsSetting;
  readonly #known = new Map<string, RunningCommand>();
  #folder: string | undefined;
  #count = 0;
  #closed = false;

  constructor(setting: CommandsSetting) {
    this.#setting = setting;
  }

  /**
   * Starts one.
   * @throws Error when too many run, with what the model can do about it; SandboxError when it cannot be started.
   */
  start(command: string, cwd: string, input: boolean): RunningCommand {
    if (this.#closed) throw new Error("the agent is closing: no command is started any more");
    const running = this.#running();
    if (running.length >= MOST_RUNNING) {
      throw new Error(
        `${MOST_RUNNING} commands run already; wait for one or kill one with shell_more: ${names(running)}`,
      );
    }
    const { sandbox, clock, redact, logBytes } = this.#setting;
    const id = `s${++this.#count}`;
    const log = new CommandLog(path.join(this.#logs(), `${id}.log`), logBytes);
    const started = new RunningCommand(command, cwd, input, { sandbox, clock, redact, log, id });
    this.#known.set(id, started);
    for (const [old, { end }] of this.#known) {
      if (this.#known.size <= MOST_KEPT + MOST_RUNNING) break;
      if (end !== undefined) this.#known.delete(old);
    }
    return started;
  }

  /** @throws Error for an id that is not known, with those that are. */
  find(id: string): RunningCommand {
    const found = this.#known.get(id);
    if (found !== undefined) return found;
    const running = this.#running();
    const others = running.length === 0 ? "none is running" : `running: ${names(running)}`;
    throw new Error(`there is no command ${JSON.stringify(id)}; ${others}`);
  }

  /** Ends all that run. */
  async close(): Promise<void> {
    this.#closed = true;
    const running = this.#running();
    for (const each of running) each.stop(CLOSE_KILL_AFTER_MS);
    const { clock } = this.#setting;
    await within(clock, Promise.all(running.map(({ ended }) => ended)), 2 * CLOSE_KILL_AFTER_MS);
  }

  #running(): RunningCommand[] {
    return [...this.#known.values()].filter(({ end }) => end === undefined);
  }

  #logs(): string {
    if (this.#folder === undefined) {
      mkdirSync(this.#setting.logFolder, { recursive: true, mode: 0o700 });
      this.#folder = mkdtempSync(path.join(this.#setting.logFolder, "shell-"));
    }
    return this.#folder;
  }
}

function names(commands: readonly RunningCommand[]): string {
  const shown = commands.slice(0, 10).map(({ id, command }) => `${id} (${command.slice(0, 40)})`);
  const rest = commands.length - shown.length;
  return shown.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
