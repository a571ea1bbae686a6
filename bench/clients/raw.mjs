// What a careful user writes by hand, and what all ratios are against: global fetch, a split into lines, JSON.parse.

import { wires } from "../wires.mjs";
import { conversation } from "../work.mjs";

export async function prepare({ baseUrl, wire: name, model }) {
  const wire = wires[name];

  async function post(stream, messages) {
    const response = await fetch(baseUrl + wire.path, {
      method: "POST",
      headers: wire.headers,
      body: JSON.stringify(wire.request(model, stream, messages)),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return response;
  }

  async function call() {
    const response = await post(false);
    return wire.readReply(await response.json());
  }

  async function stream(messages) {
    const response = await post(true, messages);
    const answer = { deltas: 0, text: "" };
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of response.body) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (!line.startsWith("data:")) continue;
        const data = line.slice(line[5] === " " ? 6 : 5);
        if (data !== wire.endMark) wire.readEvent(answer, JSON.parse(data));
      }
    }
    return answer;
  }

  // The whole history is made into JSON again for each turn.
  return {
    call: { fetch: call },
    stream: { fetch: () => stream() },
    converse: { fetch: () => conversation(stream) },
  };
}
