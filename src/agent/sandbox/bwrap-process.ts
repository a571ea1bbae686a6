import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { SandboxError } from "./errors.ts";
import { signal, signalBelow } from "./process-tree.ts";
import type { SandboxExit, SandboxProcess } from "./sandbox.ts";

/** What bwrap reports of a program on `--json-status-fd`. */
interface Status {
  readonly "child-pid"?: number;
  readonly "exit-code"?: number;
}

/** How long bwrap may take to see that all inside are gone. */
const PATIENCE_MS = 200;

/** A program in namespaces of its own, behind the bwrap process that watches over them. */
export class BwrapProcess implements SandboxProcess {
  readonly pid: number | undefined;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exit: Promise<SandboxExit>;
  readonly #bwrap: ChildProcess;
  /** The first process of the namespace, as the machine numbers it: with it all others end. */
  #first: number | undefined;
  #code: number | undefined;
  #over = false;
  #last: NodeJS.Timeout | undefined;
  #sent = new Set<NodeJS.Signals>();
  readonly #onFirst: (first: number) => void;

  /** @param onFirst is told of the first process of the namespace, which may wait for it */
  constructor(bwrap: ChildProcess, status: Readable, onFirst: (first: number) => void) {
    this.#bwrap = bwrap;
    this.#onFirst = onFirst;
    this.pid = bwrap.pid;
    this.stdin = bwrap.stdin ?? undefined;
    this.stdout = bwrap.stdout as Readable;
    this.stderr = bwrap.stderr as Readable;
    const told = this.#listen(status);
    this.exit = new Promise((settle) => {
      bwrap.once("error", (error) => settle({ type: "failed", error }));
      bwrap.once("exit", (code, signal) => {
        this.#over = true;
        clearTimeout(this.#last);
        // What it said may still be on its way to us.
        void told.then(() => settle(this.#outcome(code, signal)));
      });
    });
  }

  kill(name: "SIGINT" | "SIGTERM" | "SIGKILL"): void {
    if (this.#over) return;
    this.#sent.add(name);
    if (name === "SIGKILL") {
      // With the first process all inside are gone at once, and bwrap ends when it has seen that. If it is in no state
      // to, it is ended as well, which by itself would take the first one along.
      if (this.#first === undefined) this.#bwrap.kill(name);
      else {
        signal(this.#first, name);
        this.#last = setTimeout(() => this.#bwrap.kill(name), PATIENCE_MS).unref();
      }
    } else if (this.#first !== undefined) {
      // The bwrap outside must not hear it: it would end all at once.
      signalBelow(this.#first, name);
    }
  }

  /** Resolves when nothing more will be reported, or the one thing that matters has been. */
  #listen(status: Readable): Promise<void> {
    let text = "";
    return new Promise((resolve) => {
      status.setEncoding("utf8");
      status.on("data", (piece: string) => {
        text += piece;
        for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n")) {
          this.#learn(text.slice(0, end));
          text = text.slice(end + 1);
        }
        if (this.#code !== undefined) resolve();
      });
      status.once("close", resolve);
      status.once("error", () => resolve());
    });
  }

  #learn(line: string): void {
    const status = JSON.parse(line) as Status;
    this.#code ??= status["exit-code"];
    const first = status["child-pid"];
    if (first === undefined) return;
    this.#first = first;
    this.#onFirst(first);
    // Who was asked to stop before there was anybody to be asked, is asked now.
    for (const name of this.#sent) if (name !== "SIGKILL") signalBelow(first, name);
  }

  #outcome(code: number | null, signal: NodeJS.Signals | null): SandboxExit {
    if (this.#code !== undefined) {
      // A shell's way to say that a signal ended it. We believe it of those that we have sent.
      const sent = [...this.#sent].find((name) => this.#code === 128 + constants.signals[name]);
      return sent === undefined ? { type: "code", code: this.#code } : { type: "signal", signal: sent };
    }
    if (signal !== null) return { type: "signal", signal };
    if (this.#sent.has("SIGKILL")) return { type: "signal", signal: "SIGKILL" };
    const error = new SandboxError(
      "start",
      `bwrap could not set the sandbox up (exit code ${code}); its standard error says why`,
    );
    return { type: "failed", error };
  }
}
