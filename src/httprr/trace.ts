import { systemCode, TraceError } from "./errors.ts";
import type { MatchMode } from "./match.ts";
import { parseExchanges } from "./message.ts";
import { createRecorder } from "./record.ts";
import { replayingFetch } from "./replay.ts";
import { joinScrubbers } from "./scrub.ts";
import type { Scrubber } from "./scrub.ts";
import { openWriter } from "./writer.ts";

export interface TraceOptions {
  /** `record`: requests go to the network and are written down. `replay`: they are answered from the file. */
  readonly mode: "record" | "replay";
  /** How a live request finds its recorded one; `value` if not given. Only for `replay`. */
  readonly match?: MatchMode;
  /**
   * Scrubbers of your own, run before the default one ({@link scrubSecrets}), which always runs. Give the
   * same ones when you replay as when you recorded: a live request is scrubbed before it is looked up.
   */
  readonly scrub?: readonly Scrubber[];
  /** What asks the network; the global `fetch` if not given. Only for `record`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * An open trace: a `fetch` that records HTTP exchanges into a file, or answers from them without a network.
 */
export interface Trace extends AsyncDisposable {
  /**
   * Called like the global `fetch`; returns a real `Response`.
   *
   * Recording: an exchange is written when the end of its answer was read, so in the order in which exchanges
   * end. One that fails, is aborted or is left before its end is not recorded; a body that is cancelled when
   * only its end was to come (after the last event of a stream) is. The caller and the server see what they
   * would see without a trace; secrets are scrubbed in the file alone. A redirect is followed, and the last
   * answer recorded.
   *
   * Replaying: several answers recorded for the same request are given in their order, and the last one again
   * and again after that. The answer is what was recorded, a stream or one JSON text, whatever the request
   * asks for.
   *
   * @throws {TraceError} `miss`, `closed` or `unwritable`; when recording also whatever the real fetch throws
   */
  readonly fetch: typeof globalThis.fetch;
  /**
   * Ends the trace; a recording gets its name here. Exchanges under way go on and are not recorded. Safe to
   * call twice.
   * @throws {TraceError} `unwritable`
   */
  close(): Promise<void>;
}

/**
 * Opens a trace in the format of sketch.dev's `httprr` (after rsc.io's Go package of that name).
 *
 * @throws {TraceError} `unreadable`, `not-a-trace` or `corrupt` for a replay, `unwritable` for a recording
 */
export async function openTrace(file: string, options: TraceOptions): Promise<Trace> {
  // oxlint-disable-next-line eslint/no-restricted-properties -- without one given it is the real network
  const { mode, match = "value", scrub = [], fetch = globalThis.fetch } = options;
  if (mode !== "record" && mode !== "replay") {
    throw new TypeError(`mode must be "record" or "replay", not ${JSON.stringify(mode)}`);
  }
  if (match !== "value" && match !== "conversation") {
    throw new TypeError(`match must be "value" or "conversation", not ${JSON.stringify(match)}`);
  }
  const scrubber = joinScrubbers(scrub);
  if (mode === "record") {
    const writer = await openWriter(file);
    const recorder = createRecorder(writer, scrubber, fetch);
    const close = (): Promise<void> => writer.close().finally(recorder.stop);
    return { fetch: recorder.fetch, close, [Symbol.asyncDispose]: close };
  }

  const replayed = replayingFetch(file, parseExchanges(await readTrace(file), file), match, scrubber);
  let closed = false;
  const close = async (): Promise<void> => {
    closed = true;
  };
  return {
    fetch: async (input, init) => {
      if (closed)
        throw new TraceError("closed", file, `${file} is closed. Open the trace again for more requests.`);
      return await replayed(input, init);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; record it first with mode: "record"',
  ENOTDIR: "part of its path is a file, not a folder; check the path",
  EISDIR: "it is a folder; name the trace file in it",
  EACCES: "it may not be read; change its permissions",
};

async function readTrace(file: string): Promise<Uint8Array> {
  const { readFile } = await import("node:fs/promises");
  try {
    return await readFile(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const advice = ADVICE[systemCode(error)] ?? "see the cause";
    throw new TraceError("unreadable", file, `cannot read the trace ${file}: ${advice} (${why}).`, {
      cause: error,
    });
  }
}
