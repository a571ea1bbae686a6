import assert from "node:assert/strict";
import { test } from "node:test";
import * as api from "@opentelemetry/api";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-node";
import { createConversation } from "../../src/conversation/conversation.ts";
import { defineTool, type ToolContext, type ToolOutput } from "../../src/conversation/tool.ts";
import { rehearsal } from "../../src/providers/rehearsal/rehearsal.ts";
import { turnWithTelemetry, withToolTelemetry, type Tracer } from "../../src/telemetry/index.ts";
import { Recorder } from "../support/telemetry.ts";

/** A conversation with one tool, all of it told to the recorder. */
function told(
  recorder: Recorder,
  run: (input: object, context: ToolContext) => ToolOutput | Promise<ToolOutput>,
  options: Parameters<typeof withToolTelemetry>[1] = {},
) {
  const tool = defineTool({ name: "look", description: "Looks.", input: { type: "object" }, run });
  const tools = [withToolTelemetry(tool, { api, tracer: recorder.tracer, ...options })];
  return createConversation({ model: recorder.watch(rehearsal()), tools });
}

function named(recorder: Recorder, name: string): ReadableSpan {
  const found = recorder.spans().filter((span) => span.name === name);
  assert.equal(found.length, 1, `${found.length} spans ${name}`);
  return found[0] as ReadableSpan;
}

test("a turn is a span; its requests, its tools, and what these ask come below it", async () => {
  const recorder = new Recorder();
  const conversation = told(recorder, async (_, context) => (await context.child().send("echo: seen")).text);
  const outcome = await turnWithTelemetry(conversation, () => conversation.turn('tool: look {"at":1}'), {
    agent: "clerk",
    api,
    tracer: recorder.tracer,
  });
  assert.equal(outcome.end, "done");
  const [turn, tool] = [named(recorder, "invoke_agent clerk"), named(recorder, "execute_tool look")];
  assert.equal(turn.kind, SpanKind.INTERNAL);
  const usage = conversation.usage();
  assert.deepEqual(turn.attributes, {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.provider.name": "rehearsal",
    "gen_ai.request.model": "rehearsal",
    "gen_ai.conversation.id": conversation.id,
    "gen_ai.agent.name": "clerk",
    "colloquy.turn.end": "done",
    "colloquy.turn.steps": 2,
    "gen_ai.usage.input_tokens": usage.input,
    "gen_ai.usage.output_tokens": usage.output,
  });
  const [call] = conversation.history
    .toArray()
    .flatMap(({ parts }) => parts.filter((part) => part.type === "tool-call"));
  assert.deepEqual(tool.attributes, {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "look",
    "gen_ai.tool.type": "function",
    "gen_ai.tool.call.id": call?.id,
    "gen_ai.conversation.id": conversation.id,
    "gen_ai.tool.description": "Looks.",
  });
  const parents = recorder.spans().map((span) => {
    const parent = recorder
      .spans()
      .find((each) => each.spanContext().spanId === span.parentSpanContext?.spanId);
    return [span.name, parent?.name];
  });
  assert.deepEqual(parents, [
    ["chat rehearsal", "invoke_agent clerk"],
    ["chat rehearsal", "execute_tool look"],
    ["execute_tool look", "invoke_agent clerk"],
    ["chat rehearsal", "invoke_agent clerk"],
    ["invoke_agent clerk", undefined],
  ]);
});

const failures: readonly (readonly [what: string, () => ToolOutput, errorType: string])[] = [
  ["throws", () => assert.fail("no"), "AssertionError"],
  ["says that it failed", () => ({ content: "no", isError: true }), "tool_failed"],
];
for (const [what, run, errorType] of failures) {
  test(`a tool that ${what} is a failed span, and the model is told the same`, async () => {
    const recorder = new Recorder();
    const conversation = told(recorder, run);
    await conversation.turn("tool: look {}");
    const span = named(recorder, "execute_tool look");
    assert.equal(span.attributes["error.type"], errorType);
    assert.deepEqual(span.status, { code: SpanStatusCode.ERROR });
    const results = conversation.history
      .toArray()
      .flatMap(({ parts }) => parts.filter((part) => part.type === "tool-result"));
    assert.equal(results[0]?.isError, true);
  });
}

test("a turn that fails is a failed span; one that is cancelled says so", async () => {
  const recorder = new Recorder();
  const conversation = told(recorder, async () => {
    conversation.cancel("enough");
    return "never told";
  });
  const watched = (message: string): Promise<unknown> =>
    turnWithTelemetry(conversation, () => conversation.turn(message), { api, tracer: recorder.tracer });
  await watched("tool: look {}");
  await watched("error: overloaded");
  const ends = recorder
    .spans()
    .filter(({ name }) => name === "invoke_agent")
    .map(({ attributes }) => [attributes["colloquy.turn.end"], attributes["error.type"]]);
  assert.deepEqual(ends, [
    ["cancelled", undefined],
    ["failed", "server"],
  ]);
});

test("what a tool was given and gave is told only where that is asked for, and no more of it than that", async () => {
  const recorder = new Recorder();
  const secret = "s".repeat(100);
  const quiet = told(recorder, () => ({ content: secret, display: "not told" }));
  await quiet.turn(`tool: look {"at":"${secret}"}`);
  assert.ok(!(await recorder.everything()).includes(secret));
  const open = told(recorder, () => ({ content: secret, display: "not told" }), {
    captureContent: true,
    contentLimit: 20,
  });
  await open.turn(`tool: look {"at":"${secret}"}`);
  const span = recorder.spans().filter(({ name }) => name === "execute_tool look")[1];
  assert.equal(span?.attributes["gen_ai.tool.call.arguments"], `{"at":"${"s".repeat(13)}`);
  assert.equal(span?.attributes["gen_ai.tool.call.result"], `"${"s".repeat(19)}`);
  assert.throws(() => told(recorder, () => "", { contentLimit: 0 }), /contentLimit/);
});

test("telemetry that fails alters neither tools nor turns", async () => {
  const broken: Tracer = { startSpan: () => assert.fail("no spans here") };
  const throwing = { isRecording: () => assert.fail("no"), end: () => assert.fail("no") } as never;
  for (const tracer of [broken, { startSpan: () => throwing } satisfies Tracer]) {
    let ran = 0;
    const tool = withToolTelemetry(defineTool({ name: "look", run: () => `${++ran}` }), { api, tracer });
    const conversation = createConversation({ model: rehearsal(), tools: [tool] });
    const { end } = await turnWithTelemetry(conversation, () => conversation.turn("tool: look {}"), {
      api,
      tracer,
    });
    assert.deepEqual([end, ran], ["done", 1]);
  }
});
