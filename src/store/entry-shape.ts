import { isObject, type JsonObject, type JsonValue } from "../llm/json.ts";

/*
 * Whether a JSON value is an entry of a journal. It may come from a damaged file or from a stranger: what is passed on
 * has the shape that its type says, and whoever reads it need not look again. Keys that are not known are left alone,
 * for later versions add some.
 */

type Check = (value: JsonValue | undefined) => boolean;

const text: Check = (value) => typeof value === "string";
const count: Check = (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const flag: Check = (value) => typeof value === "boolean";
const something: Check = (value) => value !== undefined;
const amount: Check = (value) => typeof value === "string" && /^\d{1,40}$/.test(value);
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every((each) => check(each as JsonValue));
const shape = (members: Readonly<Record<string, Check>>): Check => {
  const all = Object.entries(members);
  return (value) => isObject(value) && all.every(([name, check]) => check(member(value, name)));
};
const byType =
  (types: Readonly<Record<string, Check>>): Check =>
  (value) => {
    const type = isObject(value) ? member(value, "type") : undefined;
    return typeof type === "string" && Object.hasOwn(types, type) && types[type]?.(value) === true;
  };

function member(value: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

const vendor = maybe(shape({ protocol: text, fields: isObject }));
const base = { vendor, cache: maybe(isObject) };
const source = (value: JsonValue | undefined): boolean =>
  isObject(value) &&
  ((value["kind"] === "base64" && text(value["mediaType"]) && text(value["data"])) ||
    (value["kind"] === "url" && text(value["url"])) ||
    (value["kind"] === "text" && text(value["mediaType"]) && text(value["text"])) ||
    (value["kind"] === "file-id" && text(value["id"])));

const textPart = shape({ ...base, text, citations: maybe(list(something)) });
const image = shape({ ...base, source });
const file = shape({ ...base, source, name: maybe(text) });
const opaque = shape({ ...base, protocol: text, value: isObject });
const result = shape({
  ...base,
  callId: text,
  name: maybe(text),
  isError: maybe(flag),
  content: list(byType({ text: textPart, image, file, opaque })),
});
const part = byType({
  text: textPart,
  image,
  file,
  opaque,
  "tool-result": result,
  "tool-call": shape({ ...base, id: text, name: text, argumentsText: text }),
  thinking: shape({
    ...base,
    text,
    signature: maybe(text),
    encrypted: maybe(text),
    protocol: maybe(text),
  }),
});
const message = shape({
  role: (value) => value === "user" || value === "assistant",
  parts: list(part),
  vendor,
});
const amounts = maybe((value) => isObject(value) && Object.values(value).every(amount));
const usage = (value: JsonValue | undefined): boolean =>
  isObject(value) &&
  Object.entries(value).every(([name, each]) =>
    name === "source" ? text(each) : name === "billed" ? amount(each) : count(each),
  );
const cost = (value: JsonValue | undefined): boolean =>
  isObject(value) &&
  (value["known"] === true
    ? amount(value["picodollars"])
    : value["known"] === false && text(value["why"]) && amount(value["atLeast"]));
/** What a budget takes: a decimal text, or any number that sums of numbers leave behind. */
const dollars = (value: JsonValue): boolean =>
  typeof value === "number"
    ? value >= 0 && value < 1e9
    : typeof value === "string" && /^\d+(?:\.\d{1,12})?$/.test(value);
const budget = (value: JsonValue | undefined): boolean =>
  isObject(value) &&
  Object.entries(value).every(([name, each]) =>
    name === "dollars"
      ? dollars(each)
      : ["tokens", "responses", "toolCalls", "wallTimeMs"].includes(name) && count(each),
  );

const entry = byType({
  begin: shape({
    parent: maybe(text),
    from: maybe(shape({ conversation: text, length: count })),
    messages: maybe(list(message)),
    model: shape({ name: text, provider: text }),
    system: list(byType({ text: textPart })),
    budget: maybe(budget),
    hidden: maybe(flag),
    purpose: maybe(text),
  }),
  message: shape({ message, stopReason: maybe(text) }),
  "call-start": shape({ call: count, reserved: amounts }),
  "call-end": shape({
    call: count,
    how: (value) => value === "answered" || value === "cut" || value === "free",
    usage: maybe(usage),
    cost: maybe(cost),
    charged: amounts,
    model: maybe(text),
  }),
  budget: shape({ budget }),
  system: shape({ system: list(byType({ text: textPart })) }),
  "turn-start": shape({}),
  "turn-end": shape({ end: text, steps: count }),
  "tool-calls": shape({ count: Number.isSafeInteger }),
  "tool-start": shape({ callId: text, name: text }),
  "tool-result": shape({ result: byType({ "tool-result": result }), display: maybe(something) }),
  compaction: shape({ messages: list(message), kept: count }),
});
const placed = shape({ conversation: text, at: count });

/** Whether a JSON value has the shape of a journal's entry. */
export function isEntry(value: JsonValue | undefined): boolean {
  return placed(value) && entry(value);
}
