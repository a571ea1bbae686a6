import { naiveEvents } from "../conformance/naive-sse.ts";
import type { Fields } from "../conformance/facts.ts";
import type { RecordedExchange, Trace } from "../conformance/read-trace.ts";
import { isRecord } from "../conformance/same-request.ts";
import type { ProtocolId } from "../../src/protocols/protocol.ts";

/** One recorded answer: what both readers are served, and what a rule may look at. */
export interface Wire {
  readonly protocol: ProtocolId;
  readonly provider: string;
  /** Whether a stream was asked for. */
  readonly streamed: boolean;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The JSON objects of the body: a stream's events, or the whole answer alone. Empty where it holds none. */
  readonly events: readonly Fields[];
}

export function wireOf(protocol: ProtocolId, { provider }: Trace, exchange: RecordedExchange): Wire {
  const { status, headers, body, request, url } = exchange;
  const asked = isRecord(request)
    ? request["stream"] === true || url.includes(":streamGenerateContent")
    : undefined;
  const streamed = asked ?? !/^\s*[{[]/.test(body);
  const type = /^\s*[{[]/.test(body) ? "application/json" : "text/event-stream";
  // Some recordings have no headers, and the SDKs choose by this one how to read.
  const complete = { "content-type": type, ...headers };
  return { protocol, provider, streamed, status, headers: complete, body, events: eventsOf(body) };
}

/** A `fetch` that answers whatever it is asked with the recorded bytes, at once and in one piece. */
export function served({ status, headers, body }: Wire): typeof globalThis.fetch {
  return async () => new Response(new TextEncoder().encode(body), { status, headers });
}

function eventsOf(body: string): Fields[] {
  try {
    const start = body.trimStart();
    const values: unknown[] = /^[{[]/.test(start) ? [JSON.parse(start)].flat() : naiveEvents(body);
    return values.filter(isRecord);
  } catch {
    return [];
  }
}
