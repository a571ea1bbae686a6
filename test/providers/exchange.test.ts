import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StreamEvent } from "../../src/llm/event.ts";
import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { defaultCaps, exchange, type Answer, type Attempt } from "../../src/providers/exchange.ts";
import { defaultTimeouts } from "../../src/providers/timeouts.ts";
import { brokenOff, type Transport } from "../../src/providers/transport.ts";
import * as say from "../support/answers.ts";
import { VirtualClock } from "../support/clock.ts";
import { modelError, rejection } from "../support/failure.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A transport in memory: these pieces, and then the end or an error. */
const gives =
  (status: number, pieces: readonly Uint8Array[], failure?: unknown): Transport =>
  async (_, receiver) => {
    receiver.connected();
    receiver.head(status, { "request-id": "req_1" });
    for (const piece of pieces) {
      receiver.data(piece);
      await Promise.resolve();
    }
    if (failure !== undefined) await Promise.reject(failure);
  };

function ask(transport: Transport, more: Partial<Attempt> = {}): Promise<Answer> {
  return exchange({
    transport,
    outgoing: { url: "http://127.0.0.1", headers: {}, body: [] },
    protocol: anthropicMessages,
    target: { model: "any", stream: true, maxOutputTokens: 0, thinking: "none" },
    clock: new VirtualClock(),
    timeouts: defaultTimeouts,
    caps: defaultCaps,
    emit: () => undefined,
    signal: undefined,
    ...more,
  });
}

test("an answer cut at any bytes is the same answer", async () => {
  const whole = bytes(`\uFEFF: hello\r\n\r\n${say.stream("\u{1f600} one ", "\u20ac two")}`);
  const { requestId, ...expected } = await ask(gives(200, [whole]));
  assert.equal(requestId, "req_1");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 20 }), async (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), whole.length];
      const pieces = edges.slice(1).map((to, i) => whole.subarray(edges[i], to));
      const { requestId: _, ...answer } = await ask(gives(200, pieces));
      assert.deepEqual(answer, expected);
    }),
    { numRuns: 300 },
  );
});

test("an event without a name and data says nothing", async () => {
  const { requestId: _, ...expected } = await ask(gives(200, [bytes(say.stream("one", "two"))]));
  const idle = say.stream("one", "two").replaceAll("\n\n", "\n\ndata:\n\n");
  const { requestId: __, ...answer } = await ask(gives(200, [bytes(`data: \n\n${idle}`)]));
  assert.deepEqual(answer, expected);
});

test("an answer that is cut short at any byte fails, with the finished parts only", async () => {
  const whole = bytes(
    say.halfStream + say.toolDelta('"}', 1) + say.blockStop(1) + say.messageDelta + say.messageStop,
  );
  const done = whole.length - 1;
  for (let cut = 0; cut < done; cut += 7) {
    for (const failure of [undefined, brokenOff(undefined)]) {
      const events: StreamEvent[] = [];
      const emit = (event: StreamEvent): void => void events.push(event);
      const error = await modelError(ask(gives(200, [whole.subarray(0, cut)], failure), { emit }));
      assert.equal(error.kind, "truncated");
      const ended = events.filter((event) => event.type === "part-end").map(({ part }) => part);
      assert.deepEqual(error.partial?.parts ?? [], ended);
    }
  }
  assert.equal((await ask(gives(200, [whole]))).message.parts.length, 2);
});

test("an error's body in one piece, in pieces that cut a character, and in bytes that are no text", async () => {
  const long = bytes(`\u20ac${"x".repeat(200_000)}`);
  const error = await modelError(ask(gives(400, [long])));
  assert.equal(error.kind, "invalid-request");
  assert.match(error.body ?? "", /^\u20acx{2047}$/);
  const cut = await modelError(ask(gives(503, [long.subarray(0, 1), long.subarray(1, 10)])));
  assert.equal(cut.body, "\u20acxxxxxxx");
  const noise = await modelError(ask(gives(502, [new Uint8Array([0xff, 0xfe, 0x00])])));
  assert.equal(noise.kind, "server");
});

test("JSON after blank lines and a byte order mark", async () => {
  const body = JSON.stringify(say.wholeAnswer("ok"));
  for (const before of ["\n\n  ", "\r\n"]) {
    const { message } = await ask(gives(200, [bytes(before), bytes(body)]));
    assert.deepEqual(message.parts, [{ type: "text", text: "ok" }]);
  }
});

test("what is no ModelError passes through untouched, and the clock is left alone", async () => {
  const clock = new VirtualClock();
  const odd = { odd: true };
  assert.equal(await rejection(ask(gives(200, [], odd), { clock })), odd);
  const early: Transport = () => {
    throw new RangeError("at once");
  };
  assert.ok((await rejection(ask(early, { clock }))) instanceof RangeError);
  assert.equal(clock.pending, 0);
});

test("an answer as long as the cap is taken, and one that is a byte longer is not", async () => {
  const whole = bytes(say.stream("one", "two"));
  const pieces = [whole.subarray(0, 100), whole.subarray(100)];
  const capped = (response: number): Promise<Answer> =>
    ask(gives(200, pieces), { caps: { ...defaultCaps, response } });
  assert.equal((await capped(whole.length)).message.parts.length, 1);
  assert.equal((await modelError(capped(whole.length - 1))).kind, "too-large");
});

test("headers that ask to wait are read only where trying again may help", async () => {
  const head =
    (status: number, body: string): Transport =>
    async (_, receiver) => {
      receiver.head(status, { "retry-after": "3" });
      receiver.data(bytes(body));
    };
  const error = JSON.stringify(say.errorBody("overloaded_error", "x"));
  assert.equal((await modelError(ask(head(529, error)))).retryAfterMs, 3000);
  assert.equal((await modelError(ask(head(200, error)))).retryAfterMs, 3000);
  assert.equal((await modelError(ask(head(401, "")))).retryAfterMs, undefined);
});
