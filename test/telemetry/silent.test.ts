import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as api from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { rehearsal } from "../../src/providers/rehearsal/rehearsal.ts";
import { ConfigurationError } from "../../src/llm/errors.ts";
import { withTelemetry, type TelemetryApi, type TelemetryOptions } from "../../src/telemetry/index.ts";
import { collect } from "../support/collect.ts";
import { rejection } from "../support/failure.ts";
import { Recorder } from "../support/telemetry.ts";
import { hello } from "../support/ways.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What a program prints that counts, and maybe refuses, imports of the API. */
function program(installed: boolean, body: string): unknown {
  const code = `
    import { registerHooks } from "node:module";
    let looked = 0;
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier !== "@opentelemetry/api") return next(specifier, context);
        looked++;
        if (${installed}) return next(specifier, context);
        throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
      },
    });
    const { withTelemetry } = await import("./src/telemetry/index.ts");
    const { rehearsal } = await import("./src/providers/rehearsal/rehearsal.ts");
    const request = { messages: [{ role: "user", parts: [{ type: "text", text: "echo: hi" }] }] };
    ${body}`;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", code];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  assert.equal(stderr, "");
  assert.equal(status, 0);
  return JSON.parse(stdout);
}

const calls = `
  const wrapped = withTelemetry(rehearsal());
  const before = looked;
  const together = await Promise.all([wrapped.complete(request), wrapped.complete(request)]);
  const { text } = await withTelemetry(rehearsal()).complete(request);
  const events = await Array.fromAsync(wrapped.stream(request));
  const texts = [...together.map((response) => response.text), text, events.at(-1).response.text];
  console.log(JSON.stringify({ before, looked, texts }));`;

for (const installed of [false, true]) {
  test(`with the API ${installed ? "" : "not "}installed: looked for at the first call, once, and silent`, () => {
    const texts = ["hi", "hi", "hi", "hi"];
    assert.deepEqual(program(installed, calls), { before: 0, looked: 1, texts });
  });
}

const refuse = (): never => {
  throw new Error("telemetry is broken");
};

/** Telemetry that fails in one way each. */
const broken: readonly (readonly [string, (recorder: Recorder) => TelemetryOptions])[] = [
  ["no span is started", () => ({ tracer: { startSpan: refuse } })],
  ["there is no tracer", () => ({ api: { ...api, trace: { getTracer: refuse, setSpan: refuse } } })],
  ["no context is known", () => ({ api: { ...api, context: { active: refuse, with: refuse } } })],
  ["nothing can be run in a context", () => ({ api: withContext(refuse) })],
  ["a context runs nothing", () => ({ api: withContext(() => undefined) })],
  [
    "a context runs twice, then fails",
    () => ({
      api: withContext((_, run) => {
        run();
        run();
        refuse();
      }),
    }),
  ],
  ["a span takes nothing", () => ({ tracer: { startSpan: () => brokenSpan(refuse) } })],
  ["a span says it is none", () => ({ tracer: { startSpan: () => undefined as never } })],
  ["there are no instruments", () => ({ meter: { createHistogram: refuse } })],
  ["nothing is measured", () => ({ meter: { createHistogram: () => ({ record: refuse }) } })],
  ["there is nothing at all", () => ({ api: {} as TelemetryApi })],
];

function withContext(run: TelemetryApi["context"]["with"]): TelemetryApi {
  return { ...api, context: { active: () => api.context.active(), with: run } };
}

function brokenSpan(method: () => never): ReturnType<NonNullable<TelemetryOptions["tracer"]>["startSpan"]> {
  return {
    isRecording: () => true,
    setAttributes: method,
    addEvent: method,
    setStatus: method,
    end: method,
  };
}

for (const [what, options] of broken) {
  test(`telemetry that fails alters no call: ${what}`, async () => {
    const recorder = new Recorder();
    const inner = rehearsal();
    let asked = 0;
    const counted = {
      ...inner,
      complete: (...args: Parameters<typeof inner.complete>) => (asked++, inner.complete(...args)),
    };
    // No default tracer or meter of the recorder's where the API itself is what is broken.
    const given = options(recorder);
    const model = withTelemetry(counted, { api, ...given });
    assert.deepEqual((await model.complete(hello)).message, (await inner.complete(hello)).message);
    const failing = { messages: [{ role: "user", parts: [{ type: "text", text: "error: no" }] }] } as const;
    const error = await rejection(model.complete(failing));
    assert.equal(error instanceof Error && error.name, "ModelError");
    assert.equal((await collect(model.stream(hello))).at(-1)?.type, "response");
    assert.equal(asked, 3, "each call is made once");
  });
}

test("what a listener throws is still thrown, and told as the call's failure", async () => {
  const recorder = new Recorder();
  const error = new RangeError("the listener's");
  const run = {
    onEvent: () => {
      throw error;
    },
  };
  assert.equal(await rejection(recorder.watch(rehearsal()).complete(hello, run)), error);
  assert.equal(recorder.span().attributes["error.type"], "RangeError");
});

test("an SDK that is set up late, or replaced, is found", async () => {
  const model = withTelemetry(rehearsal(), { api });
  await model.complete(hello);
  for (const name of ["one", "two"]) {
    const exporter = new InMemorySpanExporter();
    api.trace.disable();
    api.trace.setGlobalTracerProvider(
      new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    );
    await model.complete(hello);
    const scopes = exporter.getFinishedSpans().map(({ instrumentationScope }) => instrumentationScope.name);
    assert.deepEqual(scopes, ["colloquy"], name);
  }
});

test("a content limit must be one", () => {
  for (const contentLimit of [0, -1, Number.NaN]) {
    assert.throws(() => withTelemetry(rehearsal(), { contentLimit }), ConfigurationError);
  }
});
