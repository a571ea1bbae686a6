import assert from "node:assert/strict";
import { test } from "node:test";
import { ModelError } from "../../../src/llm/errors.ts";
import type { JsonObject } from "../../../src/llm/json.ts";
import type { Message, Part } from "../../../src/llm/message.ts";
import { openaiResponses } from "../../../src/protocols/openai-responses/index.ts";
import { compareAnswers, compareErrors, differ, type Difference } from "../../conformance/compare.ts";
import { deltaTexts, factsOf, partTexts } from "../../conformance/facts.ts";
import { readAnswer } from "../../conformance/in-memory.ts";
import {
  canonicalResponses,
  responsesError,
  walkResponses,
} from "../../conformance/openai-responses-walk.ts";
import { readTrace, traceFiles, type RecordedExchange } from "../../conformance/read-trace.ts";
import { requestDifferences } from "../../conformance/same-request.ts";
import { tracesFolder } from "../../conformance/traces-folder.ts";
import { bodyOf, rebuilt, target } from "./support.ts";

function exchanges(): { name: string; exchange: RecordedExchange }[] {
  const folder = tracesFolder;
  if (folder === undefined) return [];
  return traceFiles(`${folder}/openai-responses`).flatMap((file) => {
    const trace = readTrace(file, folder);
    if ("reason" in trace) throw new Error(`${trace.file}: ${trace.reason}`);
    return trace.exchanges.map((exchange, at) => ({ name: `${trace.name} #${at + 1}`, exchange }));
  });
}

const all = exchanges();

function report(what: string, count: number, failures: readonly string[]): void {
  if (tracesFolder === undefined) console.log("openai-responses: no recordings on this machine");
  console.log(`openai-responses: ${what}: ${count - failures.length} of ${count}`);
  assert.deepEqual(failures, []);
}

test("openai-responses: recorded answers say what they say", async () => {
  const failures: string[] = [];
  const answers = all.filter(({ exchange }) => exchange.status < 400);
  for (const { name, exchange } of answers) {
    const bytes = new TextEncoder().encode(exchange.body);
    const differences: Difference[] = [];
    const walked = walkResponses(exchange.body);
    const { answer, error, events } = await readAnswer(openaiResponses, { ...exchange, chunks: [bytes] });
    if (walked.ends === "whole" && answer !== undefined) {
      differences.push(
        ...compareAnswers(walked.facts, factsOf(answer)).differences,
        ...differ("every part", walked.facts.parts, factsOf(answer).parts),
        ...differ("deltas", partTexts(answer.message.parts), deltaTexts(events)),
      );
    } else if (walked.ends === "error" && error !== undefined) {
      differences.push(
        ...compareErrors(responsesError(exchange, walked.error), error, exchange, true).differences,
      );
    } else differences.push(...differ("end", walked.ends, error?.message ?? "whole"));
    if (differences.length > 0) failures.push(`${name}: ${JSON.stringify(differences)}`);
  }
  report("answers", answers.length, failures);
});

test("openai-responses: recorded answers can be sent back whole", async () => {
  const failures: string[] = [];
  const answers = all.filter(({ exchange }) => exchange.status < 400);
  for (const { name, exchange } of answers) {
    const bytes = new TextEncoder().encode(exchange.body);
    const { answer } = await readAnswer(openaiResponses, { ...exchange, chunks: [bytes] });
    if (answer === undefined) continue;
    const sent = itemsOf(exchange.body);
    // With a message behind it, no reasoning is the last, which is left out.
    const parts: Part[] = [...answer.message.parts, { type: "text", text: "end", vendor: border }];
    const message: Message = { role: "assistant", parts };
    const back = JSON.parse(
      `[${openaiResponses.message(message, target({ stateless: false }))}]`,
    ) as unknown[];
    const differences = requestDifferences(sent, back.slice(0, -1), (items) => items);
    if (differences.length > 0) failures.push(`${name}: ${differences.join("; ")}`);
  }
  report("answers sent back", answers.length, failures);
});

const border = { protocol: "openai-responses", fields: { item: {} } };

/** The items of an answer as they ended; only an empty message has nothing to be sent back. */
function itemsOf(body: string): unknown[] {
  const lines = body.split(/\r?\n/).filter((line) => line.startsWith("data: {"));
  const events = lines.map((line) => JSON.parse(line.slice(6)) as JsonObject);
  const ended = events.filter(({ type }) => type === "response.output_item.done");
  const done = ended
    .sort((a, b) => Number(a["output_index"]) - Number(b["output_index"]))
    .map(({ item }) => item);
  if (done.length > 0) return done;
  if (!body.trimStart().startsWith("{")) return [];
  return (JSON.parse(body) as { output: unknown[] }).output;
}

test("openai-responses: recorded requests are rebuilt", () => {
  const requests = all.filter(({ exchange }) => exchange.request !== null);
  const failures: string[] = [];
  for (const { name, exchange } of requests) {
    const body = exchange.request as JsonObject;
    try {
      // Whatever the model and the provider are, a request that was read is what it was.
      for (const thinking of ["none", "adaptive"] as const) {
        for (const dialect of [{}, { stateless: false }]) {
          const differences = requestDifferences(
            body,
            rebuilt(body, { thinking, dialect }),
            canonicalResponses,
          );
          if (differences.length > 0) failures.push(`${name}: ${differences.join("; ")}`);
        }
      }
    } catch (error) {
      failures.push(`${name}: ${String(error)}`);
    }
  }
  report("requests", requests.length, failures);
});

test("openai-responses: recorded requests are read once and for all", () => {
  for (const { name, exchange } of all) {
    if (exchange.request === null) continue;
    const first = rebuilt(exchange.request as JsonObject);
    const { model, request } = openaiResponses.readRequest(first, "/responses");
    assert.deepEqual(bodyOf(request, { model }), withoutStream(first), name);
  }
});

function withoutStream(body: JsonObject): JsonObject {
  const { stream: _, ...others } = body;
  return others;
}

test("openai-responses: recorded errors are of the right kind", () => {
  const errors = all.filter(({ exchange }) => exchange.status >= 400);
  const failures: string[] = [];
  for (const { name, exchange } of errors) {
    const error = openaiResponses.decodeError(exchange.status, exchange.headers, exchange.body);
    assert.ok(error instanceof ModelError);
    const { differences } = compareErrors(responsesError(exchange), error, exchange, false);
    if (differences.length > 0) failures.push(`${name}: ${JSON.stringify(differences)}`);
  }
  report("errors", errors.length, failures);
});
