import type { Fields } from "../conformance/facts.ts";
import type { KnownDifference } from "./known-difference.ts";
import { word } from "./reading.ts";

export const responsesDifferences: readonly KnownDifference[] = [
  {
    kind: "sdk-refuses",
    name: "changing ids",
    reason: "GitHub Copilot names the same answer anew in each event. We go by an item's place, which stays.",
    says: /Lifecycle response identity changed/,
    when: ({ events }) => {
      const answers = events.map(({ response }) => response as Fields | undefined);
      return new Set(answers.filter(Boolean).map((answer) => answer?.["id"])).size > 1;
    },
  },
  {
    kind: "sdk-refuses",
    name: "new kind of event",
    reason:
      "The events of an `apply_patch` call are not in the SDK's list, and it throws. We keep what we do not know.",
    says: /Unhandled response stream event/,
    when: ({ events }) =>
      events.some(({ type }) => word(type).startsWith("response.apply_patch_call_operation_diff.")),
  },
];
