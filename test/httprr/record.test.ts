import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { openTrace, SCRUBBED } from "../../src/httprr/index.ts";
import type { Scrubber, Trace } from "../../src/httprr/index.ts";
import { openWriter } from "../../src/httprr/writer.ts";
import { bodyOf, folder, is, post, recorded, serve, textOf } from "./help.ts";

test("JSON, SSE, gzip, an error status and an empty answer are recorded and replayed", async (t) => {
  const file = join(folder(t), "a.httprr");
  const sse = 'event: a\ndata: {"n":1}\n\ndata: [DONE]\n\n';
  const answers: Record<string, RequestListener> = {
    "/json": (_, response) => response.setHeader("content-type", "application/json").end('{"ok":"é"}'),
    "/sse": (_, response) => {
      response.setHeader("content-type", "text/event-stream").write(sse.slice(0, 9));
      response.end(sse.slice(9));
    },
    "/gzip": (_, response) => response.setHeader("content-encoding", "gzip").end(gzipSync("plain text")),
    "/busy": (_, response) => response.writeHead(529, "Overloaded", { "retry-after": "3" }).end("busy"),
    "/none": (_, response) => response.writeHead(204, { "set-cookie": ["a=1", "b=2"] }).end(),
  };
  const base = await serve(t, (request, response) => answers[request.url ?? ""]!(request, response));
  const bodies = ['{"ok":"é"}', sse, "plain text", "busy", ""];
  const run = async (trace: Trace): Promise<unknown[]> => {
    const seen: unknown[] = [];
    for (const path of Object.keys(answers)) {
      const response = await trace.fetch(base + path, post({ path }));
      assert.ok(response instanceof Response);
      const { status, statusText, url, headers } = response;
      seen.push([
        status,
        statusText,
        url,
        headers.get("content-type"),
        headers.get("retry-after"),
        await response.text(),
      ]);
    }
    await trace.close();
    return seen;
  };
  const live = await run(await openTrace(file, { mode: "record" }));
  assert.deepEqual(
    live.map((row) => (row as unknown[]).at(-1)),
    bodies,
  );
  assert.deepEqual(await run(await openTrace(file, { mode: "replay" })), live);
  assert.deepEqual(await run(await openTrace(file, { mode: "replay", match: "conversation" })), live);
  const exchanges = recorded(file);
  assert.deepEqual(
    exchanges.map(({ response }) => textOf(response.body)),
    bodies,
  );
  assert.doesNotMatch(readFileSync(file, "latin1"), /content-encoding|transfer-encoding/i);
  assert.equal(exchanges[4]!.response.headers.filter(([name]) => name === "Set-Cookie").length, 2);
});

test("a recorded request has Go's form", async (t) => {
  const file = join(folder(t), "a.httprr");
  const base = await serve(t, (_, response) => response.end("fine"));
  const trace = await openTrace(file, { mode: "record" });
  const headers = { "x-api-key": "k", "anthropic-version": "2023-06-01", "user-agent": "me/1" };
  await (await trace.fetch(new URL("/v1/messages?beta=true#part", base), post({ a: "é" }, headers))).text();
  await (await trace.fetch(new Request(`${base}/models`))).text();
  await trace.close();
  const host = base.slice("http://".length);
  const parts = readFileSync(file, "utf8").split("HTTP/1.1 200 OK");
  assert.equal(
    parts[0]!.replace(/^.*\n\d+ \d+\n/, ""),
    `POST ${base}/v1/messages?beta=true HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: me/1\r\nContent-Length: 10\r\n` +
      `Anthropic-Version: 2023-06-01\r\nContent-Type: application/json\r\nX-Api-Key: ${SCRUBBED}\r\n\r\n{"a":"é"}`,
  );
  assert.ok(
    parts[1]!.endsWith(
      `GET ${base}/models HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: colloquy-httprr/1\r\n\r\n`,
    ),
  );
});

