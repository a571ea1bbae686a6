import type { Fields } from "../conformance/facts.ts";
import { walkGemini } from "../conformance/gemini-walk.ts";
import { isRecord } from "../conformance/same-request.ts";
import { geminiCounts } from "./by-gemini.ts";
import type { KnownDifference } from "./known-difference.ts";
import type { Call } from "./reading.ts";
import type { Wire } from "./wire.ts";

export const geminiDifferences: readonly KnownDifference[] = [
  {
    kind: "sdk-refuses",
    name: "stream as an array",
    reason:
      "Without `alt=sse` a stream comes as a JSON array. The SDK always asks for SSE and reads nothing else.",
    says: /Incomplete JSON segment at the end/,
    when: ({ streamed, body }) => streamed && /^\s*\[/.test(body),
  },
  {
    kind: "sdk-misreads",
    name: "arguments in pieces",
    reason:
      "Vertex can stream a call's arguments as paths with values (`partialArgs`). The SDK hands on each piece as a call without a name; we put them together.",
    when: ({ events }) => events.some((event) => JSON.stringify(event).includes('"partialArgs"')),
    mend: (sdk, { body }) => ({ ...sdk, calls: assembled(body) }),
  },
  {
    kind: "sdk-misreads",
    name: "report without counts",
    reason:
      "`usageMetadata` names the kind of traffic and no number. To us that is no report: unknown is not zero.",
    when: (wire) => reports(wire).length > 0 && reports(wire).every((report) => counts(report).length === 0),
    mend: (sdk) => ({ ...sdk, usage: null }),
  },
  {
    kind: "sdk-misreads",
    name: "count left out at the end",
    reason:
      "A stream's last report leaves out a count that an earlier one had (after a built-in tool ran: the answer's tokens). Whoever takes the SDK's last chunk loses it. We keep a count until another comes, which may be too much but never too little.",
    when: (wire) => {
      const last = new Set(counts(reports(wire).at(-1) ?? {}));
      return (
        wire.streamed &&
        reports(wire)
          .flatMap(counts)
          .some((name) => !last.has(name))
      );
    },
    mend: (sdk, wire) => ({ ...sdk, usage: geminiCounts(Object.assign({}, ...reports(wire)) as Fields) }),
  },
];

/** The calls as the conformance test's own walk over the raw answer puts them together. */
function assembled(body: string): Call[] {
  const walked = walkGemini(body);
  const parts = walked.facts?.parts ?? [];
  return parts.flatMap((part) =>
    part.kind === "tool-call" ? [{ id: "", name: part.name, input: part.input }] : [],
  );
}

function reports({ events }: Wire): Fields[] {
  return events.map(({ usageMetadata }) => usageMetadata).filter(isRecord);
}

function counts(report: Fields): string[] {
  return Object.keys(report).filter((name) => name.endsWith("TokenCount"));
}
