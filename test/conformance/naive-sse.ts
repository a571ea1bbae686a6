import type { Fields } from "./facts.ts";

/** The JSON objects of a stream that is all there: the simplest reading that can be right. */
export function naiveEvents(body: string): Fields[] {
  const events: Fields[] = [];
  const blocks = body.replace(/^\uFEFF/, "").split(/\r\n\r\n|\n\n|\r\r/);
  // What no blank line ends is not an event.
  for (const block of blocks.slice(0, -1)) {
    const lines = block.split(/\r\n|\n|\r/).filter((line) => line.startsWith("data:"));
    const data = lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
    if (lines.length > 0 && data !== "[DONE]") events.push(JSON.parse(data) as Fields);
  }
  return events;
}
