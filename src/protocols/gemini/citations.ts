import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";

/**
 * The sources of an answer's text: each stretch of it that the API says is supported, with the chunks that support it
 * in place of their numbers; each chunk that supports no stretch; and each source that is quoted at length.
 */
export function citations(candidate: JsonObject): JsonObject[] {
  const grounding = objectAt(candidate, "groundingMetadata");
  const chunks = objectsAt(grounding, "groundingChunks");
  const cited = new Set<number>();
  const supports = objectsAt(grounding, "groundingSupports").map((support) => {
    const { groundingChunkIndices, ...others } = support;
    const indices = listOf(groundingChunkIndices).filter((each) => typeof each === "number");
    for (const index of indices) cited.add(index);
    return { ...others, groundingChunks: indices.map((index) => chunks[index] ?? null) };
  });
  const uncited = chunks
    .filter((_, index) => !cited.has(index))
    .map((chunk) => ({ groundingChunks: [chunk] }));
  const quoted = objectAt(candidate, "citationMetadata");
  return [
    ...supports,
    ...uncited,
    ...objectsAt(quoted, "citationSources"),
    ...objectsAt(quoted, "citations"),
  ];
}

/** How many searches the API ran, each of which it may charge for. */
export function webSearches(candidate: JsonObject): number {
  const queries = listOf(own(objectAt(candidate, "groundingMetadata"), "webSearchQueries"));
  return queries.filter((query) => query !== "").length;
}

/**
 * What is known of a candidate with a later chunk's fields in it. Each chunk repeats what the ones before it said,
 * or says `{}`; quotations alone are said once each.
 */
export function mergeFields(earlier: JsonObject, later: JsonObject): JsonObject {
  // A map, so that no key means anything but itself.
  const merged = new Map(Object.entries(earlier));
  for (const [key, value] of Object.entries(later)) {
    const before = merged.get(key);
    if (isObject(value) && isObject(before)) {
      merged.set(key, key === "citationMetadata" ? joinLists(before, value) : { ...before, ...value });
    } else if (value !== null || before === undefined) merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

/** Lists are joined, without what stands in them already. */
function joinLists(earlier: JsonObject, later: JsonObject): JsonObject {
  const entries = Object.entries(later).map(([key, value]): [string, JsonValue] => {
    const before = listOf(own(earlier, key));
    const known = new Set(before.map((each) => JSON.stringify(each)));
    return [key, [...before, ...listOf(value).filter((each) => !known.has(JSON.stringify(each)))]];
  });
  return { ...earlier, ...Object.fromEntries(entries) };
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = own(object, key);
  return isObject(value) ? value : {};
}

function objectsAt(object: JsonObject, key: string): JsonObject[] {
  return listOf(own(object, key)).filter(isObject);
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
