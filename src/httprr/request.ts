import { canonicalName } from "./message.ts";
import type { TraceHeader, TraceRequest } from "./message.ts";

export type FetchInput = Parameters<typeof globalThis.fetch>[0];
export type FetchInit = NonNullable<Parameters<typeof globalThis.fetch>[1]>;

/** A request about to be made: what is recorded of it, what the network is asked, and what may abort it. */
export interface LiveRequest {
  readonly recorded: TraceRequest;
  readonly init: FetchInit;
  readonly signal: AbortSignal | undefined;
}

const AGENT = "colloquy-httprr/1";
const WRITTEN_FIRST: ReadonlySet<string> = new Set([
  "host",
  "user-agent",
  "content-length",
  "transfer-encoding",
  "connection",
]);
const LENGTH_ALWAYS: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/**
 * Reads what `fetch` was called with, body included. A body that is a stream is read whole before it is sent.
 */
export async function readRequest(input: FetchInput, init: FetchInit = {}): Promise<LiveRequest> {
  // The copy is made without the signal: it would otherwise follow it for as long as the signal lives.
  const request = new Request(input, { ...init, signal: null, duplex: "half" });
  const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
  const signal =
    (init.signal === undefined && input instanceof Request ? input.signal : init.signal) ?? undefined;
  return {
    recorded: recordedRequest(request, body ?? new Uint8Array()),
    init: {
      ...init,
      method: request.method,
      headers: request.headers,
      redirect: request.redirect,
      body: body ?? null,
      signal: signal ?? null,
    },
    signal,
  };
}

function recordedRequest(request: Request, body: Uint8Array): TraceRequest {
  const url = new URL(request.url);
  url.hash = "";
  const headers: TraceHeader[] = [
    ["Host", url.host],
    ["User-Agent", request.headers.get("user-agent") ?? AGENT],
  ];
  // Go gives a length where there is a body, and zero where one is usual.
  if (body.length > 0 || LENGTH_ALWAYS.has(request.method))
    headers.push(["Content-Length", String(body.length)]);
  headers.push(...sortedHeaders(request.headers, WRITTEN_FIRST));
  return { method: request.method, url: url.href, version: "HTTP/1.1", headers, body };
}

/** Headers as Go writes them: its capitals, sorted. */
export function sortedHeaders(headers: Headers, without: ReadonlySet<string>): TraceHeader[] {
  return [...headers]
    .filter(([name]) => !without.has(name))
    .map(([name, value]): TraceHeader => [canonicalName(name), value])
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The request with the length that its body has now. */
export function withLength(request: TraceRequest): TraceRequest {
  const length = String(request.body.length);
  const headers = request.headers.map((header): TraceHeader =>
    header[0].toLowerCase() === "content-length" ? [header[0], length] : header,
  );
  return { ...request, headers };
}
