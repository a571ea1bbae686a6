import type { JsonValue } from "../llm/json.ts";
import type { PartDeltaEvent, PartEndEvent, PartStartEvent } from "../llm/event.ts";
import type { Part } from "../llm/message.ts";
import { utf8Bytes, valueBound } from "./token-bound.ts";

/** What there is of one part. */
interface Begun {
  readonly start: Part | undefined;
  text: string;
  readonly data: JsonValue[];
}

/**
 * How much of an answer was received, in bytes, which are no fewer than its tokens. They are counted when somebody asks:
 * most answers are not cut, and to count each piece as it comes would double what it costs.
 */
export class Received {
  /** Parts that have begun, by their number. */
  #open = new Map<number, Begun>();
  #ended: { readonly begun: Begun | undefined; readonly part: Part }[] = [];

  /** Takes a piece in. A part's end has all of it, also where its deltas do not add up to it. */
  add(event: PartStartEvent | PartDeltaEvent | PartEndEvent): void {
    const { index } = event;
    const begun = this.#open.get(index);
    switch (event.type) {
      case "part-start":
        if (begun !== undefined) this.#ended.push({ begun, part: event.part });
        this.#open.set(index, { start: event.part, text: "", data: [] });
        return;
      case "part-delta":
        if (begun === undefined)
          this.#open.set(index, grown({ start: undefined, text: "", data: [] }, event));
        else grown(begun, event);
        return;
      case "part-end":
        this.#open.delete(index);
        this.#ended.push({ begun, part: event.part });
    }
  }

  /** The bytes so far; what follows is of another answer. */
  take(): number {
    let bytes = 0;
    for (const { begun, part } of this.#ended) bytes += Math.max(begunBytes(begun), partBytes(part));
    for (const begun of this.#open.values()) bytes += begunBytes(begun);
    this.#ended = [];
    this.#open = new Map();
    return bytes;
  }
}

function grown(begun: Begun, event: PartDeltaEvent): Begun {
  if ("text" in event) begun.text += event.text;
  else begun.data.push(event.data);
  return begun;
}

function begunBytes(begun: Begun | undefined): number {
  if (begun === undefined) return 0;
  const { start, text, data } = begun;
  const said = utf8Bytes(text) + (start === undefined ? 0 : partBytes(start));
  return data.reduce<number>((sum, each) => sum + valueBound(each), said);
}

function partBytes(part: Part): number {
  switch (part.type) {
    case "text":
      return utf8Bytes(part.text) + (part.citations === undefined ? 0 : valueBound(part.citations));
    case "thinking":
      return utf8Bytes(part.text) + utf8Bytes(part.signature ?? "") + utf8Bytes(part.encrypted ?? "");
    case "tool-call":
      return utf8Bytes(part.id) + utf8Bytes(part.name) + utf8Bytes(part.argumentsText);
    default:
      // What JSON can say is all that is in it.
      return valueBound(part as unknown as JsonValue);
  }
}