test("secrets reach the server and the caller, and not the file", async (t) => {
  const file = join(folder(t), "a.httprr");
  const secret = `sk-ant-${"Q1w".repeat(12)}`;
  const other = `AIza${"Z9x".repeat(11)}`;
  const got: string[] = [];
  const base = await serve(t, (request, response) => {
    void bodyOf(request).then((body) => {
      got.push(`${request.url} ${JSON.stringify(request.headers)} ${body}`);
      response
        .setHeader("anthropic-organization-id", "org-secret-1")
        .setHeader("set-cookie", "session=cookie-secret");
      response.end(JSON.stringify({ error: `bad key ${secret}`, name: "Cornelius" }));
    });
  });
  const own: Scrubber = ({ request, response }) => ({
    request: { ...request, body: Buffer.from(textOf(request.body).replaceAll("Cornelius", "NAME!")) },
    response: response && {
      ...response,
      body: Buffer.from(textOf(response.body).replaceAll("Cornelius", "NAME!")),
    },
  });
  const headers = { "x-api-key": secret, authorization: `Bearer ${secret}`, cookie: "mine=cookie-secret" };
  const call = (trace: Trace): Promise<Response> =>
    trace.fetch(`${base}/v1?key=${other}`, post({ env: `\n${other}`, name: "Cornelius" }, headers));

  const trace = await openTrace(file, { mode: "record", scrub: [own] });
  const response = await call(trace);
  assert.equal(response.headers.get("anthropic-organization-id"), "org-secret-1");
  assert.equal(await response.text(), JSON.stringify({ error: `bad key ${secret}`, name: "Cornelius" }));
  await trace.close();

  for (const value of [secret, `key=${other}`, "mine=cookie-secret", "Cornelius"])
    assert.ok(got[0]!.includes(value), value);
  const written = readFileSync(file, "utf8");
  for (const value of [secret, other, "cookie-secret", "org-secret-1", "Cornelius"])
    assert.ok(!written.includes(value), value);
  const request = recorded(file)[0]!.request;
  assert.equal(new Map(request.headers).get("Content-Length"), String(request.body.length));

  const replay = await openTrace(file, { mode: "replay", scrub: [own] });
  assert.equal(
    await (await call(replay)).text(),
    JSON.stringify({ error: `bad key ${SCRUBBED}`, name: "NAME!" }),
  );
  const without = await openTrace(file, { mode: "replay" });
  await assert.rejects(call(without), is("miss", /\$\.name.*"Cornelius".*"NAME!"/s));
});

test("chunks reach the caller as they come; records are whole and in the order of their ends", async (t) => {
  const file = join(folder(t), "a.httprr");
  const open = new Map<string, { write(text: string): unknown; end(text: string): unknown }>();
  const base = await serve(t, (request, response) => {
    response.setHeader("content-type", "text/event-stream").flushHeaders();
    open.set(request.url ?? "", response);
  });
  const trace = await openTrace(file, { mode: "record" });
  const names = ["/a", "/b", "/c"];
  const bodies = await Promise.all(
    names.map(async (name) => (await trace.fetch(base + name)).body!.getReader()),
  );
  for (const round of [1, 2, 3]) {
    for (const [index, name] of names.entries()) {
      open.get(name)!.write(`data: ${name}${round}\n\n`);
      const { value } = await bodies[index]!.read(); // comes while the answer is still open
      assert.equal(textOf(value ?? new Uint8Array()), `data: ${name}${round}\n\n`);
    }
  }
  for (const index of [2, 0, 1]) {
    open.get(names[index]!)!.end("");
    assert.equal((await bodies[index]!.read()).done, true);
  }
  await trace.close();
  assert.deepEqual(
    recorded(file).map(({ request, response }) => [new URL(request.url).pathname, textOf(response.body)]),
    ["/c", "/a", "/b"].map((name) => [name, [1, 2, 3].map((round) => `data: ${name}${round}\n\n`).join("")]),
  );
});

test("many requests at once make a sound trace", async (t) => {
  const file = join(folder(t), "a.httprr");
  const base = await serve(
    t,
    (request, response) => void bodyOf(request).then((body) => response.end(body.repeat(50))),
  );
  const calls = Array.from({ length: 200 }, (_, n) => ({ n, text: "x".repeat(n * 10) }));
  const run = (trace: Trace): Promise<string[]> =>
    Promise.all(calls.map(async (call) => (await trace.fetch(base, post(call))).text()));
  await closing(await openTrace(file, { mode: "record" }), run);
  const expected = calls.map((call) => JSON.stringify(call).repeat(50));
  assert.equal(recorded(file).length, calls.length);
  assert.deepEqual(await closing(await openTrace(file, { mode: "replay" }), run), expected);
});

async function closing<T>(trace: Trace, use: (trace: Trace) => Promise<T>): Promise<T> {
  try {
    return await use(trace);
  } finally {
    await trace[Symbol.asyncDispose]();
  }
}

