import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { userMessage } from "../../src/llm/message.ts";
import type { Model } from "../../src/providers/model.ts";
import { openModel } from "../../src/providers/open-model.ts";
import { chatServer, type ChatServer } from "./chat-server.ts";
import { CONTEXT, conversations } from "./conversations.ts";
import { tinyGguf } from "./tiny-gguf.ts";

const folder = mkdtempSync(path.join(tmpdir(), "colloquy-engine-"));
const file = path.join(folder, "tiny.gguf");
writeFileSync(file, tinyGguf());

let server: ChatServer;
let model: Model;
before(async () => {
  server = await chatServer(file, CONTEXT);
  model = openModel({
    protocol: "openai-chat",
    baseUrl: server.url,
    model: "tiny",
    retries: 0,
    maxOutputTokens: 1000,
    prices: { rates: { input: "0", cacheRead: "0", output: "0" } },
  });
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

conversations("over HTTP", () => model);

test("over HTTP: the server hears that its client has left", async () => {
  const left = server.left();
  const request = { messages: [userMessage("hello")], maxOutputTokens: 1500 };
  for await (const event of model.stream(request)) if (event.type === "part-delta") break;
  // The next answer comes after the end of the one that nobody waits for.
  await model.complete({ ...request, maxOutputTokens: 1 });
  assert.equal(server.left(), left + 1);
});
