import { isDeepStrictEqual } from "node:util";
import { isObject as isRecord, type JsonObject } from "../../src/llm/json.ts";
import { encode, type Target } from "../../src/protocols/protocol.ts";
import { defaultCaps } from "../../src/providers/exchange.ts";
import { compareAnswers, compareErrors, differ, type Compared, type Difference } from "./compare.ts";
import { Evidence } from "./evidence.ts";
import { deltaTexts, factsOf, partTexts, type AnswerFacts } from "./facts.ts";
import { plainTarget, readAnswer, type Outcome } from "./in-memory.ts";
import { modelNames } from "./model-names.ts";
import { readTrace, traceFiles, type RecordedExchange } from "./read-trace.ts";
import { requestDifferences } from "./same-request.ts";
import { Scoreboard, type Kind } from "./scoreboard.ts";
import { Random } from "./random.ts";
import type { Subject } from "./walked.ts";

/** Reads every trace below a folder and compares each exchange with its second reading. `evidence` hears whose it was. */
export async function runConformance(
  folder: string,
  subjects: Readonly<Record<string, Subject>>,
  evidence = new Evidence(),
): Promise<Scoreboard> {
  const board = new Scoreboard();
  for (const file of traceFiles(folder)) {
    const trace = readTrace(file, folder);
    if ("reason" in trace) {
      board.skip(`no trace: ${trace.reason}`, 1, trace.file);
      continue;
    }
    const subject = Object.hasOwn(subjects, trace.protocol) ? subjects[trace.protocol] : undefined;
    if (subject === undefined) {
      board.skip(`protocol not built yet: ${trace.protocol}`, trace.exchanges.length);
      continue;
    }
    for (const [at, exchange] of trace.exchanges.entries()) {
      const name = `${trace.name}${trace.exchanges.length > 1 ? ` #${at + 1}` : ""}`;
      const { status, request } = exchange;
      const provider = `${trace.protocol}/${trace.provider}`;
      const target = { ...plainTarget, dialect: subject.dialect?.(trace.provider) ?? {} };
      const models = modelNames(subject, exchange);
      const add = (kind: Kind, compared: Compared): void => {
        board.add(kind, provider, name, compared);
        const agrees = compared.differences.length === 0;
        evidence.add({ kind, agrees, protocol: trace.protocol, service: trace.provider, models });
      };
      if (isRecord(request)) {
        add("requests", await tried(() => rebuilt(subject, request, exchange.url, target)));
      } else board.skip(`requests: ${request === null ? "none recorded" : "the body is no JSON object"}`, 1);
      if (status < 200 || (status >= 300 && status < 400)) board.skip(`status ${status} is no answer`, 1);
      else {
        const compared = await tried(() => check(subject, exchange, target));
        add(status < 400 ? "responses" : "errors", compared);
      }
    }
  }
  return board;
}

/** Whatever is thrown, by our code or by the walk that meets what it does not know, is a failure to be listed. */
async function tried(compare: () => Compared | Promise<Compared>): Promise<Compared> {
  try {
    return await compare();
  } catch (error) {
    const detail =
      error instanceof Error
        ? (error.stack ?? error.message).split("\n").slice(0, 2).join(" ")
        : String(error);
    return { shown: [], differences: [{ feature: "thrown", detail }] };
  }
}

/** A recorded request, read into neutral words and written again, must say the same. */
function rebuilt({ protocol, canonical }: Subject, body: JsonObject, url: string, to: Target): Compared {
  const { pathname = "", search = "" } = URL.parse(url) ?? {};
  const { model, stream, request } = protocol.readRequest(body, pathname + search);
  const target = { ...to, model, stream, maxOutputTokens: request.maxOutputTokens ?? 0 };
  const written: unknown = JSON.parse(encode(protocol, request, target));
  const differences = requestDifferences(body, written, canonical);
  return { shown: ["request"], differences: differences.map((detail) => ({ feature: "request", detail })) };
}

async function check(subject: Subject, sent: RecordedExchange, target: Target): Promise<Compared> {
  const bytes = new TextEncoder().encode(sent.body);
  const read = (chunks: Uint8Array[]): Promise<Outcome> =>
    readAnswer(subject.protocol, { ...sent, chunks }, defaultCaps, target);
  const whole = await read([bytes]);
  const cut = await read(randomChunks(bytes));
  const { shown, differences } = judge(subject, sent, whole);
  // The borders of chunks are the network's business and must not show.
  const same = isDeepStrictEqual(comparable(whole), comparable(cut));
  return { shown, differences: [...differences, ...differ("chunk borders", true, same)] };
}

function judge(subject: Subject, sent: RecordedExchange, { events, answer, error }: Outcome): Compared {
  if (sent.status >= 400) {
    if (error === undefined) return failed("error", "an answer was read");
    return compareErrors(subject.error(sent), error, sent, false);
  }
  const walked = subject.walk(sent.body);
  if (walked.ends === "whole") {
    if (answer === undefined) return failed("thrown", `${error?.kind}: ${error?.message}`);
    const compared = compareAnswers(walked.facts, factsOf(answer));
    const deltas = differ("deltas", partTexts(answer.message.parts), deltaTexts(events));
    return { shown: [...compared.shown, "deltas"], differences: [...compared.differences, ...deltas] };
  }
  if (error === undefined) return failed(walked.ends, "it was taken for a finished answer");
  const kept = differ("kept of a failed answer", true, isBeginning(error.partial?.parts ?? [], walked.facts));
  if (walked.ends === "cut")
    return { shown: ["cut"], differences: [...differ("cut", "truncated", error.kind), ...kept] };
  const compared = compareErrors(subject.error(sent, walked.error), error, sent, true);
  return { shown: compared.shown, differences: [...compared.differences, ...kept] };
}

/** Whether finished parts are among the parts of the whole, in their order. */
function isBeginning(parts: Parameters<typeof partTexts>[0], facts: AnswerFacts | undefined): boolean {
  const kinds = facts?.parts.map(({ kind }) => kind) ?? [];
  return parts.every(
    (part) => kinds.splice(0, kinds.indexOf(part.type as (typeof kinds)[number]) + 1).length > 0,
  );
}

function failed(feature: string, detail: string): Compared {
  return { shown: [feature], differences: [{ feature, detail } satisfies Difference] };
}

function comparable({ events, answer, error }: Outcome): unknown {
  return { events, answer, error: error && { ...error.toJSON(), partial: error.partial, body: error.body } };
}

/** Chunks of 1 to 200 bytes, the same in each run. */
function randomChunks(bytes: Uint8Array): Uint8Array[] {
  const random = new Random(bytes.length);
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < bytes.length;) {
    const to = from + 1 + random.below(200);
    chunks.push(bytes.subarray(from, to));
    from = to;
  }
  return chunks;
}
