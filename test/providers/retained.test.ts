import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Fold, type Folded } from "../../src/llm/fold.ts";
import { History } from "../../src/llm/history.ts";
import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { openaiChat } from "../../src/protocols/openai-chat/index.ts";
import type { Protocol } from "../../src/protocols/protocol.ts";
import { SseParser } from "../../src/protocols/sse.ts";
import { nodeTransport } from "../../src/providers/http1/transport.ts";
import type { Receiver } from "../../src/providers/transport.ts";
import { WireBodies } from "../../src/providers/wire-body.ts";
import * as say from "../support/answers.ts";
import { events, serve } from "../support/fault-server.ts";
import { collectGarbage, heldMb } from "../support/heap.ts";

const data = (event: object, padding = ""): string =>
  `data: ${JSON.stringify(event).slice(0, -1)}${padding}}\n\n`;
const blanks = " ".repeat(100_000);

/** Streams of pieces of text, each in an event that is padded to 100 KB. */
const streams: readonly (readonly [string, Protocol, (texts: readonly string[]) => string])[] = [
  [
    "anthropic-messages",
    anthropicMessages,
    (texts) =>
      [
        data({
          type: "message_start",
          message: { id: "m", model: "x", usage: { input_tokens: 1, output_tokens: 1 } },
        }),
        data({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
        ...texts.map((text) =>
          data({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }, blanks),
        ),
        data({ type: "content_block_stop", index: 0 }),
        data({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } }),
        data({ type: "message_stop" }),
      ].join(""),
  ],
  [
    "openai-chat",
    openaiChat,
    (texts) =>
      [
        ...texts.map((content) =>
          data({ id: "c", model: "x", choices: [{ index: 0, delta: { content } }] }, blanks),
        ),
        data({ id: "c", model: "x", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
        "data: [DONE]\n\n",
      ].join(""),
  ],
];

for (const [name, protocol, stream] of streams) {
  for (const pieces of [1, 2, 4]) {
    test(`answers keep nothing of the stream that they came in: ${name}, ${pieces} pieces`, () => {
      const before = heldMb();
      const answers: Folded[] = [];
      for (let n = 0; n < 200; n++) {
        const fold = new Fold();
        const decoder = protocol.decoder((event) => fold.push(event), {} as never);
        const parser = new SseParser((event, type) => decoder.push(event, type), Infinity);
        parser.push(
          stream(Array.from({ length: pieces }, (_, at) => `answer ${n}, and piece ${at} of its text. `)),
        );
        answers.push(fold.result());
      }
      const held = heldMb() - before;
      assert.match(JSON.stringify(answers.at(-1)?.message), /answer 199, and piece 0 of its text/);
      // All that was received are 20 to 80 MB.
      assert.ok(held < 5, `${held.toFixed(1)} MB are held`);
    });
  }
}

test("conversations keep their encoded messages, and not what others sent meanwhile", () => {
  const bodies = new WireBodies(anthropicMessages, {
    model: "m",
    stream: true,
    maxOutputTokens: 100,
    thinking: "none",
  });
  const part = (length: number) => ({ type: "text" as const, text: "x".repeat(length) });
  const kept: unknown[] = [];
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 200; n++) {
    const system = [part(100)];
    let messages = History.empty;
    for (let turn = 0; turn < 3; turn++) {
      messages = messages.append({ role: turn % 2 === 0 ? "user" : "assistant", parts: [part(500)] });
      bodies.body({ system, messages });
    }
    kept.push(system, messages);
    for (let other = 0; other < 150; other++)
      bodies.body({ messages: [{ role: "user", parts: [part(500)] }] });
  }
  collectGarbage();
  const held = (process.memoryUsage().arrayBuffers - before) / 200;
  // Whoever keeps them is still there.
  assert.ok(kept.length === 400 && bodies.body({ messages: [] }).length === 1);
  // A log begins with 4 KB; the others sent 80 KB between any two of them.
  assert.ok(held < 20_000, `${held.toFixed(0)} bytes for each`);
});

test("what a turn needed is collected as young: nothing old reaches it", () => {
  // By itself: the test runner follows each promise, and keeps some.
  const program = path.join(import.meta.dirname, "old-bytes.ts");
  const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
  assert.match(stdout, /^\d+$/m, stderr);
  // Made of each turn are some 20 KB.
  assert.ok(Number(stdout) < 1000, `${stdout.trim()} bytes of each turn are among the old`);
});

test("a connection that is kept open keeps nothing of what it carried", async (t) => {
  const server = await serve(t, events(say.stream("One.")), events(say.stream("Two.")));
  const transport = nodeTransport();
  const exchange = async (): Promise<WeakRef<Receiver>> => {
    let text = "";
    const receiver: Receiver = {
      connected: () => undefined,
      head: () => undefined,
      data: (bytes) => (text += Buffer.from(bytes).toString()),
    };
    const outgoing = { url: server.url, headers: {}, body: [Buffer.from("{}")] };
    await transport(outgoing, receiver, { aborted: false, reason: undefined, onAbort: undefined });
    assert.match(text, /One|Two/);
    return new WeakRef(receiver);
  };
  // The one that opened it, and one that found it open.
  for (const receiver of [await exchange(), await exchange()]) {
    for (let turn = 0; turn < 10 && receiver.deref() !== undefined; turn++) {
      await setImmediate();
      collectGarbage();
    }
    assert.equal(receiver.deref(), undefined);
  }
});
