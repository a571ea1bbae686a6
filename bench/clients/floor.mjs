// The same by hand on node:http: what is left when fetch and its web streams are taken away. A body that comes in many
// HTTP chunks is decoded once for each socket read, not once for each chunk.

import http from "node:http";
import { wires } from "../wires.mjs";
import { conversation } from "../work.mjs";

export async function prepare({ baseUrl, wire: name, model }) {
  const wire = wires[name];
  const { hostname, port } = new URL(baseUrl);
  const agent = new http.Agent({ keepAlive: true });

  function post(stream, messages, onText) {
    const body = Buffer.from(JSON.stringify(wire.request(model, stream, messages)));
    return new Promise((resolve, reject) => {
      const headers = { ...wire.headers, "content-length": body.length };
      const request = http.request(
        { hostname, port, path: wire.path, method: "POST", agent, headers },
        (response) => {
          const decoder = new TextDecoder();
          let waiting = [];
          const flush = () => {
            if (waiting.length === 0) return;
            onText(
              decoder.decode(waiting.length === 1 ? waiting[0] : Buffer.concat(waiting), { stream: true }),
            );
            waiting = [];
          };
          response.on("data", (chunk) => {
            if (waiting.push(chunk) === 1) queueMicrotask(() => attempt(flush, reject));
          });
          response.on("end", () => {
            attempt(flush, reject);
            if (response.statusCode === 200) resolve();
            else reject(new Error(`status ${response.statusCode}`));
          });
          response.on("error", reject);
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  }

  async function call() {
    let text = "";
    await post(false, undefined, (more) => (text += more));
    return wire.readReply(JSON.parse(text));
  }

  async function stream(messages) {
    const answer = { deltas: 0, text: "" };
    let rest = "";
    await post(true, messages, (more) => {
      const text = rest + more;
      let from = 0;
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", from)) {
        if (text.startsWith("data:", from)) {
          const data = text.slice(from + (text[from + 5] === " " ? 6 : 5), end);
          if (data !== wire.endMark) wire.readEvent(answer, JSON.parse(data));
        }
        from = end + 1;
      }
      rest = text.slice(from);
    });
    return answer;
  }

  return {
    call: { "node:http": call },
    stream: { "node:http": () => stream() },
    converse: { "node:http": () => conversation(stream) },
  };
}

function attempt(what, onError) {
  try {
    what();
  } catch (error) {
    onError(error);
  }
}
