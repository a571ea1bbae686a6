import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ModelError } from "../../src/llm/errors.ts";
import { History } from "../../src/llm/history.ts";
import { text, userMessage, type Message, type Part } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";
import { defineModel, type Model } from "../../src/providers/model.ts";
import { openModel } from "../../src/providers/open-model.ts";
import { rehearsal } from "../../src/providers/rehearsal/rehearsal.ts";
import { scripted } from "../../src/testing/scripted.ts";
import { rejection } from "../support/failure.ts";
import { Recorder } from "../support/telemetry.ts";
import { hello } from "../support/ways.ts";

/** What an attribute of the only span says, read from its JSON. */
function said(recorder: Recorder, name: string): unknown {
  const value = recorder.span().attributes[name];
  return typeof value === "string" ? JSON.parse(value) : value;
}

/** A request that says the secret wherever something can be said. */
function saying(secret: string): Request {
  const parts: Part[] = [
    text(secret),
    { type: "image", source: { kind: "base64", mediaType: "image/png", data: secret } },
    { type: "file", name: secret, source: { kind: "text", mediaType: "text/plain", text: secret } },
  ];
  const call: Part = { type: "tool-call", id: "1", name: secret, argumentsText: "{}", input: { secret } };
  const result: Part = { type: "tool-result", callId: "1", content: [text(secret)] };
  return {
    system: [text(secret)],
    messages: [userMessage(parts), { role: "assistant", parts: [call] }, userMessage([result])],
    tools: [{ name: secret, description: secret, inputSchema: { type: "object", title: secret } }],
    responseSchema: { name: secret, schema: { title: secret } },
    providerOptions: { metadata: secret },
  };
}

/** What may become of a call, each time quoting the secret. */
const outcomes: Readonly<Record<string, (secret: string) => Model>> = {
  answer: (secret) =>
    scripted([{ text: secret, thinking: secret, toolCalls: [{ name: secret, input: { secret } }] }]),
  failure: (secret) => scripted([{ text: secret, error: quoting(secret) }]),
  "failure of no known class": (secret) =>
    scripted([{ error: Object.assign(new Error(secret), { name: `It said ${secret}` }) }]),
  "failure that is no error": (secret) => defineModel(rehearsal().info, () => Promise.reject(secret)),
  retry: (secret) =>
    defineModel(rehearsal().info, (request, run) => {
      run?.onEvent?.({ type: "retry", attempt: 1, delayMs: 5, error: quoting(secret) });
      return scripted([secret]).complete(request, run);
    }),
  abort: (secret) => {
    const reason = new DOMException(secret, "AbortError");
    return defineModel(rehearsal().info, (request, run) =>
      scripted([secret]).complete(request, { ...run, signal: AbortSignal.abort(reason) }),
    );
  },
};

function quoting(secret: string): ModelError {
  const facts = { kind: "invalid-request", body: secret, code: secret, cause: new Error(secret) } as const;
  return new ModelError(`it was said: ${secret}`, { ...facts, partial: userMessage(secret) });
}

// No text of ours holds these letters, and JSON does not change them.
const secrets = fc.stringMatching(/^zq[a-z]{6,20}qz$/);

test("nothing that was said is told, unless it is asked for", async () => {
  await fc.assert(
    fc.asyncProperty(secrets, fc.constantFrom(...Object.keys(outcomes)), async (secret, outcome) => {
      const tellings = [undefined, true].map(async (captureContent) => {
        const recorder = new Recorder();
        const model = recorder.watch((outcomes[outcome] as (secret: string) => Model)(secret), {
          ...(captureContent !== undefined && { captureContent }),
        });
        await model.complete(saying(secret)).catch(() => undefined);
        assert.equal(recorder.spans().length, 1);
        return recorder.everything();
      });
      const [silent, telling] = await Promise.all(tellings);
      assert.equal(silent?.includes(secret), false, `${outcome}: ${silent}`);
      assert.equal(telling?.includes(secret), true, "or the check finds nothing anyway");
    }),
  );
});

