import { isDeepStrictEqual } from "node:util";
import type { ModelError } from "../../src/llm/errors.ts";
import type { AnswerFacts, PartFacts } from "./facts.ts";
import type { RecordedExchange } from "./read-trace.ts";
import type { ErrorFacts } from "./walked.ts";

/** What an exchange showed, and in which of it the two readings differ. */
export interface Compared {
  readonly shown: readonly string[];
  readonly differences: readonly Difference[];
}

export interface Difference {
  readonly feature: string;
  readonly detail: string;
}

/** Each feature: what of an answer belongs to it. An exchange shows the features that it has something of. */
const features: Readonly<Record<string, (facts: AnswerFacts) => readonly unknown[]>> = {
  parts: ({ parts }) => parts.map(({ kind }) => kind),
  text: pick("text", ({ text }) => [text]),
  citations: pick("text", ({ citations }) => (citations.length > 0 ? [citations] : [])),
  thinking: pick("thinking", ({ text, encrypted }) => (encrypted === null ? [text] : [])),
  signatures: pick("thinking", ({ signature }) => (signature === "" ? [] : [signature])),
  redacted: pick("thinking", ({ encrypted }) => (encrypted === null ? [] : [encrypted])),
  "tool calls": pick("tool-call", ({ id, name, input }) => [{ id, name, input }]),
  opaque: pick("opaque", ({ value }) => [value]),
  "part fields": ({ parts }) =>
    parts.flatMap((part, at) =>
      "extra" in part && Object.keys(part.extra).length > 0 ? [{ at, ...part.extra }] : [],
    ),
  "id, model": ({ id, model }) => [id, model],
  stop: ({ stop }) => [stop],
  usage: ({ usage }) => (usage === null ? [] : [usage]),
  fields: ({ extra }) => (Object.keys(extra).length > 0 ? [extra] : []),
};

function pick<Kind extends PartFacts["kind"]>(
  kind: Kind,
  of: (part: Extract<PartFacts, { kind: Kind }>) => readonly unknown[],
): (facts: AnswerFacts) => readonly unknown[] {
  const isKind = (part: PartFacts): part is Extract<PartFacts, { kind: Kind }> => part.kind === kind;
  return ({ parts }) => parts.filter(isKind).flatMap(of);
}

export function compareAnswers(expected: AnswerFacts, actual: AnswerFacts): Compared {
  const shown: string[] = [];
  const differences: Difference[] = [];
  for (const [feature, of] of Object.entries(features)) {
    const wanted = of(expected);
    if (wanted.length > 0) shown.push(feature);
    differences.push(...differ(feature, wanted, of(actual)));
  }
  return { shown, differences };
}

/** Compares an error with what it must say. `began`: the status was that of a success. */
export function compareErrors(
  expected: ErrorFacts,
  actual: ModelError,
  sent: RecordedExchange,
  began: boolean,
): Compared {
  const { kind, code, requestId, status, body = "" } = actual;
  const retryAfter = Number(sent.headers["retry-after"] ?? Number.NaN) * 1000;
  const waits = retryAfter > 0 && actual.retryable ? retryAfter : actual.retryAfterMs;
  return {
    shown: ["error"],
    differences: [
      ...differ("error kind", expected.kind, kind),
      ...differ("error code", expected.code, code),
      ...differ("error request id", expected.requestId, requestId),
      ...differ("error status", sent.status, status),
      ...differ("error message", true, actual.message.includes(expected.message)),
      ...differ("error wait", waits, actual.retryAfterMs),
      // Of a long body its beginning is kept.
      ...(began
        ? []
        : differ(
            "error body",
            true,
            body.length >= Math.min(sent.body.length, 1000) && sent.body.startsWith(body),
          )),
    ],
  };
}

/** One difference, or none. */
export function differ(
  feature: string,
  expected: unknown,
  actual: unknown,
  [first, second]: readonly [string, string] = ["sent", "read"],
): Difference[] {
  if (isDeepStrictEqual(expected, actual)) return [];
  const [left, right] = [show(expected), show(actual)];
  let same = 0;
  while (same < left.length && left[same] === right[same]) same++;
  const from = Math.max(0, same - 30);
  return [{ feature, detail: `${first} ${excerpt(left, from)}, ${second} ${excerpt(right, from)}` }];
}

function excerpt(text: string, from: number): string {
  return (from > 0 ? "..." : "") + text.slice(from, from + 100) + (text.length > from + 100 ? "..." : "");
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
