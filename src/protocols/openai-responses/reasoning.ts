import { isObject, own, rest, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { ThinkingPart } from "../../llm/message.ts";
import { ownFields, PROTOCOL, vendor, type WireObject } from "./wire.ts";

/*
 * A reasoning item is one thinking part: its texts, joined by blank lines. They stand in two lists, `summary` and
 * `content`; where they stood is kept as `segments` in the vendor fields, so that the item comes back whole.
 */

/** One text of a reasoning item: the list it stands in, its length in the part's text, its other fields. */
type Segment = JsonObject & { readonly field: SegmentField; readonly length: number };

export type SegmentField = "summary" | "content";

/** What stands between the texts of one item. */
export const BETWEEN = "\n\n";

const fields: readonly SegmentField[] = ["summary", "content"];
const known: ReadonlySet<string> = new Set(["type", "summary", "content", "encrypted_content"]);
const textField: ReadonlySet<string> = new Set(["text"]);

/** A text of a reasoning item, and where it stands. */
export interface Thought {
  readonly field: SegmentField;
  readonly at: number;
  readonly text: string;
  readonly extra: JsonObject;
}

/** The texts of a reasoning item, in order. */
export function thoughts(item: JsonObject): Thought[] {
  return fields.flatMap((field) => {
    const list = own(item, field);
    if (!isTextList(list)) return [];
    return list.map((each, at) => ({ field, at, text: each.text, extra: rest(each, textField) ?? {} }));
  });
}

function isTextList(
  value: JsonValue | undefined,
): value is readonly (JsonObject & { readonly text: string })[] {
  return Array.isArray(value) && value.every((each) => isObject(each) && typeof each["text"] === "string");
}

/**
 * The part of a reasoning item, with its texts in the order in which they were said. OpenAI may say a summary anew in
 * the middle of it and end with the second one: the part is what was said, and the item's own lists go back.
 */
export function thinkingPart(item: JsonObject, said: readonly Thought[] = thoughts(item)): ThinkingPart {
  const encrypted = own(item, "encrypted_content");
  const agreed = agree(said, thoughts(item));
  const segments = said.map(({ field, text, extra }): Segment => ({ ...extra, field, length: text.length }));
  const kept: Record<string, JsonValue> = { ...rest(item, known) };
  if (encrypted !== undefined && typeof encrypted !== "string") kept["encrypted_content"] = encrypted;
  for (const field of fields) {
    const list = own(item, field);
    const inSegments = agreed && said.some((thought) => thought.field === field);
    // An empty summary is what is sent by itself; null is our word for leaving it out.
    if (field === "summary" && list === undefined) kept[field] = null;
    else if (list !== undefined && !inSegments && !(field === "summary" && isEmptyList(list)))
      kept[field] = list;
  }
  if (agreed && !isUsual(segments)) kept["segments"] = segments;
  return {
    type: "thinking",
    text: said.map(({ text }) => text).join(BETWEEN),
    ...(typeof encrypted === "string" && { encrypted }),
    protocol: PROTOCOL,
    ...vendor(kept),
  };
}

/** Whether what was said is what the item has at its end, in whatever order. */
function agree(said: readonly Thought[], last: readonly Thought[]): boolean {
  const [a, b] = [byPlace(said), byPlace(last)];
  return a.size === b.size && [...a].every(([place, text]) => b.get(place) === text);
}

function byPlace(all: readonly Thought[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const thought of all) texts.set(placeOf(thought), (texts.get(placeOf(thought)) ?? "") + thought.text);
  return texts;
}

/** Where a text stands in its item, as a key. */
export function placeOf({ field, at }: Pick<Thought, "field" | "at">): string {
  return `${field} ${at}`;
}

function isEmptyList(value: JsonValue): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** One summary text that is not empty says itself where it stands. */
function isUsual([first, second]: readonly Segment[]): boolean {
  if (first === undefined) return true;
  const { field, length, type, ...extra } = first;
  const plain =
    field === "summary" && type === "summary_text" && length > 0 && Object.keys(extra).length === 0;
  return plain && second === undefined;
}

/** The item of a thinking part of this protocol. */
export function encodeReasoning(part: ThinkingPart): WireObject {
  const { segments, summary, content, ...others } = ownFields(part.vendor);
  const kept = { summary, content };
  const lists: Record<SegmentField, unknown[]> = { summary: [], content: [] };
  let from = 0;
  for (const { field, length, ...extra } of readSegments(segments, part.text)) {
    lists[field].push({ ...extra, text: part.text.slice(from, from + length) });
    from += length + BETWEEN.length;
  }
  const list = (field: SegmentField): unknown =>
    kept[field] === undefined || (lists[field].length > 0 && isEmptyList(kept[field]))
      ? lists[field]
      : kept[field];
  const sentSummary = list("summary");
  const sentContent = list("content");
  return {
    type: "reasoning",
    ...others,
    ...(sentSummary !== null && { summary: sentSummary }),
    ...((content !== undefined || lists.content.length > 0) && { content: sentContent }),
    ...(part.encrypted !== undefined && { encrypted_content: part.encrypted }),
  };
}

/** The segments of a text; one summary where none are known, or where they are not this text's. */
function readSegments(value: JsonValue | undefined, text: string): readonly Segment[] {
  if (isSegments(value)) {
    const length = value.reduce((sum, segment) => sum + segment.length + BETWEEN.length, -BETWEEN.length);
    if (length === text.length) return value;
  }
  return text === "" ? [] : [{ type: "summary_text", field: "summary", length: text.length }];
}

function isSegments(value: JsonValue | undefined): value is readonly Segment[] {
  const isSegment = (each: JsonValue): boolean =>
    isObject(each) &&
    (each["field"] === "summary" || each["field"] === "content") &&
    typeof each["length"] === "number";
  return Array.isArray(value) && value.length > 0 && value.every(isSegment);
}

/** Whether the item can be understood without the provider's own copy of it. */
export function standsAlone(part: ThinkingPart): boolean {
  if (part.encrypted !== undefined) return true;
  const segments = own(ownFields(part.vendor), "segments");
  return isSegments(segments) && segments.some(({ field, length }) => field === "content" && length > 0);
}
