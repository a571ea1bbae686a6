import { addAbortSignal, type Readable } from "node:stream";
import { system } from "../providers/system.ts";
import { UsageError } from "./command.ts";
import type { Io } from "./io.ts";
import type { Teller } from "./terminal.ts";

/** An open pipe in which nothing comes looks like a hang; after this long it is explained. */
const SILENT_MS = 2000;

/**
 * The prompt of a single exchange: the words given, then, after a blank line, what is piped in; undefined when there is
 * neither.
 * @throws UsageError when stdin cannot be read; the signal's reason.
 */
export async function readPrompt(
  text: string,
  io: Io,
  signal: AbortSignal,
  tell: Teller,
): Promise<string | undefined> {
  const piped = io.stdin.isTTY === true ? "" : await readAll(io, signal, tell);
  const pieces = [text, piped.replace(/\s+$/, "")].filter((piece) => piece.trim() !== "");
  return pieces.length > 0 ? pieces.join("\n\n") : undefined;
}

async function readAll(io: Io, signal: AbortSignal, tell: Teller): Promise<string> {
  const waiting = (io.machine ?? system).clock.timer(SILENT_MS, () =>
    tell.notice("reading the prompt from stdin until its end; where there is none, start with < /dev/null"),
  );
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of addAbortSignal(signal, io.stdin as Readable)) {
      waiting();
      chunks.push(Buffer.from(chunk as Uint8Array | string));
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new UsageError(`cannot read stdin: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    waiting();
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