test("what is said has the shapes of the conventions", async () => {
  const recorder = new Recorder();
  const model = scripted([
    { thinking: "Let me see.", text: "Rain.", toolCalls: [{ id: "c2", name: "look", input: { at: "sky" } }] },
  ]);
  const messages: Message[] = [
    userMessage([
      text("What is this?"),
      { type: "image", source: { kind: "base64", mediaType: "image/png", data: "iVBORw0KGgo=" } },
      { type: "image", source: { kind: "url", url: "https://example.com/a.png" } },
      { type: "image", source: { kind: "url", url: "data:image/png;base64,iVBORw0KGgo=" } },
      { type: "file", source: { kind: "file-id", id: "file_1" } },
      { type: "file", source: { kind: "base64", mediaType: "audio/wav", data: "UklGRg==" } },
      { type: "file", source: { kind: "text", mediaType: "text/plain", text: "A note." } },
    ]),
    {
      role: "assistant",
      parts: [
        { type: "thinking", text: "Hm.", signature: "proof", protocol: "anthropic-messages" },
        { type: "tool-call", id: "c0", name: "look", argumentsText: '{"at":"it"}', input: { at: "it" } },
        { type: "tool-call", id: "c1", name: "look", argumentsText: '{"at', input: undefined },
        { type: "opaque", protocol: "gemini", value: { executableCode: {} } },
      ],
    },
    userMessage([
      { type: "tool-result", callId: "c0", content: [text("A "), text("cloud")] },
      {
        type: "tool-result",
        callId: "c1",
        isError: true,
        content: [text("?"), { type: "image", source: { kind: "file-id", id: "file_2" } }],
      },
    ]),
  ];
  const system = [text("You are a painter."), text("Be brief.")];
  await recorder.watch(model, { captureContent: true }).complete({ system, messages: History.of(messages) });
  assert.deepEqual(said(recorder, "gen_ai.system_instructions"), [
    { type: "text", content: "You are a painter." },
    { type: "text", content: "Be brief." },
  ]);
  assert.deepEqual(said(recorder, "gen_ai.input.messages"), [
    {
      role: "user",
      parts: [
        { type: "text", content: "What is this?" },
        { type: "blob", modality: "image", mime_type: "image/png", content: "" },
        { type: "uri", modality: "image", uri: "https://example.com/a.png" },
        { type: "uri", modality: "image", uri: "data:image/png;base64," },
        { type: "file", modality: "document", file_id: "file_1" },
        { type: "blob", modality: "audio", mime_type: "audio/wav", content: "" },
        { type: "text", content: "A note." },
      ],
    },
    {
      role: "assistant",
      parts: [
        { type: "reasoning", content: "Hm." },
        { type: "tool_call", id: "c0", name: "look", arguments: { at: "it" } },
        { type: "tool_call", id: "c1", name: "look", arguments: '{"at' },
        { type: "opaque", protocol: "gemini", value: { executableCode: {} } },
      ],
    },
    {
      role: "tool",
      parts: [
        { type: "tool_call_response", id: "c0", response: "A cloud" },
        {
          type: "tool_call_response",
          id: "c1",
          response: [
            { type: "text", content: "?" },
            { type: "file", modality: "image", file_id: "file_2" },
          ],
          is_error: true,
        },
      ],
    },
  ]);
  assert.deepEqual(said(recorder, "gen_ai.output.messages"), [
    {
      role: "assistant",
      parts: [
        { type: "reasoning", content: "Let me see." },
        { type: "text", content: "Rain." },
        { type: "tool_call", id: "c2", name: "look", arguments: { at: "sky" } },
      ],
      finish_reason: "tool_call",
    },
  ]);
});

test("a failure tells its message, and what was said before it", async () => {
  const recorder = new Recorder();
  const model = openModel("rehearsal");
  const request = { messages: [userMessage("error: the provider is on holiday")] };
  await rejection(recorder.watch(model, { captureContent: true }).complete(request));
  assert.match(recorder.span().status.message ?? "", /on holiday/);

  const cut = new Recorder();
  const error = new ModelError("cut", {
    kind: "truncated",
    partial: { role: "assistant", parts: [text("Hel")] },
  });
  await rejection(cut.watch(scripted([{ error }]), { captureContent: true }).complete(hello));
  assert.deepEqual(said(cut, "gen_ai.output.messages"), [
    { role: "assistant", parts: [{ type: "text", content: "Hel" }], finish_reason: "error" },
  ]);
});

test("what is said is JSON of the newest messages, and never longer than the limit", async () => {
  const short = fc.string({ unit: "binary", maxLength: 20 });
  const long = fc.string({ unit: "binary", minLength: 100, maxLength: 400, size: "max" });
  const texts = fc.array(fc.oneof(short, long), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 1000 }), fc.boolean(), async (texts, limit, shared) => {
      const recorder = new Recorder();
      const messages = texts.map((each) => userMessage(each));
      const model = recorder.watch(scripted(["ok"]), { captureContent: true, contentLimit: limit });
      await model.complete({ messages: shared ? History.of(messages) : messages });
      const json = recorder.span().attributes["gen_ai.input.messages"];
      assert.ok(typeof json === "string");
      assert.ok(json.length <= Math.max(limit, 2), `${json.length} of ${limit}`);
      const told = JSON.parse(json) as { role: string; parts: { type: string; content: string }[] }[];
      const newest = texts.slice(texts.length - told.length);
      for (const [index, { role, parts }] of told.entries()) {
        const [part] = parts;
        const whole = newest[index] as string;
        assert.deepEqual([role, parts.length, part?.type], ["user", 1, "text"]);
        const content = part?.content ?? "";
        if (content === whole) continue;
        assert.equal(index, 0, "only the oldest one is cut");
        assert.ok(content.endsWith("…") && whole.startsWith(content.slice(0, -1)), content);
        assert.doesNotMatch(content, /\p{Surrogate}/u, "no character is cut in two");
      }
      if (texts.join("").length * 6 + texts.length * 60 < limit) assert.equal(told.length, texts.length);
    }),
  );
});

test("nothing is put into words for a span that nobody will see", async () => {
  const recorder = new Recorder();
  const told: unknown[] = [];
  const span = {
    isRecording: () => false,
    setAttributes: (attributes: unknown) => told.push(attributes),
    addEvent: () => undefined,
    setStatus: () => undefined,
    end: () => undefined,
  };
  const options = { captureContent: true, tracer: { startSpan: () => span } };
  await recorder.watch(rehearsal(), options).complete(hello);
  assert.deepEqual(told, []);
});
