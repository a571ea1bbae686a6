import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Ajv } from "ajv";
import fc from "fast-check";
import { createConversation } from "../../src/conversation/conversation.ts";
import type { StreamEvent } from "../../src/llm/event.ts";
import { userMessage } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";
import type { EngineModel, LocalModel } from "../../src/providers/llama-cpp/options.ts";
import { defineModel } from "../../src/providers/model.ts";
import { openModel } from "../../src/providers/open-model.ts";
import { modelError } from "../support/failure.ts";
import { CONTEXT, conversations } from "./conversations.ts";
import { library } from "./library.ts";
import { tinyGguf } from "./tiny-gguf.ts";

const folder = mkdtempSync(path.join(tmpdir(), "colloquy-engine-"));
const file = path.join(folder, "tiny.gguf");
writeFileSync(file, tinyGguf());

function open(options: Partial<EngineModel> = {}): LocalModel {
  return openModel({
    engine: "llama.cpp",
    file,
    library,
    gpu: false,
    threads: 1,
    contextSize: CONTEXT,
    parallel: 2,
    ...options,
  });
}

const shared = open();
after(async () => {
  await shared.close();
  rmSync(folder, { recursive: true });
});

conversations("in process", () => shared);

const hello = { messages: [userMessage("hello")], maxOutputTokens: 5 };

test("in process: an answer that fills the context says so, and nothing before it is forgotten", async () => {
  const prompt = "x".repeat(CONTEXT - 100);
  const { stopReason, rawStopReason, usage, text } = await shared.complete({
    messages: [userMessage(prompt)],
    temperature: 0.8,
    providerOptions: { seed: 3 },
  });
  assert.deepEqual([stopReason, rawStopReason], ["context_overflow", "maxTokens"]);
  assert.equal(usage.input + usage.cacheRead + usage.output, CONTEXT);
  assert.ok(text.length > 10);
});

test("in process: a call that the context cannot hold is cut, and not handed out as a whole one", async () => {
  const inputSchema = { type: "object", properties: { text: { type: "string", minLength: 1000 } } };
  const { stopReason, toolCalls } = await shared.complete({
    messages: [userMessage("x".repeat(500))],
    tools: [{ name: "write", inputSchema }],
    toolChoice: { mode: "any" },
  });
  assert.equal(stopReason, "context_overflow");
  assert.deepEqual(
    toolCalls.map(({ input }) => input),
    [undefined],
  );
});

test("in process: a model that calls by itself is bound, too; without tools it just talks", async () => {
  const caller = path.join(folder, "caller.gguf");
  writeFileSync(caller, tinyGguf({ calls: true }));
  const model = open({ file: caller });
  const inputSchema = {
    type: "object",
    properties: { path: { type: "string", maxLength: 9 }, deep: { type: "boolean" } },
  };
  const tools = [{ name: "look", inputSchema }];
  const asking = defineModel(model.info, (request, run) => model.complete({ ...request, tools }, run));
  const conversation = createConversation({
    model: asking,
    settings: { temperature: 0.5, providerOptions: { seed: 2 } },
  });
  const first = await conversation.send("look around");
  const [call] = first.toolCalls;
  assert.ok(call !== undefined, JSON.stringify(first));
  assert.equal(first.stopReason, "tool_use");
  assert.ok(
    new Ajv().validate({ ...inputSchema, required: ["path", "deep"] }, call.input),
    call.argumentsText,
  );
  const second = await conversation.send([
    { type: "tool-result", callId: call.id, content: [{ type: "text", text: "x" }] },
  ]);
  assert.equal(second.stopReason, "tool_use");
  assert.notEqual(second.toolCalls[0]?.id, call.id);
  const words = await model.complete(hello);
  assert.equal(words.toolCalls.length, 0);
  await model.close();
});

test("in process: whatever is aborted and when, the others say what they say alone", async () => {
  const request = (word: string): Request => ({
    messages: [userMessage(word)],
    maxOutputTokens: 40,
    temperature: 0.8,
    providerOptions: { seed: 5 },
  });
  const words = ["one", "two", "three", "four"];
  const alone = new Map<string, string>();
  for (const word of words) alone.set(word, (await shared.complete(request(word))).text);
  const run = async (word: string, after: number | undefined): Promise<void> => {
    const controller = new AbortController();
    const reason = new Error("stop");
    let deltas = 0;
    const onEvent = ({ type }: StreamEvent): void => {
      if ((type === "part-delta" ? deltas++ : -1) === after) controller.abort(reason);
    };
    if (after === 0) controller.abort(reason);
    try {
      assert.equal(
        (await shared.complete(request(word), { signal: controller.signal, onEvent })).text,
        alone.get(word),
      );
      assert.ok(!controller.signal.aborted);
    } catch (error) {
      if (error !== reason) throw error;
    }
  };
  const one = fc.tuple(fc.constantFrom(...words), fc.option(fc.nat(40), { nil: undefined }));
  await fc.assert(
    fc.asyncProperty(fc.array(one, { maxLength: 8 }), async (all) => {
      await Promise.all(all.map(([word, after]) => run(word, after)));
    }),
    { numRuns: 10 },
  );
});

test("in process: closed and opened again", async () => {
  const one = open({ contextSize: 512 });
  const two = open({ contextSize: 512 });
  const first = await one.complete(hello);
  await one.close();
  assert.equal((await two.complete(hello)).text, first.text);
  await two.close();
  const three = open({ contextSize: 512 });
  assert.equal((await three.complete(hello)).text, first.text);
  await three.close();
});

test("in process: a damaged file is an error that names it", async () => {
  const whole = tinyGguf();
  const damaged = path.join(folder, "damaged.gguf");
  const messages: string[] = [];
  const attempt = async (bytes: Uint8Array): Promise<void> => {
    writeFileSync(damaged, bytes);
    const error = await modelError(open({ file: damaged }).complete(hello));
    assert.equal(error.kind, "malformed");
    assert.match(error.message, /damaged\.gguf/);
    messages.push(error.message);
  };
  await attempt(Buffer.from("GGUF"));
  await attempt(Buffer.concat([whole.subarray(0, 8), Buffer.alloc(64, 0xff)]));
  // Wherever it was cut: a download that broke off.
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 64 }), (at) => attempt(whole.subarray(0, at))),
    { numRuns: 15 },
  );
  assert.ok(
    messages.some((message) => message.includes("not within the file bounds")),
    "with the engine's own reason",
  );
  assert.equal((await shared.complete(hello)).usage.output, 5, "and the others go on");
});

// The last one: with a second engine in the process, the log of the first goes to standard error.
test("in process: the engine chooses what it was not told", async () => {
  const model = openModel({ engine: "llama.cpp", file, library });
  assert.equal((await model.complete({ ...hello, maxOutputTokens: 1 })).usage.output, 1);
  await model.close();
});
