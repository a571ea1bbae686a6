import assert from "node:assert/strict";
import type { OnReadOpts, Socket } from "node:net";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { Delivery } from "../../src/providers/delivery.ts";
import { Connection, type Exchange } from "../../src/providers/http1/connection.ts";
import { Utf8 } from "../../src/providers/utf8.ts";

/** A socket that the test speaks for. */
class FakeSocket extends EventEmitter {
  written = "";
  destroyed = false;
  writableLength = 0;
  paused = false;
  reading: OnReadOpts | undefined;
  readonly setNoDelay = (): void => undefined;
  readonly setTimeout = (): void => undefined;
  readonly ref = (): void => undefined;
  readonly unref = (): void => undefined;
  readonly cork = (): void => undefined;
  readonly uncork = (): void => undefined;
  readonly isPaused = (): boolean => this.paused;
  readonly pause = (): void => void (this.paused = true);
  readonly resume = (): void => void (this.paused = false);

  write(text: string | Uint8Array): void {
    this.written += Buffer.from(text as string).toString();
  }

  /** A real one tells of its close later; here at once, which is harder. */
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit("close");
  }

  /** What was read, where whoever uses it wants it; like a real one, in a place that is not its own. */
  says(text: string | Uint8Array): void {
    const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
    const buffer = this.reading?.buffer as Buffer;
    buffer.set(bytes);
    assert.ok(this.reading?.callback(bytes.length, buffer));
  }
}

/** An exchange that notes what it hears, and may act on it. */
class Noting implements Exchange {
  readonly heard: string[] = [];
  readonly #act: (what: string) => void;

  constructor(act: (what: string) => void = () => undefined) {
    this.#act = act;
  }

  readonly head = (): void => this.#note("head");
  readonly data = (bytes: Uint8Array): void => this.#note(`data ${Buffer.from(bytes).toString()}`);
  readonly end = (): void => this.#note("end");
  readonly broken = (cause: unknown, begun: boolean): void =>
    this.#note(`broken ${cause instanceof Error ? cause.name : String(cause)} ${begun}`);

  #note(what: string): void {
    this.heard.push(what);
    this.#act(what);
  }
}

function connected(): {
  socket: FakeSocket;
  connection: Connection;
  freed: Connection[];
  closed: Connection[];
} {
  const freed: Connection[] = [];
  const closed: Connection[] = [];
  const socket = new FakeSocket();
  const connection = new Connection(
    (free) => freed.push(free),
    (gone) => closed.push(gone),
  );
  socket.reading = connection.reading;
  connection.use(socket as unknown as Socket);
  return { socket, connection, freed, closed };
}

const answer = (body: string): string => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

test("what comes after the end of a response goes to nobody, and closes the connection", () => {
  for (const after of ["x", answer("two"), "\0"]) {
    const { socket, connection, freed, closed } = connected();
    const one = new Noting();
    connection.begin(one, "one", []);
    socket.says(answer("one"));
    socket.says(after);
    assert.deepEqual(one.heard, ["head", "data one", "end"]);
    assert.ok(socket.destroyed);
    assert.equal(freed.length, 1);
    assert.equal(closed.length, 1);
  }
});

test("a second response in the bytes of the first is nobody's, not the next exchange's", () => {
  const { socket, connection } = connected();
  const two = new Noting();
  // The next request is sent as soon as the connection is free: before the rest of the bytes is looked at.
  const one = new Noting((what) => what === "end" && connection.begin(two, "two", []));
  connection.begin(one, "one", []);
  socket.says(answer("one") + answer("smuggled"));
  assert.deepEqual(one.heard, ["head", "data one", "end"]);
  assert.ok(!two.heard.some((what) => what.startsWith("data") || what === "head"), two.heard.join());
  assert.ok(socket.destroyed);
  assert.deepEqual(two.heard, ["broken undefined false"], "it is told, so that it tries elsewhere");
});

test("an exchange that gives up hears nothing more", () => {
  for (const when of ["head", "data one"]) {
    for (const later of ["", "HTTP/1.1"]) {
      const { socket, connection, freed } = connected();
      const one = new Noting((what) => what === when && connection.destroy());
      connection.begin(one, "one", []);
      socket.says(answer("one") + later);
      socket.says("more");
      socket.emit("error", new Error("late"));
      socket.emit("end");
      assert.equal(one.heard.at(-1), when);
      assert.deepEqual(freed, []);
    }
  }
});

