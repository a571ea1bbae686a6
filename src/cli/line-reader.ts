import { createInterface } from "node:readline/promises";
import type { Io } from "./io.ts";

/** What a person did at the prompt: a text (several lines when they were pasted), Ctrl-C, or the end (Ctrl-D). */
export type Typed =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "interrupt" }
  | { readonly type: "end" };

/** Whether it is a clear yes to a question that anything else answers with no. */
export function isYes(typed: Typed): boolean {
  return typed.type === "text" && /^\s*y(es)?\s*$/i.test(typed.text);
}

/** Lines remembered for the up key. */
const HISTORY_SIZE = 200;

/**
 * Reads what is typed at a prompt. The terminal is taken over only while something is read: in between, Ctrl-C is a
 * signal again, and what is typed ahead waits in the terminal.
 */
export class LineReader {
  readonly #io: Io;
  #history: string[] = [];
  #reading: Promise<unknown> = Promise.resolve();

  constructor(io: Io) {
    this.#io = io;
  }

  /** Shows the prompt and resolves to what was typed; when what was asked before is answered. */
  read(prompt: string): Promise<Typed> {
    const typed = this.#reading.then(() => this.#read(prompt));
    this.#reading = typed;
    return typed;
  }

  #read(prompt: string): Promise<Typed> {
    const { stdin, stderr } = this.#io;
    const lines = createInterface({
      input: stdin,
      // Not stdout: that is for answers, which may go to a file.
      output: stderr,
      prompt,
      terminal: stdin.isTTY === true && stderr.isTTY === true,
      history: this.#history,
      historySize: HISTORY_SIZE,
      removeHistoryDuplicates: true,
    });
    lines.on("history", (history) => (this.#history = history));
    return new Promise((resolve) => {
      const pasted: string[] = [];
      let settled = false;
      const settle = (typed: Typed): void => {
        if (settled) return;
        settled = true;
        lines.close();
        resolve(typed);
      };
      const enter = (): void => settle({ type: "text", text: pasted.join("\n") });
      lines.on("line", (line) => {
        // Lines that come in one go are a paste: one message, complete when no line waits for its end.
        if (pasted.push(line) > 1) return;
        setImmediate(() => {
          if (lines.line === "") enter();
          else lines.once("line", enter);
        });
      });
      lines.on("SIGINT", () => {
        stderr.write("\n");
        if (lines.line === "" && pasted.length === 0) {
          settle({ type: "interrupt" });
          return;
        }
        pasted.length = 0;
        lines.write(null, { ctrl: true, name: "e" });
        lines.write(null, { ctrl: true, name: "u" });
      });
      lines.on("close", () => {
        if (settled) return;
        stderr.write("\n");
        settle({ type: "end" });
      });
      lines.prompt();
    });
  }
}
