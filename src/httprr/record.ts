import { formatFrame } from "./format.ts";
import { formatRequest, formatResponse } from "./message.ts";
import type { TraceResponse } from "./message.ts";
import { readRequest, sortedHeaders, withLength } from "./request.ts";
import type { FetchInput, FetchInit } from "./request.ts";
import type { Scrubber } from "./scrub.ts";
import type { TraceWriter } from "./writer.ts";

// The body is kept as `fetch` gave it, decoded: what told its coded form is no longer true of it.
const UNTRUE: ReadonlySet<string> = new Set(["content-encoding", "content-length", "transfer-encoding"]);

/** A fetch that records, and `stop`, which lets go of the answers that are still waited for. */
export interface Recorder {
  readonly fetch: typeof globalThis.fetch;
  readonly stop: () => void;
}

/**
 * A fetch that goes to the network through `live` and keeps each exchange whose answer came to its end.
 */
export function createRecorder(
  writer: TraceWriter,
  scrub: Scrubber,
  live: typeof globalThis.fetch,
): Recorder {
  const waiting: Waiting = new Set();
  const fetch = async (input: FetchInput, init?: FetchInit): Promise<Response> => {
    writer.check();
    const { recorded: request, init: sent } = await readRequest(input, init);
    const response = await live(input instanceof Request ? input.url : input, sent);
    return watch(response, waiting, (body) => {
      writer.append(() => {
        const scrubbed = scrub({ request, response: recordedResponse(response, body) });
        if (scrubbed.response === undefined)
          throw new TypeError("a scrubber returned a record without its response");
        return formatFrame({
          request: formatRequest(withLength(scrubbed.request)),
          response: formatResponse(scrubbed.response),
        });
      });
    });
  };
  const stop = (): void => {
    for (const letGo of waiting) letGo();
  };
  return { fetch, stop };
}

function recordedResponse(response: Response, body: Uint8Array): TraceResponse {
  const headers = sortedHeaders(response.headers, UNTRUE);
  return { version: "HTTP/1.1", status: response.status, reason: response.statusText, headers, body };
}

type Waiting = Set<() => void>;

/**
 * The same response; `ended` is called with the whole body once its end has come, and not at all when it
 * fails. Each chunk goes to the reader as it comes, and only as fast as it is read.
 *
 * Many readers of a stream of events stop at its last event and cancel a body that has only its end to come.
 * So a cancelled body is watched for one read more: if that is the end, nothing was missed and the exchange
 * is kept; if it is a chunk, the answer was cut there and the cancel goes to the server.
 */
function watch(response: Response, waiting: Waiting, ended: (body: Uint8Array) => void): Response {
  if (response.body === null) {
    ended(new Uint8Array());
    return response;
  }
  const reader = response.body.getReader();
  const kept: Uint8Array[] = [];
  let reading: Promise<Uint8Array | undefined> | undefined;
  let cancelled = false;
  let cause: unknown;
  let stopped = false;

  const read = async (): Promise<Uint8Array | undefined> => {
    const { done, value } = await reader.read();
    if (value !== undefined) kept.push(new Uint8Array(value)); // a copy: the reader may change its chunk
    if (done && !stopped) ended(Buffer.concat(kept));
    return value;
  };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      reading = read();
      const chunk = await reading;
      reading = undefined;
      if (cancelled) return;
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel(reason) {
      cancelled = true;
      cause = reason;
      waiting.add(letGo);
      void (reading ?? read()).then(letGo, letGo);
    },
  });
  const letGo = (): void => {
    if (!waiting.delete(letGo)) return;
    stopped = true; // what a cancelled read gives looks like the end
    void reader.cancel(cause).catch(() => undefined);
  };

  const { status, statusText, headers, url, redirected } = response;
  const watched = new Response(body, { status, statusText, headers });
  return Object.defineProperties(watched, { url: { value: url }, redirected: { value: redirected } });
}
