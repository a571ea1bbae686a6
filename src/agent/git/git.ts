import type { Readable } from "node:stream";
import type { Clock } from "../../providers/system.ts";
import type { Sandbox, SandboxExit, SandboxProcess } from "../sandbox/sandbox.ts";
import { fileText } from "../text/file-text.ts";
import { within } from "../within.ts";
import { GitError } from "./error.ts";
import { safeEnvironment, safeWords, withoutFilters, type GitSetting } from "./safe-settings.ts";

/** Where git runs. */
export interface GitPlace {
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  /** Where a program is, as it is started inside. @throws GitError `not-there` */
  readonly find: (name: string) => string;
  /** An absolute path. */
  readonly folder: string;
}

/** What git is asked for. */
export interface GitCommand {
  readonly args: readonly string[];
  /** What it reads from its standard input. */
  readonly input?: string;
  /** Exit codes that are an answer; 0 alone by default. */
  readonly codes?: readonly number[];
  /** How much it may say, in bytes; 16 MiB by default. */
  readonly mostBytes?: number;
  /** How long it may take, in milliseconds; 30,000 by default. */
  readonly longest?: number;
  /** It looks at files of the worktree, or writes some: the repository's filters are turned off before. */
  readonly files?: boolean;
  /** What it reads are words, each with a NUL behind it, and it is run once for each of them. */
  readonly forEach?: boolean;
}

export interface GitOutput {
  readonly code: number;
  readonly stdout: Buffer;
}

const MOST_BYTES = 16 * 1024 * 1024;
const MOST_STDERR = 4000;
/** In milliseconds. */
const LONGEST = 30_000;

/**
 * Git in a sandbox, over a repository that may be hostile: none of its hooks, pagers, helpers, monitors, diff programs,
 * signature checkers and filters run, and nothing is fetched. Filters can have any name, so their names are read before a
 * command that would use them. What remains: one that is added to the configuration between the two would run, inside
 * the sandbox; and files that such a filter changes, as git LFS does, look changed when git has to compare them.
 */
export class Git {
  readonly #place: GitPlace;

  constructor(place: GitPlace) {
    this.#place = place;
  }

  get folder(): string {
    return this.#place.folder;
  }

  /** The same in another folder. */
  in(folder: string): Git {
    return new Git({ ...this.#place, folder });
  }

  /** Runs it to its end. @throws GitError, SandboxError */
  async run(command: GitCommand): Promise<GitOutput> {
    const settings = command.files === true ? await this.#filtersOff() : [];
    const { sandbox, find, folder } = this.#place;
    const words = [find("git"), ...safeWords, ...command.args] as const;
    const process = sandbox.start({
      argv: command.forEach === true ? [find("xargs"), "-0", "-n", "1", ...words] : words,
      cwd: folder,
      env: safeEnvironment(settings),
      input: command.input !== undefined,
    });
    return this.#read(process, command);
  }

  /** What it says, as text, without the end of the line; undefined where it exits with 1. */
  async line(...args: readonly string[]): Promise<string | undefined> {
    const { code, stdout } = await this.run({ args, codes: [0, 1] });
    return code === 0 ? stdout.toString("utf8").replace(/\n$/, "") : undefined;
  }

  async #filtersOff(): Promise<readonly GitSetting[]> {
    const args = ["config", "-z", "--name-only", "--get-regexp", String.raw`^filter\.`];
    const { stdout } = await this.run({ args, mostBytes: 1 << 20, codes: [0, 1] });
    const settings = withoutFilters(stdout.toString("utf8").split("\0"));
    if (settings !== undefined) return settings;
    throw new GitError(
      "refused",
      "the filters of this repository cannot be turned off: git is older than 2.31, or its configuration has more " +
        "than 200 of them. Update git, or take them out of .git/config",
    );
  }

  async #read(process: SandboxProcess, command: GitCommand): Promise<GitOutput> {
    const { clock, folder } = this.#place;
    const { mostBytes: most = MOST_BYTES, longest = LONGEST } = command;
    const name = `git ${command.args.find((word) => !word.startsWith("-")) ?? ""}`;
    let tooMuch = false;
    const stdout = collect(process.stdout, most, () => {
      tooMuch = true;
      process.kill("SIGKILL");
    });
    const stderr = collect(process.stderr, MOST_STDERR, () => undefined);
    process.stdin?.on("error", () => undefined);
    process.stdin?.end(command.input);
    const all = Promise.all([process.exit, stdout.over, stderr.over]);
    const came = await within(clock, all, longest);
    if (came !== "done") {
      process.kill("SIGKILL");
      process.stdout.destroy();
      process.stderr.destroy();
      throw new GitError(
        "timed-out",
        `${name} was not over after ${longest / 1000} s and was ended; look whether another git holds the repository, or run it by hand in ${folder}`,
      );
    }
    if (tooMuch) {
      throw new GitError(
        "too-much",
        `${name} has more than ${most} bytes to say; ask for less: one commit, or one file`,
      );
    }
    return answerOf(await process.exit, stdout.bytes(), stderr.bytes(), command, name);
  }
}

function answerOf(
  exit: SandboxExit,
  stdout: Buffer,
  stderr: Buffer,
  { codes = [0] }: GitCommand,
  name: string,
): GitOutput {
  if (exit.type === "failed" || (exit.type === "code" && exit.code === 127)) {
    throw new GitError(
      "not-there",
      "there is no git to be run here: install it, or work without a repository",
      exit.type === "failed" ? exit.error : undefined,
    );
  }
  if (exit.type === "code" && codes.includes(exit.code)) return { code: exit.code, stdout };
  const words = fileText(stderr.toString("utf8")).trim();
  const how = exit.type === "code" ? `exit code ${exit.code}` : exit.signal;
  throw new GitError("failed", `${name} failed (${how})${words === "" ? "" : `: ${words}`}`);
}

/** The beginning of what a stream brings. It is read to its end, so that nobody waits for us. */
function collect(
  stream: Readable,
  most: number,
  onMore: () => void,
): { readonly over: Promise<void>; bytes(): Buffer } {
  const pieces: Buffer[] = [];
  let length = 0;
  stream.on("data", (piece: Buffer) => {
    if (length > most) return;
    pieces.push(piece.subarray(0, most - length));
    length += piece.length;
    if (length > most) onMore();
  });
  const over = new Promise<void>((resolve) => {
    for (const event of ["end", "close", "error"]) stream.on(event, () => resolve());
  });
  return { over, bytes: () => Buffer.concat(pieces) };
}
