import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { boundAnswer, boundInput } from "../../src/conversation/input-bound.ts";
import { schemaBound, valueBound } from "../../src/conversation/token-bound.ts";
import { refuseOptions, searchesOf } from "../../src/conversation/unbounded.ts";
import { History } from "../../src/llm/history.ts";
import { isObject } from "../../src/llm/json.ts";
import type { Request } from "../../src/llm/request.ts";
import { inputTokens, outputTokens, type Usage } from "../../src/llm/usage.ts";
import { defaultCaps } from "../../src/providers/exchange.ts";
import type { ModelInfo } from "../../src/providers/model.ts";
import { plainTarget, readAnswer } from "../conformance/in-memory.ts";
import { readTrace, traceFiles } from "../conformance/read-trace.ts";
import { subjects } from "../conformance/subjects.ts";
import { tracesFolder } from "../conformance/traces-folder.ts";

/*
 * What real providers counted, beside the most that we would have reserved: for each recorded answer that reports its
 * usage, from the bytes of its request, and from the report of the exchange before it.
 */

interface Counted {
  readonly name: string;
  readonly request: Request;
  readonly usage: Usage;
  readonly most: number;
  readonly how: "bytes" | "report";
}

async function counted(folder: string): Promise<Counted[]> {
  const all: Counted[] = [];
  for (const file of traceFiles(folder)) {
    const trace = readTrace(file, folder);
    if ("reason" in trace) continue;
    const subject = Object.hasOwn(subjects, trace.protocol) ? subjects[trace.protocol] : undefined;
    if (subject === undefined) continue;
    const { protocol } = subject;
    let before:
      | {
          readonly request: Request;
          readonly history: History;
          readonly known: ReturnType<typeof boundAnswer>;
        }
      | undefined;
    for (const [at, exchange] of trace.exchanges.entries()) {
      if (!isObject(exchange.request) || exchange.status >= 300) continue;
      const { pathname = "", search = "" } = URL.parse(exchange.url) ?? {};
      const { request, model: asked } = protocol.readRequest(exchange.request, pathname + search);
      const model: ModelInfo = { name: asked, provider: trace.provider, protocol: protocol.id };
      if (isEndless(request, model)) continue;
      const target = { ...plainTarget, dialect: subject.dialect?.(trace.provider) ?? {} };
      const chunks = [new TextEncoder().encode(exchange.body)];
      const { answer } = await readAnswer(protocol, { ...exchange, chunks }, defaultCaps, target);
      if (answer === undefined || answer.usage.source === "unknown" || inputTokens(answer.usage) === 0)
        continue;
      const messages = [...request.messages];
      const extra = schemaBound(request) + valueBound(request.providerOptions ?? {});
      const name = `${trace.name} #${at + 1}`;
      const add = (
        history: History,
        known: ReturnType<typeof boundAnswer>,
        how: Counted["how"],
      ): ReturnType<typeof boundInput> => {
        const bound = boundInput({ ...request, messages: history }, model, known);
        all.push({ name, request, usage: answer.usage, most: bound.tokens + extra, how });
        return bound;
      };
      const history = History.of(messages);
      let bound = add(history, undefined, "bytes");
      const earlier = before === undefined ? [] : [...before.request.messages];
      const goesOn =
        before !== undefined &&
        messages.length > earlier.length &&
        messages[earlier.length]?.role === "assistant" &&
        isDeepStrictEqual(messages.slice(0, earlier.length), earlier);
      let line = history;
      if (before !== undefined && goesOn) {
        line = before.history;
        for (const message of messages.slice(earlier.length + 1)) line = line.append(message);
        bound = add(line, before.known, "report");
      }
      const after = line.append(answer.message);
      before = { request, history: after, known: boundAnswer(bound, after, answer.message, answer.usage) };
    }
  }
  return all;
}

/** What a budget refuses before it is sent: the provider runs tools, or has more of the input than we sent. */
function isEndless(request: Request, model: ModelInfo): boolean {
  // A model that searches unasked. https://console.groq.com/docs/compound
  if (model.provider === "groq" && model.name.includes("compound")) return true;
  try {
    refuseOptions(request);
    return searchesOf(request, model, false) > 0;
  } catch {
    return true;
  }
}

/**
 * Models that think longer than the bound of their output lets them, as they were recorded: Qwen, which has a bound of
 * its own for that (`thinking_budget`).
 */
const thinksOn = /qwen/i;

test(
  "no provider counted more than would have been reserved",
  { skip: tracesFolder === undefined },
  async (t) => {
    const all = await counted(tracesFolder as string);
    const median = (how: Counted["how"]): string => {
      const ratios = all
        .filter((each) => each.how === how && Number.isFinite(each.most) && inputTokens(each.usage) > 1000)
        .map(({ usage, most }) => most / inputTokens(usage));
      return (ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? 0).toFixed(1);
    };
    const byReport = all.filter(({ how }) => how === "report").length;
    t.diagnostic(
      `${all.length - byReport} by bytes, median ${median("bytes")} times what was counted; ` +
        `${byReport} by the report before, ${median("report")} times`,
    );
    const tooMuch = all.filter(({ usage, most }) => inputTokens(usage) > most);
    assert.deepEqual(
      tooMuch.map(({ name, usage, most, how }) => `${name} by ${how}: ${inputTokens(usage)} of ${most}`),
      [],
    );
    const tooLong = all.filter(
      ({ name, request, usage }) =>
        outputTokens(usage) > (request.maxOutputTokens ?? Infinity) && !thinksOn.test(name),
    );
    assert.deepEqual(
      tooLong.map(
        ({ name, request, usage }) => `${name}: ${outputTokens(usage)} of ${request.maxOutputTokens}`,
      ),
      [],
    );
    assert.ok(all.length > 1000 && byReport > 200);
  },
);
