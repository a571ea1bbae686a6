import assert from "node:assert/strict";
import { existsSync, globSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { openTrace } from "../../src/httprr/index.ts";
import type { Trace, TraceError } from "../../src/httprr/index.ts";
import { ask, folder, is, post, recorded, textOf, TRACES, writeTrace } from "./help.ts";

test("answers come in their order, then the last again and again, whatever the stream flag", async (t) => {
  const file = join(folder(t), "a.httprr");
  const body = { model: "m", messages: [{ role: "user", content: "Hi" }] };
  writeTrace(file, [
    [body, "one", "Content-Type: text/event-stream\r\n"],
    [{ ...body, messages: [] }, "other"],
    [body, "two", "Content-Type: application/json\r\nContent-Length: 999\r\n"],
  ]);
  for (const match of ["value", "conversation"] as const) {
    const trace = await openTrace(file, { mode: "replay", match });
    const asked = match === "value" ? body : { ...body, stream: true, system: "s" };
    const url = match === "value" ? "https://api.test/v1/messages" : "http://localhost:9/v1/messages";
    const first = await ask(trace, asked, url);
    assert.equal(first.headers.get("content-type"), "text/event-stream");
    const texts = [await first.text()];
    for (let n = 0; n < 3; n++) texts.push(await (await ask(trace, asked, url)).text());
    assert.deepEqual(texts, ["one", "two", "two", "two"]);
    await trace.close();
    await assert.rejects(ask(trace, asked, url), is("closed"));
  }
});

test("a request is read from everything that fetch takes", async (t) => {
  const file = join(folder(t), "a.httprr");
  writeTrace(file, [[{ a: 1 }, "found"]]);
  const trace = await openTrace(file, { mode: "replay" });
  const url = "https://api.test/v1/messages";
  const json = '{"a":1}';
  const streamed = (): ReadableStream => new Blob([json]).stream();
  for (const [input, init] of [
    [url, { method: "POST", body: json }],
    [new URL(url), { method: "post", body: Buffer.from(json) }],
    [new Request(url, { method: "POST", body: json }), undefined],
    [new Request(url), { method: "POST", body: json }],
    [url, { method: "POST", body: streamed(), duplex: "half" }],
    [`${url}#part`, { method: "POST", body: new Blob([json]) }],
  ] as [string, RequestInit | undefined][]) {
    assert.equal(await (await trace.fetch(input, init)).text(), "found");
  }
  await assert.rejects(trace.fetch("/relative"), TypeError);
  const reason = new Error("enough");
  await assert.rejects(trace.fetch(url, { ...post({ a: 1 }), signal: AbortSignal.abort(reason) }), reason);
});

test("a miss names the nearest record, the first difference and the way out", async (t) => {
  const file = join(folder(t), "a.httprr");
  const say = (...words: string[]): object => ({
    model: "m",
    messages: words.map((content) => ({ role: "user", content })),
  });
  writeTrace(file, [
    [say("Hi"), "1"],
    [say("Hi", "What is my name?"), "2"],
  ]);
  const trace = await openTrace(file, { mode: "replay" });
  await assert.rejects(ask(trace, say("Hi", "Who am I?")), (error: unknown) => {
    is("miss")(error);
    assert.equal((error as TraceError).record, 2);
    assert.equal((error as TraceError).file, file);
    assert.equal(
      (error as TraceError).message,
      `${file} has no answer to POST https://api.test/v1/messages.\n` +
        "The nearest is recorded request 2 of 2. The first difference is at $.messages[1].content:\n" +
        '  live:     "Who am I?"\n  recorded: "What is my name?"\n' +
        'Record it again, or open it with match: "conversation" to compare only the model and the messages.',
    );
    return true;
  });
  await assert.rejects(
    ask(trace, say("Hi"), "https://other.test/v1/messages"),
    is("miss", /at the URL:\n.*other\.test.*\n.*api\.test/),
  );
  assert.equal(await (await ask(trace, say("Hi"))).text(), "1", "a miss uses nothing up");
  const loose = await openTrace(file, { mode: "replay", match: "conversation" });
  await assert.rejects(
    ask(loose, say("Ho")),
    is("miss", /1 of 2.*messages\[0\]\.content\[0\]\.text.*"Ho".*"Hi".*Record it again/s),
  );
  const secret = `sk-${"k3y".repeat(10)}`;
  await assert.rejects(ask(trace, say(secret)), (error: Error) => !error.message.includes(secret));
  writeFileSync(file, "httprr trace v1\n");
  await assert.rejects(
    ask(await openTrace(file, { mode: "replay" }), say("Hi")),
    is("miss", /holds no exchange/),
  );
});

test("a trace that was recorded without our scrubbers still matches", async (t) => {
  const file = join(folder(t), "a.httprr");
  const body = { text: `sk-${"k3y".repeat(10)}` };
  writeTrace(file, [[body, "found"]]);
  assert.equal(await (await ask(await openTrace(file, { mode: "replay" }), body)).text(), "found");
});

test("every original trace answers its own requests, written anew, in both modes", async (t) => {
  if (!existsSync(TRACES)) {
    t.skip("0 original traces: ../shared/traces is not here");
    return;
  }
  let answered = 0;
  for (const name of globSync("**/*.httprr", { cwd: TRACES.pathname })) {
    const file = new URL(name, TRACES).pathname;
    for (const match of ["value", "conversation"] as const) {
      const trace = await openTrace(file, { mode: "replay", match });
      for (const { request, response } of recorded(file)) {
        const body = JSON.parse(textOf(request.body)) as object;
        const asked = match === "value" ? body : { ...body, system: "other", stream: true };
        const live = await ask(trace, asked, request.url);
        assert.deepEqual([live.status, await live.text()], [response.status, textOf(response.body)], name);
        answered++;
      }
    }
  }
  t.diagnostic(`${answered} requests answered`);
});

test("a body that Go wrote in chunks is put together; one that is not is left", async (t) => {
  const file = join(folder(t), "a.httprr");
  const head = "Transfer-Encoding: chunked\r\n";
  writeTrace(file, [
    [1, "5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n", head],
    [2, "hello", head],
    [3, "ff\r\nhello", head],
  ]);
  const trace = await openTrace(file, { mode: "replay" });
  const texts: string[] = [];
  for (const body of [1, 2, 3]) texts.push(await (await ask(trace, body)).text());
  assert.deepEqual(texts, ["hello!", "hello", "ff\r\nhello"]);
});

test("what cannot be read fails at once and says what to do", async (t) => {
  const place = folder(t);
  const file = join(place, "a.httprr");
  const replay = (path: string): Promise<Trace> => openTrace(path, { mode: "replay" });
  await assert.rejects(replay(file), is("unreadable", /no such file; record it first/));
  await assert.rejects(replay(place), is("unreadable", /is a folder/));
  writeFileSync(file, "");
  await assert.rejects(replay(join(file, "b")), is("unreadable", /check the path/));
  await assert.rejects(replay(file), is("not-a-trace"));
  writeFileSync(file, "httprr trace v1\n1 2\n");
  await assert.rejects(replay(file), is("corrupt"));
  await assert.rejects(openTrace(file, { mode: "play" as "replay" }), TypeError);
  await assert.rejects(openTrace(file, { mode: "replay", match: "all" as "value" }), TypeError);
});
