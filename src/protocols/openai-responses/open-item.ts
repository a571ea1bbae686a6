import type { DecodedEvent } from "../../llm/event.ts";
import { own, type JsonObject, type JsonValue } from "../../llm/json.ts";

/*
 * Output items whose end has not come yet. A part's deltas add up to it: an item says its content up to three times
 * (in deltas, at the end of each content part, at its own end), and what was not said before is said as a delta. Text
 * that was said is held for that until the item ends.
 */

/** An item in the middle of its stream. */
export interface OpenItem {
  /** Whether it passes its events on as they are. */
  readonly opaque: boolean;
  /** Takes an event of the item; false where it says nothing that has a place in a part. */
  event(type: string, event: JsonObject): boolean;
  /** The item ends, with all of it where the provider says that. `cut`: the answer ended before its time. */
  end(item: JsonObject | undefined, cut: boolean): void;
}

/** What items need of their answer. */
export interface Answer {
  emit(event: DecodedEvent): void;
  /** The number of a new part. */
  next(): number;
  /** An id for a call, unlike all others of the answer, the given one if it is. */
  callId(given: JsonValue | undefined): string;
  /** Of what the answer's end depends on. */
  note(what: "call" | "refusal"): void;
}

/** What of a whole text was not said yet; undefined where something else was said. */
export function unsaid(said: string, whole: string): string | undefined {
  return whole.startsWith(said) ? whole.slice(said.length) : undefined;
}

/** A member that is a number; 0 where it is none. */
export function numberAt(event: JsonObject, key: string): number {
  const value = own(event, key);
  return typeof value === "number" ? value : 0;
}
