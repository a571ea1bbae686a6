import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";

/** Whether two values say the same; a member that is null counts as missing. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b || (a ?? null) === (b ?? null)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((each: JsonValue, at) => sameJson(each, b[at] as JsonValue));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => sameJson(own(a, key), own(b, key)));
}

/**
 * An object with a vendor's fields over ours: null takes a member out, and in members named in `deep` the fields go
 * one level down.
 */
export function withFields(
  base: JsonObject,
  fields: JsonObject | undefined,
  deep?: ReadonlySet<string>,
): JsonObject {
  const more = Object.entries(fields ?? {});
  if (more.length === 0) return base;
  const merged = new Map(Object.entries(base));
  for (const [key, value] of more) {
    const before = merged.get(key);
    if (value === null) merged.delete(key);
    else if (deep?.has(key) === true && isObject(before) && isObject(value))
      merged.set(key, { ...before, ...value });
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

/** The members that say something: not null, and not in `known`. */
export function extras(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  const found = Object.entries(object).filter(([key, value]) => value !== null && !known.has(key));
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** A text that says something. */
export function filled(value: JsonValue | undefined): value is string {
  return typeof value === "string" && value !== "";
}

/** A text; empty for whatever is none. */
export function asText(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
