// One large answer through a call of ours, in a process of its own: node decoder.mjs PROTOCOL event|tool. The call is
// answered by a fetch that hands out chunks of 4 KB from memory, so that nothing but the library is timed.

import { openModel } from "../dist/index.js";
import { answers } from "./answers.mjs";

const [protocol, kind] = process.argv.slice(2);
const { body, text, input } = answers[protocol][kind]();
const bytes = Buffer.from(body);
let from = 0;
const fetch = async () =>
  new Response(
    new ReadableStream({
      pull(controller) {
        if (from === bytes.length) return controller.close();
        controller.enqueue(bytes.subarray(from, (from += Math.min(4096, bytes.length - from))));
      },
    }),
    { headers: { "content-type": "text/event-stream" } },
  );
const model = openModel({
  protocol,
  baseUrl: "http://127.0.0.1:9",
  model: "m",
  apiKey: "not-a-key",
  retries: 0,
  fetch,
});
const before = process.cpuUsage();
const begun = performance.now();
const response = await model.complete({
  messages: [{ role: "user", parts: [{ type: "text", text: "Go on." }] }],
});
const seconds = (performance.now() - begun) / 1000;
const { user, system } = process.cpuUsage(before);
const [part, ...others] = response.message.parts;
if (others.length > 0) throw new Error("more than one part");
if (text !== undefined && part.text !== text) throw new Error("wrong text");
if (input !== undefined && (part.type !== "tool-call" || part.input?.text !== input))
  throw new Error("wrong arguments");
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6 }));
