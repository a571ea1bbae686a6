import type { JsonValue } from "../../src/llm/json.ts";
import type { Message, Part, ResultPart, Source, TextPart } from "../../src/llm/message.ts";
import { parsed } from "../support/validators/violations.ts";

/*
 * Whether a body still says what a history says: an independent search over all of its texts, wherever they stand.
 */

/** What of a history is nowhere in a body. Thinking and vendors' blocks are not looked for: they are not portable. */
export function lost(messages: readonly Message[], system: readonly TextPart[], body: unknown): string[] {
  const texts = new Set<string>();
  collect(body, texts);
  const all = [...texts].join("\u0001");
  const says = (what: string): boolean => {
    const whole = what.replace(/\p{Surrogate}/gu, "\ufffd");
    // As it is, or inside of a JSON text with more around it.
    return all.includes(whole) || all.includes(JSON.stringify(whole).slice(1, -1));
  };
  const wanted = [...system, ...messages.flatMap(({ parts }) => parts)].flatMap(wantedOf);
  return [...new Set(wanted)].filter((what) => !says(what) && !isNoted(what, says));
}

/** All texts of a value, keys among them; and those inside of texts that are JSON, as arguments of calls are. */
function collect(value: unknown, into: Set<string>): void {
  if (typeof value === "string") {
    into.add(value);
    const inner = /^\s*[[{]/.test(value) ? parsed(value) : undefined;
    if (inner !== undefined) collect(inner, into);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, each] of Object.entries(value)) {
      if (!Array.isArray(value)) into.add(key);
      collect(each, into);
    }
  } else into.add(String(value));
}

const media = "media: ";

function wantedOf(part: Part): string[] {
  switch (part.type) {
    case "text":
      return part.text.trim() === "" ? [] : [part.text];
    case "tool-call":
      return [...nameOf(part.name), ...argumentsOf(part.input, part.argumentsText)];
    case "tool-result":
      return part.content.flatMap(givenBack);
    case "image":
    case "file":
      return [mediaOf(part.source)];
    case "thinking":
    case "opaque":
      return [];
  }
}

/** A tool's result is kept whole, the blocks of whatever vendor in it as well, unless they are very long. */
function givenBack(part: ResultPart): string[] {
  if (part.type === "text") return saidIn(part.text);
  if (part.type !== "opaque") return wantedOf(part);
  const leaves = new Set<string>();
  collect(part.value, leaves);
  return JSON.stringify(part.value).length > 10_000 ? [] : [...leaves];
}

/** A result that is a JSON object may stand as one. */
function saidIn(text: string): string[] {
  const value = /^\s*\{/.test(text) ? parsed(text) : undefined;
  if (value === undefined) return text.trim() === "" ? [] : [text];
  const leaves = new Set<string>();
  collect(value, leaves);
  return [...leaves];
}

/** A vendor may refuse characters of a name: what it takes of it must still be there. */
function nameOf(name: string): string[] {
  return (name.match(/[A-Za-z0-9]+/g) ?? []).slice(0, 1).map((word) => word.slice(0, 30));
}

function argumentsOf(input: JsonValue | undefined, text: string): string[] {
  if (input === undefined || typeof input !== "object" || input === null || Array.isArray(input))
    return text.trim() === "" ? [] : [text];
  const leaves = new Set<string>();
  collect(input, leaves);
  return [...leaves];
}

function mediaOf(source: Source): string {
  switch (source.kind) {
    case "base64":
      return media + source.data;
    case "url":
      return media + source.url;
    case "file-id":
      return media + source.id;
    case "text":
      return media + source.text;
  }
}

/** Media may be missing where a note says so. */
function isNoted(what: string, says: (what: string) => boolean): boolean {
  if (!what.startsWith(media)) return false;
  const bytes = what.slice(media.length);
  const decoded = Buffer.from(bytes, "base64").toString();
  return decoded.trim() === "" || says(bytes) || says(decoded) || says(" omitted: ");
}
