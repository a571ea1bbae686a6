/** Any value that JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. Keys come from outside, `__proto__` among them: read with {@link own}, never with `in`. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** True for a JSON object: neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object's own member, or undefined. What the prototype chain holds is not data. */
export function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The members of an object that are not in `known`, or undefined when there are none. */
export function rest(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  // Asked of every object that is received, and nearly none has any: nothing is made before the first is seen.
  for (const key in object) {
    if (known.has(key)) continue;
    return Object.fromEntries(Object.entries(object).filter(([each]) => !known.has(each)));
  }
  return undefined;
}

/** Deeper than any sensible answer, and far from where `JSON.stringify`, which is recursive, runs out of stack. */
const MAX_DEPTH = 1000;

/**
 * The value of a JSON text, or undefined where the text is not JSON, or is nested so deeply that the value could not
 * be written again.
 */
export function parseJson(text: string): JsonValue | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    // Each level takes two characters at least.
    return text.length > 2 * MAX_DEPTH && isDeeper(value, MAX_DEPTH) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isDeeper(value: JsonValue, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}

/**
 * Whether a text that does not parse is the beginning of a JSON object or array: brackets or a string still open
 * at its end. Tells a body that was cut on the way from one that was never JSON.
 */
export function isCutJson(text: string): boolean {
  const start = text.trimStart();
  if (start !== "" && start[0] !== "{" && start[0] !== "[") return false;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < start.length; i++) {
    const c = start.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b || c === 0x5b) depth++;
    else if (c === 0x7d || c === 0x5d) depth--;
  }
  return inString || depth > 0;
}

/**
 * A value as JSON that every server reads. Half a surrogate pair, left where a text was cut, is no character: servers
 * refuse the request that holds one, and with it every later one. It becomes U+FFFD.
 */
export function writeJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!json.includes("\\ud")) return json;
  return json.replace(/\\(?:ud[89a-f][0-9a-f]{2}|.)/g, (escape) =>
    escape.startsWith("\\ud") ? "\ufffd" : escape,
  );
}

/** A text without halves of surrogate pairs, which are no characters: each becomes U+FFFD. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
