import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { FaultName, FaultOf } from "./fault.ts";
import type { Hand } from "./hand.ts";
import type { Refusal, Wire } from "./wire.ts";

type Play<Name extends FaultName> = (hand: Hand, wire: Wire, fault: FaultOf<Name>) => void | Promise<void>;

const eventStream = { "content-type": "text/event-stream" };

/** Some text before it goes wrong: a part that is finished, and one that is open. */
const someText = (wire: Wire): string =>
  wire.begin + wire.text(0, ["It begins well."]) + wire.open(1) + wire.piece(1, "And then");

/** A good answer, as the client asked for it. */
export function answerWell(
  hand: Hand,
  wire: Wire,
  headers: Readonly<Record<string, string>> = {},
  pack: (body: string) => string | Uint8Array = (body) => body,
): void {
  const pieces = hand.answer.split(/(?<= )/);
  const body = hand.streams ? wire.begin + wire.text(0, pieces) + wire.end("end") : wire.whole(hand.answer);
  hand.head(200, { ...(hand.streams ? eventStream : { "content-type": "application/json" }), ...headers });
  hand.end(pack(body));
}

function refuse(hand: Hand, wire: Wire, why: Refusal, headers = {}, status?: number): void {
  const refusal = wire.refusal(why);
  hand.head(status ?? refusal.status, { "content-type": "application/json", ...headers });
  hand.end(refusal.body);
}

/** Sends some text of a stream. */
async function begin(hand: Hand, wire: Wire): Promise<void> {
  hand.head(200, eventStream);
  await hand.write(someText(wire));
}

function stream(hand: Hand, body: string | Uint8Array, headers = {}): void {
  hand.head(200, { ...eventStream, ...headers });
  hand.end(body);
}

const pack = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };

/** How each fault is made. */
export const plays: { readonly [Name in FaultName]: Play<Name> } = {
  "rate-limit": (hand, wire, { retryAfterMs = 1000, form = "ms" }) => {
    const at = Date.now() + retryAfterMs;
    const asks = {
      ms: { "retry-after-ms": String(retryAfterMs) },
      seconds: { "retry-after": String(Math.ceil(retryAfterMs / 1000)) },
      date: { "retry-after": new Date(at).toUTCString() },
      reset: wire.usedUp(at),
    };
    refuse(hand, wire, "rate-limit", asks[form]);
  },
  overloaded: (hand, wire, { status }) => refuse(hand, wire, "overloaded", {}, status),
  "error-event": async (hand, wire, { after = "nothing" }) => {
    if (after === "text") await begin(hand, wire);
    else hand.head(200, eventStream);
    hand.end((after === "text" ? "" : wire.begin) + wire.failure("overloaded", "Overloaded"));
  },
  html: (hand, _, { status = 502 }) => {
    hand.head(status, { "content-type": "text/html" });
    hand.end(
      `<!doctype html><html><head><title>x</title></head><body><h1>${status} Gateway</h1></body></html>`,
    );
  },
  "wrong-type": (hand, wire, { type = "text/html" }) => answerWell(hand, wire, { "content-type": type }),
  "wrong-json": (hand) => {
    hand.head(200, { "content-type": "application/json" });
    hand.end('{"status":"ok"}');
  },
  // What a TLS server says to who does not speak TLS.
  "not-http": (hand) => hand.raw("\x15\x03\x03\x00\x02\x02\x46"),
  reset: async (hand, wire, { when = "in-text" }) => {
    if (when === "after-head") {
      hand.head(200, eventStream);
      await hand.write(": here\n\n");
    } else if (when === "in-text") await begin(hand, wire);
    hand.reset();
  },
  truncated: async (hand, wire) => {
    await begin(hand, wire);
    hand.end();
  },
  stall: async (hand, wire, { after = "nothing" }) => {
    if (after === "text") await begin(hand, wire);
  },
  "ping-storm": async (hand, wire, { everyMs = 100 }) => {
    await begin(hand, wire);
    await hand.forever(wire.ping, everyMs);
  },
  slow: async (hand, wire, { ms = 1000 }) => {
    await hand.pause(ms);
    answerWell(hand, wire);
  },
  "split-utf8": async (hand, wire) => {
    hand.head(200, eventStream);
    const body = Buffer.from(wire.begin + wire.text(0, ["\u00e9\u20ac", "\u{1f600}"]) + wire.end("end"));
    const first = body.indexOf(0xc3);
    await hand.write(body.subarray(0, first));
    const last = body.lastIndexOf(0x80);
    for (let at = first; at <= last; at++) await hand.write(body.subarray(at, at + 1));
    hand.end(body.subarray(last + 1));
  },
  "huge-event": async (hand, wire, { bytes = 64 * 1024 * 1024 }) => {
    const event = wire.piece(0, "@").split("@");
    hand.head(200, eventStream);
    await hand.write(wire.begin + wire.open(0) + (event[0] ?? ""));
    const piece = "x".repeat(64 * 1024);
    for (let sent = 0; sent < bytes; sent += piece.length) await hand.write(piece);
    hand.end((event[1] ?? "") + wire.close(0) + wire.end("end"));
  },
  endless: async (hand, wire) => {
    await begin(hand, wire);
    await hand.forever(wire.piece(1, "and then ".repeat(7000)));
  },
  "line-ends": (hand, wire, { eol = "\r" }) => {
    const body = wire.begin + wire.text(0, [hand.answer]) + wire.end("end");
    stream(hand, `\uFEFF${body.replaceAll("\n", eol)}`);
  },
  "broken-tool-json": (hand, wire, { argumentsText = '{"path":"a' }) =>
    stream(hand, wire.begin + wire.call(0, "call_1", argumentsText) + wire.end("tool")),
  "duplicate-ids": (hand, wire) =>
    stream(
      hand,
      wire.begin + wire.call(0, "call_1", '{"n":1}') + wire.call(1, "call_1", '{"n":2}') + wire.end("tool"),
    ),
  "empty-text": (hand, wire) =>
    stream(hand, wire.begin + wire.text(0, []) + wire.text(1, [" "]) + wire.text(2, [""]) + wire.end("end")),
  "orphan-call": (hand, wire) => refuse(hand, wire, "orphan-call"),
  "bad-signature": (hand, wire) => refuse(hand, wire, "bad-signature"),
  "context-overflow": (hand, wire) => refuse(hand, wire, "context-overflow"),
  // The server cuts the connection when the next request comes.
  "stale-socket": (hand, wire) => answerWell(hand, wire),
  gzip: (hand, wire, { encoding = "gzip" }) =>
    answerWell(hand, wire, { "content-encoding": encoding }, pack[encoding]),
  bomb: async (hand, wire, { bytes = 1024 ** 3 }) => {
    hand.head(200, { ...eventStream, "content-encoding": "gzip" });
    await hand.write(gzipSync(wire.begin));
    // Each member unpacks to a megabyte of a comment that goes on and on.
    const member = gzipSync(`: ${"x".repeat(1024 * 1024)}`);
    for (let sent = 0; sent < bytes; sent += 1024 * 1024) await hand.write(member);
    hand.end();
  },
  "encoding-chain": (hand, wire, { depth = 10 }) => {
    const names = Array.from({ length: depth }, () => "gzip");
    answerWell(hand, wire, { "content-encoding": names.join(", ") }, (body) =>
      names.reduce((packed) => gzipSync(packed), Buffer.from(body)),
    );
  },
};
