import { isObject, rest, type JsonObject, type JsonValue } from "../../llm/json.ts";

/*
 * The API reads `system_instruction` and `systemInstruction` alike. These bring what it or a client wrote into one
 * form, object by object: below `args`, `response`, schemas and labels, keys are data and stay as they are.
 */

/** `file_uri` to `fileUri`. A leading underscore is part of a name. */
function camelCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** An object with its own keys in camelCase; its values as they are. */
export function camelKeys(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [camelCase(key), value]));
}

/** The members of a part whose own keys are the API's. */
const partMembers: ReadonlySet<string> = new Set([
  "inlineData",
  "fileData",
  "functionCall",
  "functionResponse",
  "videoMetadata",
]);

/** A part with the API's keys in camelCase, and its base64 in the standard alphabet. */
export function camelPart(part: JsonObject): JsonObject {
  const entries = Object.entries(part).map(([key, value]): [string, JsonValue] => {
    const name = camelCase(key);
    if (!isObject(value) || !partMembers.has(name)) return [name, value];
    const member = camelKeys(value);
    if (name === "inlineData") return [name, { ...member, ...standardBase64(member) }];
    const { parts } = member;
    if (name !== "functionResponse" || !Array.isArray(parts)) return [name, member];
    return [
      name,
      { ...member, parts: parts.map((each: JsonValue) => (isObject(each) ? camelPart(each) : each)) },
    ];
  });
  return Object.fromEntries(entries);
}

function standardBase64({ data }: JsonObject): JsonObject | undefined {
  if (typeof data !== "string" || !/[-_]/.test(data)) return undefined;
  const standard = data.replaceAll("-", "+").replaceAll("_", "/");
  return { data: standard.padEnd(Math.ceil(standard.length / 4) * 4, "=") };
}

/** The members of an object that are not in `known`; undefined, at no cost, where there are none, as is usual. */
export function others(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  for (const key of Object.keys(object)) if (!known.has(key)) return rest(object, known);
  return undefined;
}
