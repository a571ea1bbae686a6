import type { StreamEvent } from "../../../src/llm/event.ts";

/** The events with neighbouring deltas of the same part and kind as one: what a reader of texts sees. */
export function merge(events: readonly StreamEvent[]): StreamEvent[] {
  const merged: StreamEvent[] = [];
  for (const event of events) {
    const before = merged.at(-1);
    if (
      event.type === "part-delta" &&
      before?.type === "part-delta" &&
      "text" in event &&
      "text" in before &&
      event.index === before.index &&
      event.kind === before.kind
    ) {
      merged[merged.length - 1] = { ...before, text: before.text + event.text };
    } else merged.push(event);
  }
  return merged;
}
