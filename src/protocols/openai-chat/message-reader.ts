import { isObject, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { DecodedEvent } from "../../llm/event.ts";
import { Calls } from "./calls.ts";
import { malformed } from "./errors.ts";
import type { Extras } from "./extras.ts";
import { filled } from "./json.ts";
import { readImage, readPiece } from "./media.ts";
import { Parts } from "./parts.ts";
import { detailsText, readProofs, readThinkingPiece } from "./reasoning.ts";
import { messageFields, reasoningFields, reasoningProofs } from "./wire.ts";

/** Takes the message of an answer apart, whether it comes in deltas or whole. */
export class MessageReader {
  readonly parts: Parts;
  readonly calls: Calls;
  readonly #extras: Extras;

  constructor(emit: (event: DecodedEvent) => void, extras: Extras) {
    this.parts = new Parts(emit);
    this.calls = new Calls(emit, this.parts.number);
    this.#extras = extras;
  }

  /** A delta, or a whole message, of the answer with this id. */
  read(message: JsonObject, answer: string, whole: boolean): void {
    this.#reasoning(message);
    this.#content(message["content"], whole);
    for (const key in message) {
      const value = message[key];
      if (value === null || value === undefined) continue;
      switch (key) {
        case "refusal":
          if (typeof value === "string") this.parts.refusal(value);
          break;
        case "annotations":
          if (Array.isArray(value)) for (const each of value as readonly JsonValue[]) this.parts.cite(each);
          break;
        case "audio":
          if (isObject(value)) this.parts.audio(value);
          break;
        case "images":
          if (Array.isArray(value)) for (const each of value as readonly JsonValue[]) this.#image(each);
          break;
        case "tool_calls":
          if (Array.isArray(value))
            for (const each of value as readonly JsonValue[]) this.#call(each, answer, whole);
          break;
        case "function_call":
          // The API's older form of a call, which it takes back in the newer one. Snowflake fills it with nothing.
          if (isObject(value) && (filled(value["name"]) || filled(value["arguments"])))
            this.#call({ index: "function_call", function: value }, answer, whole);
          break;
        default:
          if (!messageFields.has(key) && !isReasoning(key)) this.#extras.message(key, value);
      }
    }
  }

  #reasoning(message: JsonObject): void {
    // Asked of every chunk, and most have none: nothing is made before there is some.
    if (!Object.keys(message).some(isReasoning)) return;
    const proofs = filledProofs(message);
    const names = reasoningFields.filter((name) => filled(message[name]));
    const texts = new Set(names.map((name) => message[name] as string));
    if (texts.size === 0) {
      if (proofs !== undefined) this.parts.thinking(detailsText(proofs["reasoning_details"]), [], proofs);
      return;
    }
    let rest = proofs;
    for (const text of texts) {
      const same = names.filter((name) => message[name] === text);
      this.parts.thinking(text, same, rest);
      rest = undefined;
    }
  }

  #content(content: JsonValue | undefined, whole: boolean): void {
    if (typeof content === "string") this.parts.text(content);
    if (!Array.isArray(content)) return;
    for (const piece of content as readonly JsonValue[]) {
      if (!isObject(piece)) throw malformed("a piece of content is not an object", JSON.stringify(content));
      this.#piece(piece);
      // In a stream a piece may go on in the next chunk.
      if (whole) this.parts.endList();
    }
  }

  #piece(piece: JsonObject): void {
    const thinking = readThinkingPiece(piece);
    if (thinking !== undefined) {
      const { in: _, ...fields } = thinking.vendor?.fields ?? {};
      this.parts.thinking(thinking.text, ["content"], Object.keys(fields).length > 0 ? fields : undefined);
      return;
    }
    const part = readPiece(piece);
    if (part.type === "text" && part.vendor === undefined) this.parts.text(part.text);
    else if (part.type !== "opaque" || piece["type"] !== "text" || piece["text"] !== "")
      this.parts.whole(part);
  }

  #image(image: JsonValue): void {
    if (isObject(image)) this.parts.whole(readImage(image));
    else this.#extras.message("images", [image]);
  }

  #call(call: JsonValue, answer: string, whole: boolean): void {
    if (!isObject(call)) throw malformed("a tool call is not an object", JSON.stringify(call));
    this.calls.piece(call, answer, whole);
  }

  /** The answer is complete; `cut` where its bound ended it. */
  end(answer: string, cut: boolean): void {
    for (const source of this.#extras.sources) this.parts.citeLast(source);
    for (const citation of this.parts.end()) this.#extras.message("annotations", [citation]);
    this.calls.end(answer, cut);
  }
}

/** What proves reasoning. An empty list of details comes with many an answer, and says nothing. */
function filledProofs(message: JsonObject): JsonObject | undefined {
  const { reasoning_details, ...others } = readProofs(message) ?? {};
  const details = Array.isArray(reasoning_details) && reasoning_details.length > 0 && { reasoning_details };
  return details === false && Object.keys(others).length === 0 ? undefined : { ...details, ...others };
}

function isReasoning(key: string): boolean {
  return reasoningProofs.has(key) || (reasoningFields as readonly string[]).includes(key);
}
