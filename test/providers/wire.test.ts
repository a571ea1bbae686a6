import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { userMessage } from "../../src/llm/message.ts";
import type { StreamEvent } from "../../src/llm/event.ts";
import { History } from "../../src/llm/history.ts";
import * as say from "../support/answers.ts";
import { answer, events, held, json, serve } from "../support/fault-server.ts";
import { modelError } from "../support/failure.ts";
import { Heard } from "../support/gate.ts";
import { hello, KEY, modelAt, ways } from "../support/ways.ts";

const multibyte = "\u00e9\u20ac\u{1f600} \u65e5\u672c";

for (const way of ways) {
  test(`${way.name}: the request arrives as it was made`, async (t) => {
    const server = await serve(t, events(say.stream("ok")));
    const messages = History.of([
      userMessage(multibyte),
      { role: "assistant", parts: [] },
      userMessage(multibyte),
    ]);
    await modelAt(server.url, way.open(t).options).complete({ messages });
    const call = await server.call(0);
    assert.equal(call.url, "/v1/messages");
    assert.equal(call.headers["x-api-key"], KEY);
    assert.equal(call.headers["anthropic-version"], "2023-06-01");
    assert.equal(call.headers["content-type"], "application/json");
    assert.equal(call.headers["content-length"], String(call.body.length));
    const content = [{ type: "text", text: multibyte }];
    assert.deepEqual(call.json["messages"], [
      { role: "user", content },
      { role: "user", content },
    ]);
  });

  test(`${way.name}: pieces of a body are sent one behind the other, with their length`, async (t) => {
    const server = await serve(t, answer(200, "ok"));
    const pieces = [multibyte, "", "b".repeat(100_000), multibyte].map((text) =>
      new TextEncoder().encode(text),
    );
    let body = "";
    const receiver = {
      connected: () => undefined,
      head: () => undefined,
      data: (bytes: Uint8Array) => void (body += new TextDecoder().decode(bytes)),
    };
    const { transport } = way.open(t);
    const outgoing = { url: `${server.url}/x?y=1`, headers: { a: "b" }, body: pieces };
    await transport(outgoing, receiver, { aborted: false, reason: undefined, onAbort: undefined });
    assert.equal(body, "ok");
    const call = await server.call(0);
    assert.equal(call.url, "/x?y=1");
    assert.deepEqual(call.body, Buffer.concat(pieces));
    assert.equal(call.headers["content-length"], String(call.body.length));
    assert.equal(call.headers["transfer-encoding"], undefined);
  });

  test(`${way.name}: a redirect is not followed, and the key stays here`, async (t) => {
    const elsewhere = await serve(t, events(say.stream("stolen")));
    for (const status of [301, 302, 303, 307, 308]) {
      const server = await serve(t, answer(status, "", { location: `${elsewhere.url}/v1/messages` }));
      const error = await modelError(modelAt(server.url, way.open(t).options).complete(hello));
      assert.equal(error.status, status);
      assert.equal(error.retryable, false);
    }
    assert.equal(elsewhere.calls.length, 0);
  });

  const encodings = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
  for (const [encoding, compress] of Object.entries(encodings)) {
    test(`${way.name}: a stream that comes as ${encoding} all the same is read`, async (t) => {
      const packed = compress(say.stream("packed ", multibyte));
      const server = await serve(t, answer(200, packed, { "content-encoding": encoding }), held);
      const model = modelAt(server.url, way.open(t).options);
      assert.equal((await model.complete(hello)).text, `packed ${multibyte}`);
      assert.equal((await server.call(0)).headers["accept-encoding"], "identity");
      const failing = modelError(model.complete(hello));
      const call = await server.call(1);
      call.head(200, { "content-encoding": encoding });
      call.end(packed.subarray(0, packed.length - 12));
      assert.equal((await failing).kind, "truncated");
    });
  }

  test(`${way.name}: characters that are cut between pieces stay whole`, async (t) => {
    const server = await serve(t, held);
    const heard = new Heard<StreamEvent>();
    const answering = modelAt(server.url, way.open(t).options).complete(hello, { onEvent: heard.onEvent });
    const call = await server.call(0);
    call.head(200, { "content-type": "text/event-stream" });
    await call.write(say.messageStart + say.textStart());
    await heard.until("part-start");
    let deltas = 0;
    for (let cut = 1; cut < 4; cut++) {
      // The events behind the cut one tell that its first half has been read.
      const delta = Buffer.from(say.textDelta("\u{1f600}"));
      const at = delta.indexOf(0xf0) + cut;
      await call.write(Buffer.concat([Buffer.from(say.textDelta("|")), delta.subarray(0, at)]));
      await heard.until("part-delta", ++deltas);
      await call.write(delta.subarray(at));
      await heard.until("part-delta", ++deltas);
    }
    call.end(say.blockStop() + say.messageDelta + say.messageStop);
    assert.equal((await answering).text, "|\u{1f600}|\u{1f600}|\u{1f600}");
  });

  for (const [what, bytes] of [
    ["a byte that begins nothing", [0xff]],
    ["a cut character in the middle", [0xe2, 0x82, 0x22]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
  ] as const) {
    test(`${way.name}: ${what} is malformed`, async (t) => {
      const [before = "", after = ""] = say.stream("one", "@").split("@");
      const body = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
      const server = await serve(t, events(body));
      const error = await modelError(modelAt(server.url, way.open(t).options).complete(hello));
      assert.equal(error.kind, "malformed");
      assert.equal(error.retryable, false);
    });
  }

  test(`${way.name}: an end inside a character is truncated`, async (t) => {
    const delta = Buffer.from(say.textDelta("\u20ac"));
    const cut = delta.subarray(0, delta.indexOf(0xe2) + 2);
    const server = await serve(t, events(Buffer.concat([Buffer.from(say.messageStart), cut])));
    const error = await modelError(modelAt(server.url, way.open(t).options).complete(hello));
    assert.equal(error.kind, "truncated");
    assert.match(error.message, /inside a character/);
  });

  test(`${way.name}: an endless stream, event or error body is given up at the cap`, async (t) => {
    const chunk = "x".repeat(8000);
    const endless =
      (head: string, status: number) => async (call: Awaited<ReturnType<typeof server.call>>) => {
        call.head(status);
        await call.write(head);
        // Bounded by the caps: the client goes away long before.
        for (let i = 0; i < 2000 && !call.aborted; i++) await Promise.race([call.write(chunk), call.closed]);
      };
    const server = await serve(t);
    server.plan(
      endless(`${say.messageStart}: `, 200),
      endless(say.messageStart + say.ping, 200),
      endless("no", 400),
      endless("<html>", 200),
    );
    const options = way.open(t).options;
    const small = modelAt(server.url, { ...options, caps: { event: 50_000 } });
    const long = modelAt(server.url, { ...options, caps: { response: 60_000 } });
    const kinds = [];
    for (const model of [small, long, small, small]) {
      const error = await modelError(model.complete(hello));
      kinds.push(error.kind);
      assert.ok((error.body?.length ?? 0) <= 2048);
      const call = await server.call(kinds.length - 1);
      await call.closed;
      assert.ok(call.aborted, "the connection is closed");
    }
    assert.deepEqual(kinds, ["too-large", "too-large", "invalid-request", "malformed"]);
    await server.idle();
  });

  test(`${way.name}: a large request that is refused early is refused, not broken`, async (t) => {
    const server = await serve(t, json(say.errorBody("request_too_large", "Request exceeds 32 MB"), 413));
    const error = await modelError(
      modelAt(server.url, way.open(t).options).complete({ messages: [userMessage("x".repeat(2_000_000))] }),
    );
    assert.equal(error.kind, "context-overflow");
    assert.equal(error.status, 413);
  });

  test(`${way.name}: asked for whole, answered whole; a stream is read all the same`, async (t) => {
    const server = await serve(t, json(say.wholeAnswer("whole")), events(say.stream("streamed")));
    const model = modelAt(server.url, { ...way.open(t).options, streaming: false });
    assert.equal((await model.complete(hello)).text, "whole");
    assert.equal((await model.complete(hello)).text, "streamed");
    assert.equal((await server.call(0)).json["stream"], undefined);
  });
}
