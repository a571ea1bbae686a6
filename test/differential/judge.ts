import { isDeepStrictEqual } from "node:util";
import { differ, type Difference } from "../conformance/compare.ts";
import type { KnownDifference } from "./known-difference.ts";
import type { Facts, Reading } from "./reading.ts";
import type { Wire } from "./wire.ts";

/** What two readings of one answer come to. */
export type Verdict =
  | { readonly is: "equal" }
  | { readonly is: "both-fail" }
  | { readonly is: "known"; readonly rules: readonly KnownDifference[] }
  | { readonly is: "different"; readonly differences: readonly Difference[] };

/** Compares two readings of an answer; what differs must be explained by the known differences, and wholly so. */
export function judge(wire: Wire, bySdk: Reading, byUs: Reading, known: readonly KnownDifference[]): Verdict {
  const rules = known.filter((rule) => rule.when(wire));
  if (bySdk.ends === "failure" && byUs.ends === "failure") {
    // An error inside a 200 has a status at us and none at the SDKs.
    const differences = wire.status < 400 ? [] : differ("status", bySdk.status, byUs.status, readers);
    return differences.length > 0 ? { is: "different", differences } : { is: "both-fail" };
  }
  if (bySdk.ends === "failure") {
    const rule = rules.find((rule) => rule.kind === "sdk-refuses" && rule.says.test(bySdk.message));
    return rule === undefined ? failed("the SDK", bySdk.message) : { is: "known", rules: [rule] };
  }
  if (byUs.ends === "failure") {
    const rule = rules.find((rule) => rule.kind === "we-refuse" && rule.says.test(byUs.message));
    return rule === undefined ? failed("we", byUs.message) : { is: "known", rules: [rule] };
  }
  if (differences(bySdk.facts, byUs.facts).length === 0) return { is: "equal" };
  const used: KnownDifference[] = [];
  let mended = bySdk.facts;
  for (const rule of rules) {
    if (rule.kind !== "sdk-misreads") continue;
    const next = rule.mend(mended, wire);
    if (!isDeepStrictEqual(next, mended)) used.push(rule);
    mended = next;
  }
  const left = differences(mended, byUs.facts);
  return left.length > 0 ? { is: "different", differences: left } : { is: "known", rules: used };
}

const readers = ["the SDK", "we"] as const;

function failed(who: string, message: string): Verdict {
  return { is: "different", differences: [{ feature: `${who} failed`, detail: message.slice(0, 200) }] };
}

function differences(bySdk: Facts, byUs: Facts): Difference[] {
  return [
    ...differ("text", bySdk.text, byUs.text, readers),
    ...differ("calls", bySdk.calls, ourCalls(bySdk, byUs), readers),
    ...differ("stop reason", bySdk.stop, byUs.stop, readers),
    ...differ("usage", bySdk.usage, byUs.usage, readers),
  ];
}

/** Where the vendor sent no id ours is our own: it must be there, and what it is does not matter. */
function ourCalls(bySdk: Facts, byUs: Facts): Facts["calls"] {
  return byUs.calls.map((call, at) =>
    bySdk.calls[at]?.id === "" && call.id !== "" ? { ...call, id: "" } : call,
  );
}
