import { ModelError } from "../../llm/errors.ts";
import type { DecodedEvent } from "../../llm/event.ts";
import { isCutJson, isObject, own, parseJson, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { StopReason } from "../../llm/response.ts";
import type { Decoder } from "../protocol.ts";
import { citations, mergeFields, webSearches } from "./citations.ts";
import { PartReader } from "./decode-parts.ts";
import { decodeErrorEvent } from "./errors.ts";
import { others } from "./names.ts";
import { decodeUsage, mergeUsage, otherThanCounts } from "./usage.ts";
import { answerFields, candidateFields, entry, finishNumbers, finishReasons } from "./wire.ts";

/**
 * Reads one answer of generateContent: an object, a stream of them as events, or the same as one JSON list. A stream
 * has no end mark; it is whole when its body ends after some chunk had a finish reason, or one for blocking the
 * prompt. No text template is of use here: the usage in each chunk differs from the last one's.
 */
export class GeminiDecoder implements Decoder {
  readonly #emit: (event: DecodedEvent) => void;
  readonly #parts: PartReader;
  #usage: JsonObject | undefined;
  #finishReason: string | undefined;
  #blocked: string | undefined;
  /** The candidate's fields without a neutral name, and the answer's. */
  #candidate: JsonObject = {};
  #vendor: JsonObject = {};
  #others: JsonValue[] = [];
  #started = false;
  #done = false;

  constructor(emit: (event: DecodedEvent) => void) {
    this.#emit = emit;
    this.#parts = new PartReader(emit);
  }

  push(data: string, event: string): void {
    const chunk = parseJson(data);
    if (isObject(chunk)) {
      this.#chunk(chunk, data);
      return;
    }
    // Put at the end by gateways that are used to another protocol.
    if (data === "[DONE]") return;
    if (event === "error") throw decodeErrorEvent({ error: data });
    throw malformed("a chunk is not a JSON object", data);
  }

  whole(body: string): void {
    const value = parseJson(body);
    if (value === undefined && isCutJson(body)) {
      throw new ModelError("the answer was cut", { kind: "truncated", body: body.slice(0, 2048) });
    }
    if (Array.isArray(value)) {
      for (const chunk of value as readonly JsonValue[]) {
        if (!isObject(chunk)) throw malformed("a chunk is not a JSON object", body);
        this.#chunk(chunk, body);
      }
      this.end();
      return;
    }
    if (!isObject(value)) throw malformed("the answer is not a JSON object", body);
    this.#chunk(value, body);
    this.#finish();
  }

  end(): void {
    if (this.#done) return;
    if (!this.#started) throw new ModelError("the answer has no chunk", { kind: "truncated" });
    if (this.#finishReason === undefined && this.#blocked === undefined) {
      throw new ModelError("the answer was cut: no chunk has a finish reason", { kind: "truncated" });
    }
    this.#finish();
  }

  #chunk(chunk: JsonObject, data: string): void {
    if (isObject(chunk["error"]) || typeof chunk["error"] === "string") {
      // What was said before it is told to its end, but no call ever becomes whole.
      this.#parts.breakOff();
      throw decodeErrorEvent(chunk);
    }
    const { usageMetadata } = chunk;
    const candidates = own(chunk, "candidates") ?? [];
    if (!Object.keys(chunk).some((key) => answerFields.has(key) || key === "promptFeedback")) {
      throw malformed("a chunk has none of the fields of an answer", data);
    }
    if (!Array.isArray(candidates)) throw malformed("the candidates are no list", data);
    this.#start(chunk);
    const unknown = others(chunk, answerFields);
    if (unknown !== undefined) this.#vendor = mergeFields(this.#vendor, unknown);
    const feedback = own(chunk, "promptFeedback");
    if (isObject(feedback)) this.#blocked = word(feedback["blockReason"]) ?? this.#blocked;
    for (const candidate of candidates as readonly JsonValue[]) {
      if (!isObject(candidate)) throw malformed("a candidate is not an object", data);
      // There is one answer here; what else was asked for is kept beside it.
      if (typeof candidate["index"] === "number" && candidate["index"] > 0) this.#others.push(candidate);
      else this.#readCandidate(candidate, data);
    }
    this.#readUsage(usageMetadata);
  }

  #start(chunk: JsonObject): void {
    if (this.#started) return;
    this.#started = true;
    const { responseId, modelVersion } = chunk;
    const id = typeof responseId === "string" ? responseId : "";
    this.#parts.answerId = id === "" ? fingerprint(chunk) : id.replace(/[^\w-]/g, "").slice(0, 40);
    this.#emit({ type: "start", id, model: typeof modelVersion === "string" ? modelVersion : "" });
  }

  #readCandidate(candidate: JsonObject, data: string): void {
    const content = own(candidate, "content");
    const parts = isObject(content) ? (own(content, "parts") ?? []) : [];
    const list: readonly JsonValue[] = Array.isArray(parts) ? parts : [parts];
    if (!list.every(isObject)) throw malformed("a part is not an object", data);
    this.#parts.push(list);
    this.#finishReason = word(candidate["finishReason"]) ?? this.#finishReason;
    const unknown = others(candidate, candidateFields);
    if (unknown !== undefined) this.#candidate = mergeFields(this.#candidate, unknown);
  }

  #readUsage(usage: JsonValue | undefined): void {
    this.#usage = mergeUsage(this.#usage, usage);
    const facts = isObject(usage) ? otherThanCounts(usage) : undefined;
    if (facts !== undefined) this.#vendor = mergeFields(this.#vendor, { usageMetadata: facts });
    if (this.#usage === undefined) return;
    this.#emit({ type: "usage", usage: decodeUsage(this.#usage, webSearches(this.#candidate)) });
  }

  #finish(): void {
    this.#done = true;
    const raw = this.#finishReason ?? this.#blocked ?? null;
    const reason = this.#reason();
    const said = reason === "end_turn" || reason === "tool_use";
    this.#parts.end(citations(this.#candidate), !said);
    const more = this.#others.length > 0 && { candidates: this.#others };
    const vendor = { ...this.#vendor, ...this.#candidate, ...more };
    this.#emit({ type: "stop", reason, raw, ...(Object.keys(vendor).length > 0 && { vendor }) });
  }

  #reason(): StopReason {
    if (this.#finishReason === undefined) return this.#blocked === undefined ? "unknown" : "content_filter";
    const reason =
      entry(finishReasons, this.#finishReason) ?? entry(finishNumbers, this.#finishReason) ?? "unknown";
    return reason === "end_turn" && this.#parts.called ? "tool_use" : reason;
  }
}

/** A name for an answer that came without one, so that ids made from it differ from those of other answers: FNV-1a. */
function fingerprint(chunk: JsonObject): string {
  const text = JSON.stringify(chunk);
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** A vendor's word, which may be a number. */
function word(value: JsonValue | undefined): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function malformed(why: string, data: string): ModelError {
  return new ModelError(`not Google's generateContent protocol: ${why}`, {
    kind: "malformed",
    ...(data !== "" && { body: data.slice(0, 2048) }),
  });
}
