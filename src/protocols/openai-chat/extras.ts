import { isObject, own, rest, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { answerFields, choiceFields } from "./wire.ts";

type Fields = Map<string, JsonValue>;

/**
 * What an answer says beside its message: gathered from all chunks, told once at the end. The answer's own fields keep
 * their names; `choice`, `message`, `logprobs` and `usage` hold what stood in those, `choices` the further choices of
 * a request for several.
 */
export class Extras {
  readonly #top: Fields = new Map();
  // Most answers have none of these.
  #choice: Fields | undefined;
  #message: Fields | undefined;
  #logprobs: Fields | undefined;
  #others: Map<number, JsonObject> | undefined;
  #usage: JsonObject | undefined;

  /** Fields of a chunk or of a whole answer: the last one that says something counts. */
  answer(answer: JsonObject): void {
    for (const key in answer) if (!answerFields.has(key)) replace(this.#top, key, answer[key]);
  }

  /** Sources that stand beside the message: Perplexity says all of them again in each chunk. */
  get sources(): readonly JsonValue[] {
    const lists = [this.#top.get("search_results"), this.#top.get("citations")];
    return lists.find((list): list is readonly JsonValue[] => Array.isArray(list) && list.length > 0) ?? [];
  }

  /** Fields of the choice that is the message. */
  choice(choice: JsonObject): void {
    for (const key in choice)
      if (!choiceFields.has(key)) replace((this.#choice ??= new Map()), key, choice[key]);
    const { logprobs } = choice;
    if (isObject(logprobs))
      for (const [key, value] of Object.entries(logprobs)) grow((this.#logprobs ??= new Map()), key, value);
  }

  /** A field of the message that has become no part. Lists in it grow from chunk to chunk. */
  message(key: string, value: JsonValue): void {
    grow((this.#message ??= new Map()), key, value);
  }

  /** A choice that is not the message: put together as it would have come whole. */
  other(index: number, choice: JsonObject): void {
    const { delta, index: _, ...fields } = choice;
    const whole = isObject(delta) ? { message: delta, ...fields } : fields;
    const others = (this.#others ??= new Map<number, JsonObject>());
    others.set(index, merge(others.get(index) ?? { index }, whole, texts));
  }

  /** What a report of usage says that has no place among ours. */
  usage(usage: JsonObject, known: ReadonlySet<string>): void {
    this.#usage = rest(usage, known);
  }

  result(): JsonObject {
    const result: Record<string, JsonValue> = Object.fromEntries(this.#top);
    const add = (name: string, fields: Fields | undefined): void => {
      if (fields !== undefined && fields.size > 0) result[name] = Object.fromEntries(fields);
    };
    add("choice", this.#choice);
    add("message", this.#message);
    add("logprobs", this.#logprobs);
    if (this.#usage !== undefined) result["usage"] = this.#usage;
    if (this.#others !== undefined)
      result["choices"] = [...this.#others].sort(([a], [b]) => a - b).map(([, choice]) => choice);
    return result;
  }
}

/** Whether a value says anything: providers fill what they do not know with nulls and empty texts. */
function isSaid(value: JsonValue | undefined): value is JsonValue {
  return value !== undefined && value !== null && value !== "";
}

function replace(map: Fields, key: string, value: JsonValue | undefined): void {
  if (!isSaid(value)) return;
  const before = map.get(key);
  map.set(key, isObject(before) && isObject(value) ? { ...before, ...value } : value);
}

function grow(map: Fields, key: string, value: JsonValue): void {
  if (!isSaid(value)) return;
  const before = map.get(key);
  // The list is ours from the first chunk on, so that a thousand chunks do not copy it a thousand times.
  if (Array.isArray(value) && !value.some(hasIndex)) {
    if (Array.isArray(before)) (before as JsonValue[]).push(...(value as readonly JsonValue[]));
    else map.set(key, [...(value as readonly JsonValue[])]);
  } else map.set(key, mergeValue(key, before, value, none));
}

const none: ReadonlySet<string> = new Set();

/** Members whose pieces are put one behind the other. */
const texts: ReadonlySet<string> = new Set([
  "content",
  "reasoning",
  "reasoning_content",
  "refusal",
  "arguments",
  "input",
  "text",
  "summary",
  "transcript",
]);

/** An object and what a later chunk says of it; texts in `growing` go on, other values are said anew. */
export function merge(
  before: JsonObject,
  more: JsonObject,
  growing: ReadonlySet<string> = texts,
): JsonObject {
  const merged = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(more))
    merged.set(key, mergeValue(key, merged.get(key), value, growing));
  return Object.fromEntries(merged);
}

function mergeValue(
  key: string,
  before: JsonValue | undefined,
  value: JsonValue,
  growing: ReadonlySet<string>,
): JsonValue {
  if (before !== undefined && !isSaid(value)) return before;
  if (typeof before === "string" && typeof value === "string" && growing.has(key)) return before + value;
  if (isObject(before) && isObject(value)) return merge(before, value, growing);
  if (Array.isArray(before) && Array.isArray(value)) return mergeLists(before, value, growing);
  return value;
}

/** Items with the number of an earlier one go on with it; the others are new. */
function mergeLists(
  before: readonly JsonValue[],
  more: readonly JsonValue[],
  growing: ReadonlySet<string>,
): JsonValue[] {
  const merged = [...before];
  for (const item of more) {
    const at = merged.findLastIndex((each) => continues(each, item));
    const earlier = merged[at];
    if (isObject(earlier) && isObject(item)) merged[at] = merge(earlier, item, growing);
    else merged.push(item);
  }
  return merged;
}

function hasIndex(item: JsonValue): boolean {
  return isObject(item) && typeof item["index"] === "number";
}

function continues(earlier: JsonValue, item: JsonValue): boolean {
  if (!isObject(earlier) || !isObject(item) || !hasIndex(item) || own(earlier, "index") !== item["index"])
    return false;
  // Reasoning details of two types share their numbers; an encrypted one comes whole.
  const type = own(item, "type");
  return (type === undefined || type === own(earlier, "type")) && type !== "reasoning.encrypted";
}

/** Lists of reasoning details, pieces put together. */
export function mergeDetails(before: JsonValue | undefined, more: JsonValue): JsonValue {
  const earlier: readonly JsonValue[] = Array.isArray(before) ? before : [];
  return mergeLists(earlier, Array.isArray(more) ? more : [more], texts);
}
