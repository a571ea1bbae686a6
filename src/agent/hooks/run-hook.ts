import type { Readable } from "node:stream";
import type { JsonObject } from "../../llm/json.ts";
import type { SandboxExit } from "../sandbox/sandbox.ts";
import type { Hook } from "../settings/settings.ts";
import { within } from "../within.ts";
import { HOOK_VARIABLE, type HookRoom } from "./hook-room.ts";

/** How a hook ended. */
export type HookEnd =
  | { readonly type: "exit"; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** It did not end by itself, or could not be started; `why` goes on from its name. */
  | { readonly type: "failed"; readonly why: string };

/** So much may a hook write to each of its outputs, in bytes. */
const MOST_BYTES = 64 * 1024;

/** What a hook leaves behind may hold its outputs open for so long. */
const DRAIN_MS = 200;

/** Runs a hook to its end, which is its own, that of its time, or that of the call it belongs to. Never rejects. */
export async function runHook(
  { command, timeoutSeconds, outside }: Hook,
  input: JsonObject,
  room: HookRoom,
  signal: AbortSignal,
): Promise<HookEnd> {
  if (signal.aborted) return failed("was not run: the turn is cancelled");
  const sandbox = outside ? room.outside : room.sandbox;
  let child;
  try {
    child = sandbox.start({ argv: ["sh", "-c", command], env: { [HOOK_VARIABLE]: "1" }, input: true });
  } catch (error) {
    return failed(`could not be started: ${error instanceof Error ? error.message : String(error)}`);
  }
  const outputs = [gather(child.stdout), gather(child.stderr)] as const;
  const tooMuch = Promise.race(outputs.map((each) => each.tooMuch)).then(() => "output" as const);
  // It need not read what it is told.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(`${JSON.stringify(input)}\n`);
  const over = child.exit.then((exit) => ({ exit }));
  const came = await within(room.clock, Promise.race([over, tooMuch]), timeoutSeconds * 1000, signal);
  const first = came === "done" ? await Promise.race([over, tooMuch]) : came;
  // In time, though something that it started may go on.
  if (typeof first === "object") {
    await within(room.clock, Promise.all(outputs.map(({ ended }) => ended)), DRAIN_MS, signal);
  }
  child.kill("SIGKILL");
  const long = first === "output" || outputs.some(({ isTooMuch }) => isTooMuch());
  if (first === "time") return failed(`took more than ${timeoutSeconds} s and was ended`);
  if (long) return failed(`wrote more than ${MOST_BYTES / 1024} KB and was ended`);
  if (typeof first === "string") return failed("was ended: the turn is cancelled");
  const [stdout, stderr] = outputs.map(({ text }) => text());
  return ended(first.exit, stdout ?? "", stderr ?? "");
}

function ended(exit: SandboxExit, stdout: string, stderr: string): HookEnd {
  switch (exit.type) {
    case "code":
      return { type: "exit", code: exit.code, stdout, stderr };
    case "signal":
      return failed(`was ended by ${exit.signal}`);
    case "failed":
      return failed(`could not be started: ${exit.error.message}`);
  }
}

function failed(why: string): HookEnd {
  return { type: "failed", why };
}

/** An output that is read. */
interface Gathered {
  readonly ended: Promise<void>;
  /** Settles when it is longer than it may be; else never. */
  readonly tooMuch: Promise<void>;
  readonly isTooMuch: () => boolean;
  readonly text: () => string;
}

/** Reads an output as far as it may be long. */
function gather(stream: Readable): Gathered {
  const pieces: Buffer[] = [];
  let bytes = 0;
  let tell: () => void;
  const tooMuch = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    stream.on("data", (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > MOST_BYTES) tell();
      else pieces.push(piece);
    });
    stream.on("error", () => resolve());
    stream.on("close", () => resolve());
  });
  const isTooMuch = (): boolean => bytes > MOST_BYTES;
  return { ended, tooMuch, isTooMuch, text: () => Buffer.concat(pieces).toString() };
}
