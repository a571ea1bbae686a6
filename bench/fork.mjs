// One way to fork a conversation of 1,000 messages, in a process of its own: microseconds and bytes of heap per fork.

import { toolResult } from "./work.mjs";

const ways = {
  async fork(messages) {
    const { createConversation, openModel } = await import("../dist/index.js");
    const model = openModel({
      protocol: "anthropic-messages",
      baseUrl: "http://127.0.0.1:9",
      model: "m",
      apiKey: "not-a-key",
    });
    const conversation = createConversation({ model, messages });
    return {
      times: 50_000,
      once: () => conversation.fork(),
      check: (fork) => fork.history.length === 1000 && fork.history === conversation.history,
    };
  },
  async append(messages) {
    const { History, userMessage } = await import("../dist/index.js");
    const history = History.of(messages);
    const message = userMessage("And now?");
    return {
      times: 200_000,
      once: () => history.append(message),
      check: (fork) => fork.length === 1001 && fork.parent === history,
    };
  },
  spread: (messages) => ({ times: 5_000, once: () => [...messages], check: (fork) => fork.length === 1000 }),
  clone: (messages) => ({
    times: 50,
    once: () => structuredClone(messages),
    check: (fork) => fork.length === 1000,
  }),
};

const messages = Array.from({ length: 1000 }, (_, i) => ({
  role: i % 2 === 0 ? "user" : "assistant",
  parts: [{ type: "text", text: toolResult(i) }],
}));
const { times, once, check } = await ways[process.argv[2]](messages);
// Once to warm up, and once to be counted: into an array that is there before, so that it is not counted.
const forks = new Array(times).fill(undefined);
for (let i = 0; i < times; i++) forks[i] = once();
forks.fill(undefined);
await new Promise((resolve) => setTimeout(resolve, 50));
globalThis.gc();
const heap = process.memoryUsage().heapUsed;
const begun = performance.now();
for (let i = 0; i < times; i++) forks[i] = once();
const time = ((performance.now() - begun) * 1000) / times;
globalThis.gc();
const bytes = (process.memoryUsage().heapUsed - heap) / times;
if (!forks.every(check)) throw new Error("a fork has not the messages of its original");
console.log(JSON.stringify({ time, bytes }));
