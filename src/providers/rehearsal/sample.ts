import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { sampleNumber, sampleString } from "./sample-scalar.ts";

/** How deep a sample goes; schemas may refer to themselves, samples must end. */
const MAX_DEPTH = 12;

/** The most items or parts of a schema that are looked at, whatever it asks for. */
const MAX_ITEMS = 1000;

/**
 * A harmless value that an ordinary JSON Schema allows: what must be there, and no more. Patterns and conditions go
 * unheeded, and of a recursive schema the sample ends somewhere.
 */
export function sample(schema: JsonObject): JsonValue {
  return new Sampler(schema).of(schema, "", 0);
}

class Sampler {
  readonly #root: JsonObject;
  /** What may still be looked at: a small schema can ask for a value without end. */
  #left = 10_000;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  of(given: JsonValue | undefined, name: string, depth: number): JsonValue {
    if (!isObject(given) || depth > MAX_DEPTH || this.#left <= 0) return "rehearsal";
    this.#left--;
    const schema = this.#whole(given, depth);
    if (Object.hasOwn(schema, "const")) return own(schema, "const") as JsonValue;
    const known = own(schema, "default") ?? first(own(schema, "enum"));
    if (known !== undefined) return known;
    const type = own(schema, "type");
    switch (Array.isArray(type) ? first(type) : (type ?? guess(schema))) {
      case "string":
        return sampleString(schema, name);
      case "number":
        return sampleNumber(schema, false);
      case "integer":
        return sampleNumber(schema, true);
      case "boolean":
        return true;
      case "array":
        return this.#array(schema, name, depth);
      case "null":
        return null;
      default:
        return this.#object(schema, depth);
    }
  }

  /** A schema with what it refers to and what it is made of in it. */
  #whole(schema: JsonObject, depth: number): JsonObject {
    const { $ref, allOf, anyOf, oneOf, ...rest } = schema;
    let whole: JsonObject = rest;
    const parts = [
      ...(typeof $ref === "string" ? [this.#find($ref)] : []),
      ...(Array.isArray(allOf) ? (allOf as readonly JsonValue[]).slice(0, MAX_ITEMS) : []),
      choose(anyOf ?? oneOf, depth),
    ];
    for (const part of parts) {
      if (!isObject(part)) continue;
      if (depth < MAX_DEPTH && this.#left-- > 0) whole = merged(whole, this.#whole(part, depth + 1));
    }
    return whole;
  }

  /** What a reference inside the schema leads to. */
  #find(reference: string): JsonValue | undefined {
    if (!reference.startsWith("#")) return undefined;
    let at: JsonValue | undefined = this.#root;
    for (const step of reference.split("/").slice(1)) {
      const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
      at = isObject(at)
        ? own(at, key)
        : Array.isArray(at)
          ? (at[Number(key)] as JsonValue | undefined)
          : undefined;
    }
    return at;
  }

  #array(schema: JsonObject, name: string, depth: number): JsonValue[] {
    const { minItems = 0, prefixItems, items } = schema;
    const count = typeof minItems === "number" ? Math.min(minItems, MAX_ITEMS) : 0;
    return Array.from({ length: count }, (_, at) =>
      this.of(
        Array.isArray(prefixItems) && at < prefixItems.length ? prefixItems[at] : items,
        name,
        depth + 1,
      ),
    );
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const { properties, required } = schema;
    const members: [string, JsonValue][] = [];
    if (Array.isArray(required) && depth < MAX_DEPTH) {
      for (const name of required as readonly JsonValue[]) {
        if (typeof name !== "string") continue;
        members.push([
          name,
          this.of(isObject(properties) ? own(properties, name) : undefined, name, depth + 1),
        ]);
      }
    }
    return Object.fromEntries(members);
  }
}

/** The first choice; deep down the first one that goes no deeper. */
function choose(choices: JsonValue | undefined, depth: number): JsonValue | undefined {
  if (!Array.isArray(choices)) return undefined;
  const all: readonly JsonValue[] = choices;
  const ends = (choice: JsonValue): boolean =>
    isObject(choice) &&
    !["$ref", "properties", "items", "anyOf", "oneOf", "allOf"].some((key) => Object.hasOwn(choice, key));
  return depth >= MAX_DEPTH / 2 ? (all.find(ends) ?? all[0]) : all[0];
}

function merged(one: JsonObject, other: JsonObject): JsonObject {
  const lists = [own(one, "required"), own(other, "required")].filter((list) => Array.isArray(list));
  const properties = [own(one, "properties"), own(other, "properties")].filter(isObject);
  return {
    ...other,
    ...one,
    ...(lists.length > 0 && { required: [...new Set(lists.flat() as JsonValue[])] }),
    ...(properties.length > 0 && {
      properties: Object.fromEntries(properties.flatMap((each) => Object.entries(each))),
    }),
  };
}

function guess(schema: JsonObject): string {
  return Object.hasOwn(schema, "items") || Object.hasOwn(schema, "prefixItems") ? "array" : "object";
}

function first(list: JsonValue | undefined): JsonValue | undefined {
  return Array.isArray(list) ? list[0] : undefined;
}
