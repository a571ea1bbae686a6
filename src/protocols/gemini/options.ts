import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { camelKeys } from "./names.ts";

/*
 * Fields of the body that the caller gives in the API's own words. They win over ours; where the API has an object of
 * settings on both sides, setting by setting.
 */

/** The objects of settings: they are merged. `thinkingConfig` is not: its members exclude one another. */
const settings: ReadonlySet<string> = new Set([
  "generationConfig",
  "toolConfig",
  "functionCallingConfig",
  "systemInstruction",
]);

/** Our body with the caller's own fields in it. */
export function withOptions(ours: JsonObject, options: JsonObject): JsonObject {
  // A map, so that no key means anything but itself.
  const merged = new Map(Object.entries(ours));
  for (const [key, theirs] of Object.entries(camelKeys(options))) {
    merged.set(
      key,
      settings.has(key) && isObject(theirs) ? withOptions(objectAt(ours, key), theirs) : theirs,
    );
  }
  // The API refuses a schema in both of its languages: theirs is sent.
  if (Object.hasOwn(ours, "responseJsonSchema") && merged.has("responseSchema"))
    merged.delete("responseJsonSchema");
  return Object.fromEntries(merged);
}

/** The options that make our body into this one: what it has and ours has not, or has otherwise. */
export function optionsFor(body: JsonObject, ours: JsonObject): JsonObject {
  const options: [string, JsonValue][] = [];
  for (const [key, value] of Object.entries(camelKeys(body))) {
    if (settings.has(key) && isObject(value)) {
      const inner = optionsFor(value, objectAt(ours, key));
      if (!Object.hasOwn(ours, key) || Object.keys(inner).length > 0) options.push([key, inner]);
    } else if (!same(own(ours, key), value)) options.push([key, value]);
  }
  return Object.fromEntries(options);
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = own(object, key);
  return isObject(value) ? value : {};
}

/** Whether two JSON values are equal, in whatever order their keys stand. */
export function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    const left: readonly JsonValue[] = a;
    return (
      Array.isArray(b) && left.length === b.length && left.every((each, at) => same(each, b[at] as JsonValue))
    );
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key], own(b, key)))
  );
}
