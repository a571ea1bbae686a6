import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import {
  answerWell,
  begin,
  eventStream,
  goodBody,
  json,
  refuse,
  sayAll,
  stream,
  text,
  typeOf,
  written,
} from "./answer.ts";
import type { FaultName, FaultOf } from "./fault.ts";
import type { Hand } from "./hand.ts";
import type { Wire } from "./wire.ts";

type Play<Name extends FaultName> = (hand: Hand, wire: Wire, fault: FaultOf<Name>) => void | Promise<void>;

const pack = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };

/** Headers that ask to wait, which any server may send. */
const asksToWait = {
  ms: (waitMs: number) => ({ "retry-after-ms": String(waitMs) }),
  seconds: (waitMs: number) => ({ "retry-after": String(Math.ceil(waitMs / 1000)) }),
  date: (waitMs: number, now: number) => ({ "retry-after": new Date(now + waitMs).toUTCString() }),
};

/** How each fault is made. */
export const plays: { readonly [Name in FaultName]: Play<Name> } = {
  "rate-limit": (hand, wire, { retryAfterMs = 1000, form = "ms" }) => {
    const now = hand.now();
    const { headers, ...told } = wire.usedUp(retryAfterMs, now);
    if (form === "reset" || form === "body")
      refuse(hand, { ...told, ...(form === "reset" && headers !== undefined && { headers }) });
    else refuse(hand, wire.refusal("rate-limit"), asksToWait[form](retryAfterMs, now));
  },
  overloaded: (hand, wire, { status }) => {
    const refusal = wire.refusal("overloaded");
    refuse(hand, { ...refusal, status: status ?? refusal.status });
  },
  "error-event": async (hand, wire, { after = "nothing" }) => {
    if (!hand.streams) refuse(hand, { ...wire.refusal("overloaded"), status: 200 });
    else if (after === "text") hand.end((await begin(hand, wire)).failure("overloaded"));
    else {
      const out = wire.stream();
      stream(hand, out.begin() + out.failure("overloaded"));
    }
  },
  html: (hand, _, { status = 502 }) => {
    hand.head(status, { "content-type": "text/html" });
    hand.end(
      `<!doctype html><html><head><title>x</title></head><body><h1>${status} Gateway</h1></body></html>`,
    );
  },
  "wrong-type": (hand, wire, { type = "text/html" }) => answerWell(hand, wire, { "content-type": type }),
  "wrong-json": (hand) => {
    hand.head(200, json);
    hand.end('{"status":"ok"}');
  },
  // What a TLS server says to who does not speak TLS.
  "not-http": (hand) => hand.raw("\x15\x03\x03\x00\x02\x02\x46"),
  reset: async (hand, wire, { when = "in-text" }) => {
    if (when === "after-head") {
      hand.head(200, eventStream);
      await hand.write(": here\n\n");
    } else if (when === "in-text") await begin(hand, wire);
    else if (when === "after-end") await sayAll(hand, wire);
    hand.reset();
  },
  truncated: async (hand, wire, { bytes }) => {
    if (bytes === undefined) await begin(hand, wire);
    else {
      hand.head(200, typeOf(hand));
      await hand.write(Buffer.from(goodBody(hand, wire)).subarray(0, bytes));
    }
    hand.end();
  },
  stall: async (hand, wire, { after = "nothing" }) => {
    if (after === "text") await begin(hand, wire);
    else if (after === "end") await sayAll(hand, wire);
  },
  "ping-storm": async (hand, wire, { everyMs = 100 }) => {
    const out = await begin(hand, wire);
    await hand.forever(() => out.ping(), everyMs);
  },
  slow: async (hand, wire, { ms = 1000 }) => {
    await hand.pause(ms);
    answerWell(hand, wire);
  },
  "split-utf8": async (hand, wire) => {
    const body = Buffer.from(written(wire, (out) => text(out, ["\u00e9\u20ac", "\u{1f600}"])));
    hand.head(200, eventStream);
    const first = body.indexOf(0xc3);
    await hand.write(body.subarray(0, first));
    const last = body.lastIndexOf(0x80);
    for (let at = first; at <= last; at++) await hand.write(body.subarray(at, at + 1));
    hand.end(body.subarray(last + 1));
  },
  "huge-event": async (hand, wire, { bytes = 64 * 1024 * 1024 }) => {
    hand.head(200, eventStream);
    const piece = "x".repeat(64 * 1024);
    // Some wires say a text again when it is finished: each mark stands for all of it.
    const [first = "", ...others] = written(wire, (out) => text(out, ["@"])).split("@");
    await hand.write(first);
    for (const other of others) {
      for (let sent = 0; sent < bytes; sent += piece.length) await hand.write(piece);
      await hand.write(other);
    }
    hand.end();
  },
  endless: async (hand, wire) => {
    const out = await begin(hand, wire);
    await hand.forever(() => out.piece("and then ".repeat(7000)));
  },
  "line-ends": (hand, wire, { eol = "\r" }) => {
    const body = written(wire, (out) => text(out, [hand.answer]));
    stream(hand, `\uFEFF${body.replaceAll(/\r?\n/g, eol)}`);
  },
  "broken-tool-json": (hand, wire, { argumentsText = '{"path":"a' }) =>
    stream(
      hand,
      written(wire, (out) => out.call("call_1", argumentsText), "tool"),
    ),
  "duplicate-ids": (hand, wire) =>
    stream(
      hand,
      written(wire, (out) => out.call("call_1", '{"n":1}') + out.call("call_1", '{"n":2}'), "tool"),
    ),
  "empty-text": (hand, wire) =>
    stream(
      hand,
      written(wire, (out) => text(out, []) + text(out, [" "]) + text(out, [""])),
    ),
  "orphan-call": (hand, wire) => refuse(hand, wire.refusal("orphan-call")),
  "bad-signature": (hand, wire) => refuse(hand, wire.refusal("bad-signature")),
  "context-overflow": (hand, wire) => refuse(hand, wire.refusal("context-overflow")),
  // The server cuts the connection when the next request comes.
  "stale-socket": (hand, wire) => answerWell(hand, wire),
  gzip: (hand, wire, { encoding = "gzip" }) =>
    answerWell(hand, wire, { "content-encoding": encoding }, pack[encoding]),
  bomb: async (hand, wire, { bytes = 1024 ** 3 }) => {
    hand.head(200, { ...eventStream, "content-encoding": "gzip" });
    await hand.write(gzipSync(wire.stream().begin()));
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
