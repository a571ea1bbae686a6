import assert from "node:assert/strict";
import { test } from "node:test";
import type { DataPoint, Histogram } from "@opentelemetry/sdk-metrics";
import type { Meter } from "../../src/telemetry/index.ts";
import * as say from "../support/answers.ts";
import { virtualSystem } from "../support/clock.ts";
import { rejection } from "../support/failure.ts";
import { anthropic, answers, Recorder } from "../support/telemetry.ts";
import { hello } from "../support/ways.ts";
import { written } from "../support/written.ts";

const common = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "anthropic",
  "gen_ai.request.model": "claude-3-7-sonnet-20250219",
  "server.address": "api.anthropic.com",
  "server.port": 443,
};
const answered = { ...common, "gen_ai.response.model": "test-model" };
const seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

const facts = ({ attributes, value }: DataPoint<Histogram>): unknown => ({
  attributes,
  count: value.count,
  sum: value.sum,
});

test("tokens, the time until the first part, and the whole time, in the bounds of the conventions", async () => {
  const recorder = new Recorder();
  const { clock } = virtualSystem();
  const { fetch, write, close } = written();
  const answer = recorder.watch(anthropic(fetch), { clock }).complete(hello);
  await write(say.messageStart);
  clock.advance(1500);
  await write(say.textStart() + say.textDelta("Hel"));
  clock.advance(500);
  await write(say.textDelta("lo") + say.blockStop() + say.messageDelta + say.messageStop);
  close();
  assert.equal((await answer).text, "Hello");

  const tokens = await recorder.points("gen_ai.client.token.usage");
  assert.deepEqual(tokens.map(facts), [
    { attributes: { ...answered, "gen_ai.token.type": "input" }, count: 1, sum: 11 },
    { attributes: { ...answered, "gen_ai.token.type": "output" }, count: 1, sum: 7 },
  ]);
  assert.deepEqual(
    tokens[0]?.value.buckets.boundaries,
    [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
  );
  const first = await recorder.points("gen_ai.client.operation.time_to_first_chunk");
  assert.deepEqual(first.map(facts), [{ attributes: answered, count: 1, sum: 1.5 }]);
  assert.deepEqual(first[0]?.value.buckets.boundaries, seconds);
  const duration = await recorder.points("gen_ai.client.operation.duration");
  assert.deepEqual(duration.map(facts), [{ attributes: answered, count: 1, sum: 2 }]);
  assert.deepEqual(duration[0]?.value.buckets.boundaries, seconds);
  assert.equal(recorder.span().attributes["gen_ai.response.time_to_first_chunk"], 1.5);
});

test("a failure is measured with its type, and with no tokens that nobody reported", async () => {
  const recorder = new Recorder();
  const { clock } = virtualSystem();
  const refused = recorder.watch(anthropic(answers(529), { retries: 0 }), { clock });
  await rejection(refused.complete(hello));
  const attributes = { ...common, "error.type": "overloaded" };
  const duration = await recorder.points("gen_ai.client.operation.duration");
  assert.deepEqual(duration.map(facts), [{ attributes, count: 1, sum: 0 }]);
  assert.deepEqual(await recorder.points("gen_ai.client.token.usage"), []);
  assert.deepEqual(await recorder.points("gen_ai.client.operation.time_to_first_chunk"), []);
});

test("of an answer that was cut, what went in is counted, and not what came out", async () => {
  const recorder = new Recorder();
  const cut = recorder.watch(anthropic(answers(say.halfStream), { retries: 0 }));
  await rejection(cut.complete(hello));
  const tokens = await recorder.points("gen_ai.client.token.usage");
  assert.deepEqual(tokens.map(facts), [
    { attributes: { ...answered, "gen_ai.token.type": "input" }, count: 1, sum: 11 },
  ]);
});

test("answers that are not streamed have no first chunk", async () => {
  const recorder = new Recorder();
  const fetch = answers(JSON.stringify(say.wholeAnswer("Hello")));
  await recorder.watch(anthropic(fetch, { streaming: false })).complete(hello);
  assert.deepEqual(await recorder.points("gen_ai.client.operation.time_to_first_chunk"), []);
  const { attributes } = recorder.span();
  assert.equal(attributes["gen_ai.request.stream"], undefined);
  assert.equal(attributes["gen_ai.response.time_to_first_chunk"], undefined);
  assert.equal(attributes["gen_ai.usage.output_tokens"], 7);
});

test("many models share their instruments, which are made once", async () => {
  const recorder = new Recorder();
  const made: string[] = [];
  const meter: Meter = {
    createHistogram: (name, options) => {
      made.push(name);
      return recorder.meter.createHistogram(name, options);
    },
  };
  for (let i = 0; i < 3; i++) {
    await recorder.watch(anthropic(answers(say.stream("Hello"))), { meter }).complete(hello);
  }
  assert.equal(made.length, 3);
  const duration = await recorder.points("gen_ai.client.operation.duration");
  assert.deepEqual(
    duration.map(({ value }) => value.count),
    [3],
  );
});
