import type { JsonValue } from "../llm/json.ts";
import type { PartDeltaEvent, PartEndEvent, PartStartEvent } from "../llm/event.ts";
import type { Part } from "../llm/message.ts";
import { utf8Bytes, valueBound } from "./token-bound.ts";

/** How much of an answer was received, in bytes, which are no fewer than its tokens. */
export class Received {
  #done = 0;
  /** Bytes of parts that have begun, by their number. */
  readonly #open = new Map<number, number>();

  /** Takes a piece in. A part's end has all of it, also where its deltas do not add up to it. */
  add(event: PartStartEvent | PartDeltaEvent | PartEndEvent): void {
    const { index } = event;
    const before = this.#open.get(index) ?? 0;
    if (event.type !== "part-end") {
      this.#open.set(
        index,
        before + (event.type === "part-start" ? partBytes(event.part) : deltaBytes(event)),
      );
      return;
    }
    this.#open.delete(index);
    this.#done += Math.max(before, partBytes(event.part));
  }

  /** The bytes so far; what follows is of another answer. */
  take(): number {
    let bytes = this.#done;
    for (const open of this.#open.values()) bytes += open;
    this.#done = 0;
    this.#open.clear();
    return bytes;
  }
}

function deltaBytes(event: PartDeltaEvent): number {
  return "text" in event ? utf8Bytes(event.text) : valueBound(event.data);
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
