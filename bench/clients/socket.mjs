// The bare socket: the physical limit. A request is a head, a prefix that only grows, and a tail, in one buffer; an
// answer is searched for its end, and its events are parsed. It handles nothing that goes wrong and reads nothing but
// what this server says: nobody can be quicker on this machine and do the work.

import { once } from "node:events";
import net from "node:net";
import { wires } from "../wires.mjs";

const LAST_CHUNK = "0\r\n\r\n";
const NEWLINE = 0x0a;

export async function prepare({ baseUrl, wire: name, model }) {
  const wire = wires[name];
  const { hostname, port, host } = new URL(baseUrl);
  const headers = Object.entries(wire.headers).map(([key, value]) => `${key}: ${value}\r\n`);
  const lines = `POST ${wire.path} HTTP/1.1\r\nhost: ${host}\r\n${headers.join("")}content-length: `;
  const idle = [];

  async function post(pieces) {
    const socket = idle.pop() ?? (await connect(hostname, port));
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const reply = new Promise((resolve, reject) => {
      const chunks = [];
      const onData = (chunk) => {
        chunks.push(chunk);
        if (chunk.latin1Slice(Math.max(0, chunk.length - 5)) !== LAST_CHUNK && !whole(chunks)) return;
        socket.off("data", onData);
        socket.off("error", reject);
        idle.push(socket);
        resolve(chunks.length === 1 ? chunk : Buffer.concat(chunks));
      };
      socket.on("data", onData);
      socket.on("error", reject);
    });
    socket.cork();
    socket.write(`${lines}${length}\r\n\r\n`, "latin1");
    for (const piece of pieces) socket.write(piece);
    socket.uncork();
    return reply;
  }

  async function call() {
    const bytes = await post([Buffer.from(JSON.stringify(wire.request(model, false)))]);
    return wire.readReply(JSON.parse(bytes.utf8Slice(bytes.indexOf("\r\n\r\n") + 4)));
  }

  async function stream(pieces) {
    const bytes = await post(pieces);
    const answer = { deltas: 0, text: "" };
    // One event is one HTTP chunk, and the lines between are no events.
    let from = bytes.indexOf("\r\n\r\n") + 4;
    for (let end = bytes.indexOf(NEWLINE, from); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      if (bytes[from] === 0x64 && bytes[from + 4] === 0x3a) {
        const data = bytes.utf8Slice(from + 6, end);
        if (data !== wire.endMark) wire.readEvent(answer, JSON.parse(data));
      }
      from = end + 1;
    }
    return answer;
  }

  /** The history as bytes; each message is written once. */
  function converse() {
    const [head, tail] = JSON.stringify(wire.request(model, true, ["@"]))
      .split('"@"')
      .map((text) => Buffer.from(text));
    let log = Buffer.alloc(1 << 16);
    let length = 0;
    const append = (message) => {
      const text = (length === 0 ? "" : ",") + JSON.stringify(message);
      if (length + text.length * 3 > log.length)
        log = Buffer.concat([log, Buffer.alloc(log.length + text.length * 3)]);
      length += log.write(text, length);
    };
    return async (text) => {
      append({ role: "user", content: text });
      const answer = await stream([head, log.subarray(0, length), tail]);
      append({ role: "assistant", content: answer.text });
      return answer;
    };
  }

  return {
    call: { socket: call },
    stream: { socket: () => stream([Buffer.from(JSON.stringify(wire.request(model, true)))]) },
    converse: { socket: converse },
  };
}

async function connect(host, port) {
  const socket = net.connect({ host, port });
  await once(socket, "connect");
  return socket.setNoDelay(true);
}

/** Whether a body with a length is all there. */
function whole([first, ...others]) {
  const end = first.indexOf("\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)/i.exec(first.latin1Slice(0, end))?.[1];
  if (length === undefined) return false;
  return others.reduce((sum, chunk) => sum + chunk.length, first.length) >= end + 4 + Number(length);
}
