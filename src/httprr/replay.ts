import { TraceError } from "./errors.ts";
import { comparable, keyOf, nearest } from "./match.ts";
import type { Comparable, MatchMode } from "./match.ts";
import { headerValues } from "./message.ts";
import type { TraceExchange, TraceHeader, TraceResponse } from "./message.ts";
import { readRequest } from "./request.ts";
import type { FetchInput, FetchInit } from "./request.ts";
import { scrubSecrets } from "./scrub.ts";
import type { Scrubber } from "./scrub.ts";

/** The recorded answers to one request, in their order, and how many were given. */
interface Answers {
  readonly recorded: TraceResponse[];
  given: number;
}

/** A fetch that answers from the exchanges and never from the network. */
export function replayingFetch(
  file: string,
  exchanges: readonly TraceExchange[],
  mode: MatchMode,
  scrub: Scrubber,
): typeof globalThis.fetch {
  // A trace from elsewhere may hold what our recorder would have scrubbed and the live request is without.
  const compared = (index: number): Comparable => {
    const { request } = exchanges[index] as TraceExchange;
    return comparable(scrubSecrets({ request, response: undefined }).request, mode);
  };
  const byKey = new Map<string, Answers>();
  exchanges.forEach(({ response }, index) => {
    const key = keyOf(compared(index));
    const answers = byKey.get(key);
    if (answers === undefined) byKey.set(key, { recorded: [response], given: 0 });
    else answers.recorded.push(response);
  });

  return async (input: FetchInput, init?: FetchInit): Promise<Response> => {
    const { recorded: request, signal } = await readRequest(input, init);
    signal?.throwIfAborted();
    const live = comparable(scrub({ request, response: undefined }).request, mode);
    const answers = byKey.get(keyOf(live));
    if (answers === undefined)
      throw miss(
        file,
        live,
        exchanges.map((_, index) => compared(index)),
        mode,
      );
    const at = Math.min(answers.given++, answers.recorded.length - 1);
    return liveResponse(answers.recorded[at] as TraceResponse, request.url);
  };
}

const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

function liveResponse(recorded: TraceResponse, url: string): Response {
  const chunked = headerValues(recorded.headers, "transfer-encoding").includes("chunked");
  const body = chunked ? unchunked(recorded.body) : recorded.body;
  const untrue = ["transfer-encoding", "content-length"];
  const headers = recorded.headers.filter(([name]) => !untrue.includes(name.toLowerCase()));
  const response = new Response(NO_BODY.has(recorded.status) ? null : new Uint8Array(body), {
    status: recorded.status,
    statusText: recorded.reason,
    headers: headers.map(([name, value]: TraceHeader): [string, string] => [name, value]),
  });
  return Object.defineProperties(response, { url: { value: url } });
}

/**
 * Go's own recorder writes the body of a chunked HTTP/1.1 answer in chunks. A body that is not in chunks is
 * left alone.
 */
function unchunked(body: Uint8Array): Uint8Array {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const chunks: Uint8Array[] = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf("\r\n", at);
    const size = /^([0-9a-f]{1,8})(?:;.*)?$/i.exec(end < 0 ? "" : bytes.toString("latin1", at, end))?.[1];
    if (size === undefined) return body;
    const length = Number.parseInt(size, 16);
    if (length === 0) return Buffer.concat(chunks);
    at = end + 2 + length + 2;
    if (at > bytes.length) return body;
    chunks.push(bytes.subarray(end + 2, at - 2));
  }
}

function miss(file: string, live: Comparable, recorded: readonly Comparable[], mode: MatchMode): TraceError {
  const near = nearest(live, recorded);
  const { path, live: asked, recorded: kept } = near?.difference ?? { path: "", live: "", recorded: "" };
  const found =
    near === undefined
      ? "The trace holds no exchange."
      : `The nearest is recorded request ${near.index + 1} of ${recorded.length}. ` +
        `The first difference is at ${path}:\n  live:     ${asked}\n  recorded: ${kept}`;
  const wayOut =
    mode === "value"
      ? 'open it with match: "conversation" to compare only the model and the messages.'
      : "ask what was asked when it was recorded (host, system prompt, tools and settings are not compared).";
  const message = `${file} has no answer to ${live.endpoint}.\n${found}\nRecord it again, or ${wayOut}`;
  return new TraceError("miss", file, message, near === undefined ? {} : { record: near.index + 1 });
}