test("an exchange that broke hears it once", () => {
  const { socket, connection } = connected();
  const one = new Noting();
  connection.begin(one, "one", []);
  socket.says("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n");
  socket.emit("error", new TypeError("reset"));
  socket.emit("error", new Error("again"));
  socket.says("2\r\nho\r\n0\r\n\r\n");
  socket.emit("end");
  assert.deepEqual(one.heard, ["head", "data hi", "broken TypeError true"]);
});

test("connections that are read at once, byte by byte, into one place do not mix", async () => {
  const read = (text: string, encode: (text: string) => Uint8Array, encoding: string) => {
    const { socket, connection } = connected();
    let heard = "";
    const utf8 = new Utf8();
    const receiver = {
      connected: () => undefined,
      head: () => undefined,
      data: (bytes: Uint8Array) => void (heard += utf8.push(bytes)),
    };
    const whole = new Promise<void>((resolve, reject) => {
      const halt = { aborted: false, reason: undefined, onAbort: undefined };
      const delivery = new Delivery(receiver, halt, resolve, reject, () => connection.destroy());
      connection.begin(
        {
          head: ({ status, headers }) => delivery.head(status, headers, connection),
          data: (bytes) => delivery.data(bytes),
          end: () => delivery.end(),
          broken: (cause) => delivery.fail(cause),
        },
        "",
        [],
      );
    });
    const body = encode(text);
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`;
    const bytes = Buffer.concat([Buffer.from(head), body]);
    return { socket, bytes, whole, heard: () => heard };
  };
  const texts = ["größer \u{1f389} ", "naïve \u2014 "].map((text) => text.repeat(40));
  const [one = "", other = ""] = texts;
  const plain = (text: string): Uint8Array => Buffer.from(text);
  const all = [
    read(one, plain, "identity"),
    read(other, plain, "identity"),
    read(one, gzipSync, "gzip"),
    read(other, gzipSync, "gzip"),
  ];
  for (let at = 0; all.some(({ bytes }) => at < bytes.length); at++)
    for (const { socket, bytes } of all) if (at < bytes.length) socket.says(bytes.subarray(at, at + 1));
  await Promise.all(all.map(({ whole }) => whole));
  assert.deepEqual(
    all.map(({ heard }) => heard()),
    [...texts, ...texts],
  );
});

test("whatever comes in whatever order, an exchange hears at most one end, and nothing behind it", () => {
  const step = fc.oneof(
    fc.constantFrom(
      answer("abc"),
      answer("abc").slice(0, 20),
      "3\r\nabc\r\n",
      "0\r\n\r\n",
      "\0",
      "HTTP/1.1 100 \r\n\r\n",
    ),
    fc.constantFrom("HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
    fc.constantFrom(
      { do: "error" },
      { do: "end" },
      { do: "close" },
      { do: "destroy" },
      { do: "begin" },
      { do: "timeout" },
    ),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 12 }),
      fc.constantFrom("none", "head", "data abc", "end"),
      (steps, quits) => {
        const { socket, connection } = connected();
        const exchanges: Noting[] = [];
        const finished = new Set<Noting>();
        let free = true;
        const begin = (): void => {
          const exchange: Noting = new Noting((what) => {
            assert.ok(!finished.has(exchange), `${what} after the end`);
            assert.equal(exchange, exchanges.at(-1), "the present one only");
            if (what === "end" || what.startsWith("broken")) {
              finished.add(exchange);
              free = true;
            }
            if (what === quits) {
              finished.add(exchange);
              connection.destroy();
            }
          });
          exchanges.push(exchange);
          free = false;
          connection.begin(exchange, "", []);
        };
        for (const each of steps) {
          if (typeof each === "string") {
            if (!socket.destroyed) socket.says(each);
          } else if (each.do === "begin") {
            // As the pool does: only what is free and open is used again.
            if (free && !socket.destroyed) begin();
          } else if (each.do === "destroy") connection.destroy();
          else socket.emit(each.do, each.do === "error" ? new Error("x") : undefined);
        }
      },
    ),
    { numRuns: 5000 },
  );
});
