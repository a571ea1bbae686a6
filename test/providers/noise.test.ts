import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import * as say from "../support/answers.ts";
import { events, serve } from "../support/fault-server.ts";
import { modelError } from "../support/failure.ts";
import { hello, modelAt, ways } from "../support/ways.ts";

/** A server that says this to whatever it is asked, and closes or does not. */
async function babbler(
  t: TestContext,
  says: string,
  close: boolean,
): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      asked++;
      if (close) socket.end(says, "latin1");
      else socket.write(says, "latin1");
    });
    t.after(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}

const head = "HTTP/1.1 200 OK\r\n";

/** What no HTTP server says. */
const noise: readonly (readonly [what: string, says: string])[] = [
  ["a TLS alert", "\x15\x03\x03\x00\x02\x02\x46"],
  ["another protocol's greeting", "220 mail ESMTP\r\n"],
  ["a page without a head", "<html></html>"],
  ["a chunk of no size", `${head}transfer-encoding: chunked\r\n\r\nzz\r\n`],
];

for (const way of ways) {
  for (const [what, says] of noise) {
    for (const close of [true, false]) {
      test(`${way.name}: ${what}${close ? ", and a close" : ""} is malformed and not tried again`, async (t) => {
        const server = await babbler(t, says, close);
        const model = modelAt(server.url, { ...way.open(t).options, retries: 2 });
        const error = await modelError(model.complete(hello));
        assert.equal(error.kind, "malformed", error.message);
        assert.equal(error.retryable, false);
        assert.equal(server.asked(), 1);
      });
    }
  }
}

test("F17: a used connection that answers in noise is not tried again: something was answered", async (t) => {
  const server = await serve(t, events(say.stream("ok")), (call) => call.raw("\x15\x03\x03\x00\x02\x02\x46"));
  const model = modelAt(server.url);
  await model.complete(hello);
  assert.equal((await modelError(model.complete(hello))).kind, "malformed");
  const cut = await serve(t, events(say.stream("ok")), (call) => call.raw("HTTP/1.1 2"));
  const other = modelAt(cut.url);
  await other.complete(hello);
  const error = await modelError(other.complete(hello));
  assert.equal(error.kind, "truncated");
  assert.equal(cut.calls.length, 2);
});

test("F17, F20: a connection that was idle by the wall clock longer than its timer knows is not used", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.UTC(2026, 0, 2) });
  const ok = events(say.stream("ok"));
  const server = await serve(t, ok, ok, ok, ok);
  const model = modelAt(server.url);
  await model.complete(hello);
  t.mock.timers.setTime(Date.UTC(2026, 0, 2) + 9000);
  await model.complete(hello);
  assert.equal(server.opened, 1);
  t.mock.timers.setTime(Date.UTC(2026, 0, 3));
  await model.complete(hello);
  assert.equal(server.opened, 2);
  // A clock that was set back says nothing either.
  t.mock.timers.setTime(Date.UTC(2026, 0, 1));
  await model.complete(hello);
  assert.equal(server.opened, 3);
});
