// The mock provider, in a process of its own. It is written on bare sockets and answers from buffers made beforehand,
// so that next to nothing of what is measured is spent here. One event is one HTTP chunk, as real servers flush them,
// unless "bulk" is asked for, which is what a proxy that buffers makes of it. Without a pace the head and all chunks go
// out in one socket write, so that the client alone sets the speed.

import { createServer } from "node:net";
import { availableParallelism } from "node:os";
import { wires } from "./wires.mjs";
import { work } from "./work.mjs";

const byPath = new Map(Object.values(wires).map((wire) => [wire.path, wire]));
const prepared = new Map();
const maxRequest = 64 * 1024 * 1024;

const server = createServer({ noDelay: true }, (socket) => {
  // A long request is put together once, when all of it is there.
  const chunks = [];
  let received = 0;
  let wanted = 1;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    chunks.push(chunk);
    received += chunk.length;
    if (received < wanted) return;
    let pending = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    wanted = 1;
    while (pending.length > 0) {
      const headEnd = pending.indexOf("\r\n\r\n");
      if (headEnd === -1) break;
      const head = pending.latin1Slice(0, headEnd);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
      if (!(length <= maxRequest)) return socket.end(error(411, "a content-length is needed"));
      const next = headEnd + 4 + length;
      if (pending.length < next) {
        wanted = next;
        break;
      }
      const body = pending.subarray(headEnd + 4, next);
      pending = pending.subarray(next);
      answer(socket, head, body);
    }
    chunks.length = 0;
    received = pending.length;
    if (received > 0) chunks.push(pending);
  });
});

function answer(socket, head, body) {
  let made;
  try {
    const [, method, path] = /^(\S+) ([^ ?]+)/.exec(head);
    const wire = byPath.get(path);
    if (method !== "POST" || wire === undefined)
      return socket.write(error(404, `no such thing: ${method} ${path}`));
    const { model, stream, messages } = read(body);
    if (!(messages > 0)) return socket.write(error(400, "no messages"));
    made = prepare(wire, model, stream === true, messages);
  } catch (cause) {
    return socket.write(error(400, String(cause?.message)));
  }
  if (made.pace === 0) socket.write(made.whole);
  else pace(socket, made);
}

// Long requests are parsed now and then, and else only looked at: the server shall not set the pace. That each message
// arrived shows in the answer's usage.
function read(body) {
  const count = body.length < 64 * 1024 ? 0 : occurrences(body, '"role":"');
  if (count % 200 === 0 || count % 200 === 199) {
    const { model, stream, messages } = JSON.parse(body.utf8Slice());
    if (!messages.every(({ role }, i) => role === (i % 2 === 0 ? "user" : "assistant")))
      throw new Error("the messages are out of order");
    return { model, stream, messages: messages.length };
  }
  const settings = body.latin1Slice(0, 1024) + body.latin1Slice(body.length - 1024);
  const [, model] = /"model":"([^"]+)"/.exec(settings);
  return { model, stream: settings.includes('"stream":true'), messages: count };
}

function occurrences(body, what) {
  let count = 0;
  for (let at = body.indexOf(what); at !== -1; at = body.indexOf(what, at + what.length)) count++;
  return count;
}

function prepare(wire, model, stream, messages) {
  const counted = model.endsWith("-count") ? messages : 1;
  const key = `${wire.path} ${model} ${stream} ${counted}`;
  let made = prepared.get(key);
  if (made === undefined) {
    const asked = work(model, counted);
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

// Where one request comes after the other, a server that slept in between would be woken by each: to wake a core of a
// virtual machine takes 35 microseconds of whoever writes to it, which in life is done by the network of another machine.
let awake = false;
const stayAwake = () => awake && setImmediate(stayAwake);
process.on("message", (message) => {
  awake = message.awake && availableParallelism() > 1;
  stayAwake();
  process.send({ value: awake });
});

server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  if (process.send === undefined) console.log(url);
  else process.send({ url });
});
process.on("disconnect", () => process.exit());
