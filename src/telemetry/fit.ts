import type { JsonObject } from "../llm/json.ts";

/** Texts of this many characters stay whole: the words of the shapes are shorter. */
const SHORT = 32;

/**
 * A JSON array, at most `limit` characters long, of as many things as fit, the newest last. Older ones are left out
 * whole; the one that reaches the limit has its long texts cut. It is always JSON.
 */
export function newestThatFit<Thing>(
  newestFirst: Iterable<Thing>,
  shape: (thing: Thing) => JsonObject,
  limit: number,
): string {
  const kept: string[] = [];
  let left = limit - "[]".length;
  for (const thing of newestFirst) {
    const json = cutToFit(shape(thing), left);
    if (json === undefined) break;
    kept.push(json.text);
    left -= json.text.length + ",".length;
    if (json.cut) break;
  }
  return `[${kept.reverse().join(",")}]`;
}

/** A value as JSON with its texts cut, all at the same length, until it is short enough; undefined if it never
 * is. */
function cutToFit(value: JsonObject, room: number): { text: string; cut: boolean } | undefined {
  for (let longest = room; longest >= SHORT; longest = Math.floor(longest / 2)) {
    let cut = false;
    const text = JSON.stringify(value, (_, inner: unknown) => {
      if (typeof inner !== "string" || inner.length <= longest) return inner;
      cut = true;
      return cutText(inner, longest);
    });
    if (text.length <= room) return { text, cut };
  }
  return undefined;
}

/** Half a pair of surrogates is no character. */
function cutText(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return `${text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length)}…`;
}
