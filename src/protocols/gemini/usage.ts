import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { usage, type Usage } from "../../llm/usage.ts";
import { others } from "./names.ts";
import { entry, modalities } from "./wire.ts";

/** The fields of `usageMetadata` that are counts; what else it says (service tier, traffic) goes along as it is. */
const counts: ReadonlySet<string> = new Set([
  "promptTokenCount",
  "cachedContentTokenCount",
  "candidatesTokenCount",
  "thoughtsTokenCount",
  "toolUsePromptTokenCount",
  "totalTokenCount",
  "promptTokensDetails",
  "cacheTokensDetails",
  "candidatesTokensDetails",
  "toolUsePromptTokensDetails",
]);

/** What `usageMetadata` says beside its counts. */
export function otherThanCounts(wire: JsonObject): JsonObject | undefined {
  return others(wire, counts);
}

/** A later report over an earlier one, field by field: each chunk's are totals, and the last has them all. */
export function mergeUsage(
  earlier: JsonObject | undefined,
  later: JsonValue | undefined,
): JsonObject | undefined {
  if (!isObject(later)) return earlier;
  let merged: Record<string, JsonValue> | undefined;
  for (const key of counts) {
    const value = own(later, key);
    if (value !== undefined && value !== null) (merged ??= { ...earlier })[key] = value;
  }
  return merged ?? earlier;
}

/**
 * Disjoint classes from the API's report. The prompt's tokens have the cached ones in them; what the API's own tools
 * read comes on top of them; an answer's tokens leave its thoughts out.
 */
export function decodeUsage(wire: JsonObject, webSearches: number): Usage {
  const prompt = count(wire["promptTokenCount"]) + count(wire["toolUsePromptTokenCount"]);
  const cacheRead = Math.min(count(wire["cachedContentTokenCount"]), prompt);
  const heard =
    ofModality(wire["promptTokensDetails"], "audio") +
    ofModality(wire["toolUsePromptTokensDetails"], "audio");
  const cachedAudio = ofModality(wire["cacheTokensDetails"], "audio");
  const inputAudio = Math.min(Math.max(heard - cachedAudio, 0), prompt - cacheRead);
  const candidates = count(wire["candidatesTokenCount"]);
  const outputAudio = Math.min(ofModality(wire["candidatesTokensDetails"], "audio"), candidates);
  const outputImage = Math.min(
    ofModality(wire["candidatesTokensDetails"], "image"),
    candidates - outputAudio,
  );
  const reasoning = count(wire["thoughtsTokenCount"]);
  return usage({
    input: prompt - cacheRead - inputAudio,
    cacheRead,
    inputAudio,
    output: candidates - outputAudio - outputImage + reasoning,
    outputAudio,
    outputImage,
    reasoning,
    webSearches,
  });
}

/** The tokens of one modality in a list of `{modality, tokenCount}`. */
function ofModality(details: JsonValue | undefined, modality: "audio" | "image"): number {
  if (!Array.isArray(details)) return 0;
  let sum = 0;
  for (const detail of details as readonly JsonValue[]) {
    if (isObject(detail) && entry(modalities, own(detail, "modality")) === modality)
      sum += count(detail["tokenCount"]);
  }
  return sum;
}

function count(value: JsonValue | undefined): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
