import type { DecodedEvent } from "../../llm/event.ts";
import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { Part, ThinkingPart } from "../../llm/message.ts";
import { merge, mergeDetails } from "./extras.ts";
import { filled, sameJson } from "./json.ts";
import { vendor } from "./media.ts";
import { PROTOCOL } from "./wire.ts";

type Emit = (event: DecodedEvent) => void;

interface OpenThinking {
  readonly index: number;
  readonly part: ThinkingPart;
  /** The fields that the text came in, and those that prove it. */
  names: readonly string[];
  proofs: JsonObject;
  /** The text, for a part whose proofs came after its beginning and that must be told whole. */
  readonly pieces: string[];
}

/**
 * The parts of an answer that are not calls. The wire has no borders between them: a message has one text and one
 * reasoning, which may come in turns, and both end with the answer. Only pieces of a list stand in an order of their own.
 */
export class Parts {
  readonly #emit: Emit;
  #next = 0;
  #text: number | undefined;
  #refusal: number | undefined;
  #thinking: OpenThinking | undefined;
  #audio: { readonly index: number; value: JsonObject } | undefined;
  #citations: JsonValue[] = [];
  /** Whether the model refused, in its own words. */
  refused = false;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** The number of a part that begins. */
  readonly number = (): number => this.#next++;

  text(text: string): void {
    if (text === "") return;
    if (this.#thinking?.names.includes("content") === true) this.#endThinking();
    if (this.#text === undefined) {
      this.#text = this.#begin({ type: "text", text: "" });
      for (const citation of this.#citations.splice(0)) this.cite(citation);
    }
    this.#emit({ type: "part-delta", index: this.#text, kind: "text", text });
  }

  refusal(text: string): void {
    if (text === "") return;
    this.refused = true;
    this.#refusal ??= this.#begin({ type: "text", text: "", ...vendor({ in: "refusal" }) });
    this.#emit({ type: "part-delta", index: this.#refusal, kind: "text", text });
  }

  /** A source of the text. It may come before the text does. */
  cite(citation: JsonValue): void {
    if (this.#text === undefined) this.#citations.push(citation);
    else this.#emit({ type: "part-delta", index: this.#text, kind: "citation", data: citation });
  }

  /** A source that the answer names elsewhere as well: where there is no text, it is not lost. */
  citeLast(citation: JsonValue): void {
    if (this.#text !== undefined) this.cite(citation);
  }

  /** Reasoning, the names of the fields that it stands in, and the fields that prove or hide it. */
  thinking(text: string, names: readonly string[], proofs: JsonObject | undefined): void {
    const open = this.#thinking;
    const apart =
      open !== undefined &&
      open.names.length > 0 &&
      names.length > 0 &&
      !names.some((name) => open.names.includes(name));
    // In a list the order means something.
    if (apart) this.#endThinking();
    if (names.includes("content")) this.endText();
    this.#thinking ??= this.#beginThinking(names, proofs ?? {});
    const thinking = this.#thinking;
    if (thinking !== open) {
      // All of this piece's fields are said with its beginning.
    } else if (proofs !== undefined || !names.every((name) => thinking.names.includes(name))) {
      thinking.names = [...new Set([...thinking.names, ...names])];
      thinking.proofs = mergeProofs(thinking.proofs, proofs ?? {});
    }
    if (text === "") return;
    thinking.pieces.push(text);
    this.#emit({ type: "part-delta", index: thinking.index, kind: "thinking", text });
  }

  #beginThinking(names: readonly string[], proofs: JsonObject): OpenThinking {
    const whole = mergeProofs({}, proofs);
    const fields = vendor({ in: names, ...whole });
    const part: ThinkingPart = { type: "thinking", text: "", protocol: PROTOCOL, ...fields };
    return { index: this.#begin(part), part, names, proofs: whole, pieces: [] };
  }

  #endThinking(): void {
    if (this.#thinking === undefined) return;
    const { index, part, names, proofs, pieces } = this.#thinking;
    this.#thinking = undefined;
    const fields = { in: names, ...proofs };
    const late = !sameJson(fields, part.vendor?.fields);
    const whole = { ...part, text: pieces.join(""), ...vendor(fields) };
    this.#emit({ type: "part-end", index, ...(late && { part: whole }) });
  }

  /** A part that comes whole. Between texts it stands where it stands. */
  whole(part: Part): void {
    this.endText();
    this.#end(this.#begin(part));
  }

  /** Sound, whose data and transcript come in pieces. */
  audio(piece: JsonObject): void {
    // Snowflake sends the empty form of it with each answer.
    if (this.#audio === undefined && !["id", "data", "transcript"].some((key) => filled(piece[key]))) return;
    this.#audio ??= { index: this.#begin(audioPart({})), value: {} };
    const { index, value } = this.#audio;
    const { data, ...more } = piece;
    const before = own(value, "data");
    const grown = typeof data === "string" && { data: (typeof before === "string" ? before : "") + data };
    this.#audio.value = { ...merge(value, more), ...grown };
    this.#emit({ type: "part-delta", index, kind: "vendor", data: piece });
  }

  endText(): void {
    if (this.#text === undefined) return;
    this.#end(this.#text);
    this.#text = undefined;
  }

  endList(): void {
    if (this.#thinking?.names.includes("content") === true) this.#endThinking();
    this.endText();
  }

  /** The answer ends, or breaks off; returns the citations that no text was there for. */
  end(): readonly JsonValue[] {
    this.#endThinking();
    this.endText();
    if (this.#refusal !== undefined) this.#end(this.#refusal);
    if (this.#audio !== undefined) {
      this.#emit({ type: "part-end", index: this.#audio.index, part: audioPart(this.#audio.value) });
    }
    this.#refusal = this.#audio = undefined;
    return this.#citations;
  }

  #begin(part: Part): number {
    const index = this.number();
    this.#emit({ type: "part-start", index, part });
    return index;
  }

  #end(index: number): void {
    this.#emit({ type: "part-end", index });
  }
}

function audioPart(audio: JsonObject): Part {
  return { type: "opaque", protocol: PROTOCOL, value: { type: "audio", audio } };
}

function mergeProofs(before: JsonObject, more: JsonObject): JsonObject {
  const merged = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(more)) {
    const earlier = merged.get(name);
    if (name === "reasoning_details") merged.set(name, mergeDetails(earlier, value));
    else merged.set(name, isObject(earlier) && isObject(value) ? merge(earlier, value) : value);
  }
  return Object.fromEntries(merged);
}
