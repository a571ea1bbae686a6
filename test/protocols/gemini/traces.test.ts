import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../../src/llm/json.ts";
import { gemini } from "../../../src/protocols/gemini/index.ts";
import { encode, type Protocol } from "../../../src/protocols/protocol.ts";
import { compareAnswers, compareErrors } from "../../conformance/compare.ts";
import { factsOf } from "../../conformance/facts.ts";
import { canonicalGemini, geminiError, walkGemini } from "../../conformance/gemini-walk.ts";
import { readAnswer } from "../../conformance/in-memory.ts";
import { readTrace, traceFiles, type RecordedExchange } from "../../conformance/read-trace.ts";
import { requestDifferences } from "../../conformance/same-request.ts";
import { tracesFolder } from "../../conformance/traces-folder.ts";

interface Recorded {
  readonly name: string;
  readonly exchange: RecordedExchange;
  readonly url: string;
}

function recordings(): Recorded[] {
  if (tracesFolder === undefined) return [];
  const folder = tracesFolder;
  return traceFiles(path.join(folder, "gemini")).flatMap((file) => {
    const trace = readTrace(file, folder);
    assert.ok(!("reason" in trace), file);
    const raw = JSON.parse(readFileSync(file, "utf8")) as { exchanges: { request?: { url?: string } }[] };
    return trace.exchanges.map((exchange, at) => ({
      name: `${trace.name} #${at + 1}`,
      exchange,
      url: raw.exchanges[at]?.request?.url ?? "",
    }));
  });
}

const all = recordings();
const skip = all.length === 0 && "no traces here";
const protocol = gemini;

function read(body: string, status = 200): ReturnType<typeof readAnswer> {
  return readAnswer(protocol, { status, chunks: [new TextEncoder().encode(body)] });
}

test("gemini traces: every answer", { skip }, async () => {
  const failures: string[] = [];
  const answers = all.filter(({ exchange }) => exchange.status < 400);
  for (const { name, exchange } of answers) {
    const walked = walkGemini(exchange.body);
    const { answer, error } = await read(exchange.body);
    if (walked.ends !== "whole" || answer === undefined)
      failures.push(`${name}: ${walked.ends}, ${error?.message}`);
    else {
      const { differences } = compareAnswers(walked.facts, factsOf(answer));
      failures.push(...differences.map(({ feature, detail }) => `${name}\n  ${feature}: ${detail}`));
    }
  }
  console.log(`gemini: ${answers.length} answers, ${failures.length} differences`);
  assert.deepEqual(failures, []);
});

test("gemini traces: a stream and the whole answer with its parts say the same", { skip }, async () => {
  let compared = 0;
  for (const { name, exchange } of all) {
    if (exchange.status >= 400 || !exchange.body.startsWith("data:")) continue;
    const { answer } = await read(exchange.body);
    const chunks = exchange.body.split(/\r?\n/).filter((line) => line.startsWith("data:"));
    const asList = await read(`[${chunks.map((line) => line.slice(5)).join(",")}]`);
    assert.ok(isDeepStrictEqual(answer, asList.answer), name);
    compared++;
  }
  console.log(`gemini: ${compared} streams read as JSON lists, too`);
});

test("gemini traces: every request", { skip }, () => {
  const failures: string[] = [];
  const requests = all.filter(({ exchange }) => exchange.request !== null);
  for (const { name, exchange, url } of requests) {
    const sent = exchange.request as JsonObject;
    const { model, stream, request } = gemini.readRequest(sent, new URL(url).pathname);
    const target = { model, stream, maxOutputTokens: 0 };
    for (const thinking of ["none", "budget", "adaptive"] as const) {
      const rebuilt: unknown = JSON.parse(
        encode(withTarget({ ...target, thinking }), request, { ...target, thinking }),
      );
      for (const each of requestDifferences(sent, rebuilt, canonicalGemini))
        failures.push(`${name}\n  ${each}`);
    }
    const ending = `/${gemini.path({ ...target, thinking: "none" })}`.slice(1);
    if (!new URL(url).pathname.endsWith(ending.replace(/\?.*/, "")))
      failures.push(`${name}\n  path ${ending}`);
  }
  console.log(
    `gemini: ${requests.length} requests, ${failures.length} differences; ${all.length - requests.length} without`,
  );
  assert.deepEqual(failures, []);
});

function withTarget(target: Parameters<typeof gemini.path>[0]): Protocol {
  return {
    ...protocol,
    message: (message) => gemini.message(message, target),
    lastMessage: (message, request) => gemini.lastMessage(message, request, target),
  };
}

test("gemini traces: every error", { skip }, async () => {
  const failures: string[] = [];
  const errors = all.filter(({ exchange }) => exchange.status >= 400);
  for (const { name, exchange } of errors) {
    const { error } = await read(exchange.body, exchange.status);
    assert.ok(error, name);
    const { differences } = compareErrors(geminiError(exchange), error, exchange, false);
    failures.push(...differences.map(({ feature, detail }) => `${name}\n  ${feature}: ${detail}`));
  }
  console.log(`gemini: ${errors.length} errors, ${failures.length} differences`);
  assert.deepEqual(failures, []);
});
