import type { CommonFlags } from "./command.ts";
import type { Io, Output } from "./io.ts";

/**
 * Text from outside, made harmless for a terminal: control characters, which could move the cursor, rename the window
 * or answer for the user, are left out. Line ends and tabs stay.
 */
export function harmless(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}

/** The same as one line, without what has no shape or turns the direction of writing: a title in a row of a table. */
export function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Z}\s]+/gu, " ").trim();
}

/** How wide a line may be; undefined where no terminal says so. */
export function terminalWidth({ isTTY, columns }: Output): number | undefined {
  return isTTY === true && columns ? columns : undefined;
}

/** Whether colours may go to this output. */
export function colorful(output: Output, io: Io, flags: CommonFlags): boolean {
  return flags.color && output.isTTY === true && !io.env["NO_COLOR"] && io.env["TERM"] !== "dumb";
}

/** What is told on stderr beside the result. */
export interface Teller {
  /** Progress: silenced by `--quiet`. */
  notice(text: string): void;
  /** What was asked for at the prompt: always told. */
  reply(text: string): void;
  /** Errors: always told. */
  error(lines: readonly string[]): void;
}

/** The teller of this run. */
export function teller(io: Io, flags: CommonFlags): Teller {
  const color = colorful(io.stderr, io, flags);
  const paint = (code: number, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const reply = (text: string): void => {
    for (const line of text.split("\n")) io.stderr.write(`${paint(2, harmless(line))}\n`);
  };
  // Nobody to tell: no reason to fail.
  io.stderr.on("error", () => undefined);
  return {
    notice: (text) => {
      if (!flags.quiet) reply(text);
    },
    reply,
    error: ([first = "", ...details]) => {
      io.stderr.write(`${paint(31, "colloquy:")} ${harmless(first)}\n`);
      for (const detail of details) io.stderr.write(`${paint(2, harmless(detail))}\n`);
    },
  };
}

/** Whether what is said and what is told beside it are seen in one place. */
export function isOneTerminal({ stdout, stderr }: Pick<Io, "stdout" | "stderr">): boolean {
  return stdout.isTTY === true && stderr.isTTY === true;
}