test("an answer that fails, is aborted, left or not read is not recorded, and close still works", async (t) => {
  const file = join(folder(t), "a.httprr");
  const base = await serve(t, (request, response) => {
    if (request.url === "/whole") return void response.end("whole");
    if (request.url === "/refuse") return void response.destroy();
    response.write("half");
    if (request.url === "/cut") setImmediate(() => response.destroy());
  });
  const trace = await openTrace(file, { mode: "record" });
  await assert.rejects((await trace.fetch(`${base}/cut`)).text());
  await assert.rejects(trace.fetch(`${base}/refuse`), TypeError);

  const reason = new Error("enough");
  const controller = new AbortController();
  const aborted = (await trace.fetch(`${base}/hang`, { signal: controller.signal })).body!.getReader();
  await aborted.read();
  controller.abort(reason);
  await assert.rejects(aborted.read(), reason);
  await assert.rejects(trace.fetch(base, { signal: AbortSignal.abort(reason) }), reason);
  await assert.rejects(trace.fetch(new Request(base, { signal: AbortSignal.abort(reason) })), reason);

  const cancelled = (await trace.fetch(`${base}/hang`)).body!.getReader();
  await cancelled.read();
  await cancelled.cancel();

  await trace.fetch(`${base}/hang`);
  const late = (await trace.fetch(`${base}/hang`)).body!.getReader();
  await late.read();
  assert.equal(await (await trace.fetch(`${base}/whole`)).text(), "whole");
  await trace.close();
  assert.deepEqual(
    recorded(file).map(({ response }) => textOf(response.body)),
    ["whole"],
  );
  await late.cancel();
});

test("a reader that stops at the last event loses nothing, one that stops before it cuts the answer", async (t) => {
  const file = join(folder(t), "a.httprr");
  const sources = new Map<string, ReadableStreamDefaultController<Uint8Array>>();
  const cancels: unknown[] = [];
  const own: typeof fetch = async (input) => {
    const url = input as string;
    const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      sources.set(url, controller);
      controller.enqueue(Buffer.from("data: [DONE]"));
    };
    const cancel = (reason: unknown): void => void cancels.push([url, reason]);
    return new Response(new ReadableStream<Uint8Array>({ start, cancel }));
  };
  const trace = await openTrace(file, { mode: "record", fetch: own });
  const urls = ["end", "more", "silence", "error"].map((name) => `https://a.test/${name}`);
  const [end, more, silence, failing] = urls as [string, string, string, string];
  for (const url of urls) {
    const reader = (await trace.fetch(url)).body!.getReader();
    await reader.read();
    await reader.cancel("enough");
  }
  sources.get(end)!.close();
  sources.get(more)!.enqueue(Buffer.from("data: more"));
  sources.get(failing)!.error(new Error("cut"));
  await trace.close();
  assert.deepEqual(
    recorded(file).map(({ request, response }) => [request.url, textOf(response.body)]),
    [[end, "data: [DONE]"]],
  );
  assert.deepEqual(cancels, [
    [more, "enough"],
    [silence, "enough"],
  ]);
});

test("an older trace stays until close, and close may be called again", async (t) => {
  const place = folder(t);
  const file = join(place, "a.httprr");
  writeFileSync(file, "older");
  writeFileSync(`${file}.partial`, "left by a crash");
  const base = await serve(t, (_, response) => response.end("new"));
  const trace = await openTrace(file, { mode: "record" });
  assert.equal(readFileSync(`${file}.partial`, "utf8"), "httprr trace v1\n");
  await (await trace.fetch(base)).text();
  assert.equal(readFileSync(file, "utf8"), "older");
  await Promise.all([trace.close(), trace.close(), trace[Symbol.asyncDispose]()]);
  assert.deepEqual(readdirSync(place), ["a.httprr"]);
  assert.equal(recorded(file).length, 1);
  if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o077, 0, "conversations are private");
  await assert.rejects(trace.fetch(base), is("closed", /closed.*again/));
  assert.equal(recorded(file).length, 1);
});

test("the server gets the body whole when the caller gave a Request or a stream", async (t) => {
  const file = join(folder(t), "a.httprr");
  const base = await serve(
    t,
    (request, response) => void bodyOf(request).then((body) => response.end(`${request.method} ${body}`)),
  );
  const trace = await openTrace(file, { mode: "record" });
  const request = new Request(base, { method: "PUT", body: "whole" });
  assert.equal(await (await trace.fetch(request)).text(), "PUT whole");
  const init = { method: "POST", body: new Blob(["streamed"]).stream(), duplex: "half" } as RequestInit;
  assert.equal(await (await trace.fetch(base, init)).text(), "POST streamed");
  await trace.close();
  assert.deepEqual(
    recorded(file).map((it) => textOf(it.request.body)),
    ["whole", "streamed"],
  );
});

