// The mock provider, in a process of its own. It is written on bare sockets and answers from buffers made beforehand,
// so that next to nothing of what is measured is spent here. One event is one HTTP chunk, as real servers flush them,
// unless "bulk" is asked for, which is what a proxy that buffers makes of it. Without a pace the head and all chunks go
// out in one socket write, so that the client alone sets the speed.

import { createServer } from "node:net";
import { wires } from "./wires.mjs";
import { work } from "./work.mjs";

const byPath = new Map(Object.values(wires).map((wire) => [wire.path, wire]));
const prepared = new Map();
const maxRequest = 64 * 1024 * 1024;

const server = createServer({ noDelay: true }, (socket) => {
  let pending = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      const headEnd = pending.indexOf("\r\n\r\n");
      if (headEnd === -1) break;
      const head = pending.latin1Slice(0, headEnd);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
      if (!(length <= maxRequest)) return socket.end(error(411, "a content-length is needed"));
      const next = headEnd + 4 + length;
      if (pending.length < next) break;
      const body = pending.utf8Slice(headEnd + 4, next);
      pending = pending.subarray(next);
      answer(socket, head, body);
    }
  });
});

function answer(socket, head, body) {
  let made;
  try {
    const [, method, path] = /^(\S+) ([^ ?]+)/.exec(head);
    const wire = byPath.get(path);
    if (method !== "POST" || wire === undefined)
      return socket.write(error(404, `no such thing: ${method} ${path}`));
    const { model, stream, messages } = JSON.parse(body);
    if (!Array.isArray(messages) || messages.length === 0) return socket.write(error(400, "no messages"));
    made = prepare(wire, model, stream === true);
  } catch (cause) {
    return socket.write(error(400, String(cause?.message)));
  }
  if (made.pace === 0) socket.write(made.whole);
  else pace(socket, made);
}

function prepare(wire, model, stream) {
  const key = `${wire.path} ${model} ${stream}`;
  let made = prepared.get(key);
  if (made === undefined) {
    const asked = work(model);
    if (stream) {
      const events = wire.events(asked);
      const chunks = (asked.bulk ? regroup(events, 16 * 1024) : events.map((text) => Buffer.from(text))).map(
        chunk,
      );
      const start = header(200, "text/event-stream; charset=utf-8", "transfer-encoding: chunked");
      const last = Buffer.from("0\r\n\r\n");
      made = { pace: asked.pace, start, chunks, last, whole: Buffer.concat([start, ...chunks, last]) };
    } else {
      made = { pace: 0, whole: json(200, wire.reply(asked)) };
    }
    prepared.set(key, made);
  }
  return made;
}

function pace(socket, { pace, start, chunks, last }) {
  let next = 0;
  socket.write(start);
  const timer = setInterval(() => {
    if (socket.destroyed || next === chunks.length) {
      clearInterval(timer);
      if (!socket.destroyed) socket.write(last);
    } else socket.write(chunks[next++]);
  }, pace);
}

function header(status, type, length) {
  return Buffer.from(
    `HTTP/1.1 ${status} ${status === 200 ? "OK" : "Error"}\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n` +
      `content-type: ${type}\r\n${length}\r\ncache-control: no-cache\r\nrequest-id: req_011BenchBenchBenchBenchBe\r\n` +
      "connection: keep-alive\r\nkeep-alive: timeout=60\r\n\r\n",
  );
}

function json(status, text) {
  const body = Buffer.from(text);
  return Buffer.concat([header(status, "application/json", `content-length: ${body.length}`), body]);
}

function error(status, message) {
  return json(status, JSON.stringify({ type: "error", error: { type: "invalid_request_error", message } }));
}

// Pieces of equal size, cut wherever that falls.
function regroup(events, size) {
  const all = Buffer.from(events.join(""));
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
    all.subarray(i * size, (i + 1) * size),
  );
}

function chunk(bytes) {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

server.listen(0, "127.0.0.1", () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  if (process.send === undefined) console.log(url);
  else process.send({ url });
});
process.on("disconnect", () => process.exit());
