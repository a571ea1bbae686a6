import type { Io } from "./io.ts";
import { harmless } from "./terminal.ts";

/** A value as JSON for whoever reads stdout: whole for a program, harmless on a terminal. */
export function jsonText(value: unknown, { stdout }: Pick<Io, "stdout">): string {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  return stdout.isTTY === true ? harmless(text) : text;
}