test("a fetch of the user's own is used, with the options it was called with", async (t) => {
  const file = join(folder(t), "a.httprr");
  let seen: unknown;
  const own: typeof fetch = async (_, init) => {
    seen = init;
    return new Response("mine", { status: 418, statusText: "Teapot" });
  };
  const trace = await openTrace(file, { mode: "record", fetch: own });
  assert.equal(await (await trace.fetch("https://a.test/", { keepalive: true })).text(), "mine");
  await trace.close();
  assert.equal((seen as RequestInit).keepalive, true);
  assert.equal(recorded(file)[0]!.response.status, 418);
});

test("what cannot be written fails at once and says what to do", async (t) => {
  const place = folder(t);
  const record = (path: string): Promise<Trace> => openTrace(path, { mode: "record" });
  await assert.rejects(record(join(place, "none", "a.httprr")), is("unwritable", /create the folder/));
  await assert.rejects(record(place), is("unwritable", /folder of that name/));
  mkdirSync(join(place, "b.partial"));
  await assert.rejects(record(join(place, "b")), is("unwritable", /folder in the way/));
  writeFileSync(join(place, "c"), "");
  await assert.rejects(record(join(place, "c", "d")), is("unwritable", /not a folder/));
  assert.deepEqual(readdirSync(place).sort(), ["b.partial", "c"]);

  const shut = join(place, "shut");
  mkdirSync(shut, { mode: 0o500 });
  if (process.getuid?.() === 0 || process.platform === "win32")
    t.diagnostic("1 case skipped: permissions do not bind this user");
  else await assert.rejects(record(join(shut, "a")), is("unwritable", /permissions/));
});

test("after a failed write the partial file is gone and every later call fails", async (t) => {
  const place = folder(t);
  const file = join(place, "a.httprr");
  let room = 2;
  const full = async (
    handle: { write(bytes: Uint8Array): Promise<{ bytesWritten: number }> },
    bytes: Uint8Array,
  ) => {
    if (room-- > 0) return await handle.write(bytes);
    throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  };
  for (const short of [false, true]) {
    room = 2;
    const writer = await openWriter(file, (handle) => ({
      write: (async (bytes: Uint8Array) =>
        short && room === 0
          ? { bytesWritten: 1, buffer: bytes }
          : await full(handle, bytes)) as typeof handle.write,
    }));
    for (let n = 0; n < 4; n++) writer.append(() => Buffer.from("record"));
    await assert.rejects(writer.close(), is("unwritable", short ? /1 of 6 bytes/ : /disk is full/));
    await assert.rejects(writer.close(), is("unwritable"));
    assert.throws(() => writer.check(), is("unwritable"));
    assert.deepEqual(readdirSync(place), []);
  }
});

test("a scrubber that throws writes nothing, and the caller has the answer", async (t) => {
  const place = folder(t);
  const file = join(place, "a.httprr");
  const base = await serve(t, (_, response) => response.end("answer"));
  const scrub: Scrubber[] = [() => assert.fail("my scrubber")];
  const trace = await openTrace(file, { mode: "record", scrub });
  assert.equal(await (await trace.fetch(base)).text(), "answer");
  await assert.rejects(trace.close(), is("unwritable", /my scrubber/));
  await assert.rejects(trace.fetch(base), is("unwritable", /my scrubber/));
  assert.deepEqual(readdirSync(place), []);
});

test("a recording whose place was taken does not pass for another", async (t) => {
  const place = folder(t);
  const file = join(place, "a.httprr");
  const first = await openTrace(file, { mode: "record" });
  const second = await openTrace(file, { mode: "record" });
  await assert.rejects(first.close(), is("unwritable", /removed or replaced/));
  assert.ok(!existsSync(file));
  await second.close();
  assert.deepEqual(recorded(file), []);

  const third = await openTrace(file, { mode: "record" });
  rmSync(file);
  mkdirSync(file);
  await assert.rejects(third.close(), is("unwritable", /What was recorded is in .*a\.httprr\.partial/));
  assert.equal(readFileSync(`${file}.partial`, "utf8"), "httprr trace v1\n");
});

test("a run that recorded nothing leaves an older recording as it is", async (t) => {
  const file = join(folder(t), "a.httprr");
  writeFileSync(file, "httprr trace v1\n0 0\n");
  const trace = await openTrace(file, { mode: "record" });
  await trace.close();
  assert.equal(readFileSync(file, "utf8"), "httprr trace v1\n0 0\n");
  assert.ok(!existsSync(`${file}.partial`));
});
