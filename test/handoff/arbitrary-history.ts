import fc from "fast-check";
import type { JsonObject } from "../../src/llm/json.ts";
import { parseJson } from "../../src/llm/json.ts";
import {
  text,
  type FilePart,
  type ImagePart,
  type Message,
  type OpaquePart,
  type Part,
  type ResultPart,
  type Source,
  type TextPart,
  type ThinkingPart,
  type ToolCallPart,
} from "../../src/llm/message.ts";
import { protocols } from "./wires.ts";

/*
 * Any history there can be, of any mixture of vendors: with what models, tools and people leave behind, and with what
 * somebody who means harm puts there. It keeps to the preconditions only in how its messages follow one another.
 */

const hostile = [
  "",
  " ",
  "\n\t ",
  "\ud800",
  "a\udc00b",
  "\u0000",
  "\u2028",
  '"',
  "\\",
  "é€😀",
  "__proto__",
  "</s>",
];
const string = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.lorem(),
);
const protocol = fc.constantFrom(...Object.keys(protocols));
const key = fc.oneof(fc.constantFrom("__proto__", "constructor", "toString", "a", ""), string);
/**
 * V8 (seen in Node 24.21) reads a key of one character that is written as an escape, like `"\\ud800"` or `"\\n"`, as a
 * backslash when it has just read an object whose key at this place was one. Such keys cannot be tested with.
 */
const escapedKey = /[{,]"\\(?:u[0-9a-f]{4}|.)":/;
const object = fc
  .dictionary(key, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  .filter((value) => !escapedKey.test(JSON.stringify(value))) as fc.Arbitrary<JsonObject>;
/** Objects as a parser makes them: `__proto__` is a member like any other. */
const parsedObject = object.map((value) => parseJson(JSON.stringify(value)) as JsonObject);

/** What a vendor put beside a text, which means nothing to the others. */
const beside = fc.constantFrom(
  {},
  { citations: [{ type: "url_citation", url: "u" }] },
  {
    vendor: { protocol: "elsewhere", fields: { x: 1, type: "y", role: "z" } },
  },
);
const textPart: fc.Arbitrary<TextPart> = fc
  .tuple(string, beside)
  .map(([value, more]) => ({ ...text(value), ...more }));

const mediaType = fc.constantFrom(
  "image/png",
  "image/heic",
  "image/svg+xml",
  "application/pdf",
  "text/csv",
  "application/json",
  "audio/wav",
  "audio/ogg",
  "video/mp4",
  "application/zip",
  "",
  "nonsense",
);
const data = fc.oneof(fc.constant(""), fc.base64String({ minLength: 4, maxLength: 12 }), string.map(base64));
const url = fc.constantFrom(
  "https://x.example/a.png",
  "http://x.example/b",
  "gs://bucket/c.pdf",
  "https://x.example/d.mp3",
);
const fileId = fc.constantFrom(
  "file_011CNha8iCJcU1wXNR6q4V8w",
  "file-7qh8AjzrjyRGiQ7kaFybfG",
  "https://generativelanguage.googleapis.com/v1beta/files/3qswqtk02p7x",
  "gs://bucket/file",
);
const source: fc.Arbitrary<Source> = fc.oneof(
  fc.record({ kind: fc.constant("base64" as const), mediaType, data }),
  fc.record({ kind: fc.constant("url" as const), url }),
  fc.record({ kind: fc.constant("text" as const), mediaType, text: string }),
  fc.record({ kind: fc.constant("file-id" as const), id: fileId }),
);
const image: fc.Arbitrary<ImagePart> = fc.record({ type: fc.constant("image" as const), source });
const named = fc.constantFrom("a.pdf", "", "é/\\\u0000.csv");
const file: fc.Arbitrary<FilePart> = fc
  .tuple(source, fc.option(named, { nil: undefined }))
  .map(([from, name]) => ({ type: "file", source: from, ...(name !== undefined && { name }) }));

/** A block of a vendor that is none of those we ask: of its own, it may send what it likes. */
const opaque: fc.Arbitrary<OpaquePart> = object.map((value) => ({
  type: "opaque",
  protocol: "elsewhere",
  value,
}));

/** Thinking as it came from a vendor: signed, hidden, or cut on the way. */
const thinking: fc.Arbitrary<ThinkingPart> = fc
  .record(
    {
      type: fc.constant("thinking" as const),
      text: string,
      protocol,
      signature: fc.constantFrom("", "c2lnbmVk"),
      encrypted: fc.constantFrom("aGlkZGVu"),
    },
    { requiredKeys: ["type", "text"] },
  )
  .map((part) => part as ThinkingPart);

const resultPart: fc.Arbitrary<ResultPart> = fc.oneof(textPart, textPart, image, file, opaque);
const userPart: fc.Arbitrary<Part> = fc.oneof(textPart, textPart, image, file, opaque);

/** Ids as vendors were seen to make them, and worse; those of one history are told apart by their beginning. */
const id = fc.oneof(
  fc.constantFrom(
    "",
    "functions.f:0",
    "call 1",
    "a".repeat(41),
    "a".repeat(65),
    "a".repeat(500),
    "noid_0",
    "é",
    "\ud800",
  ),
  fc.string({ unit: "binary", maxLength: 70 }),
  fc.uuid(),
);
const name = fc.oneof(
  fc.constantFrom(
    "f",
    "a.b",
    "functions.f",
    "0",
    "mcp__x__y",
    "x".repeat(200),
    "naïve",
    "",
    " ",
    "__proto__",
  ),
  fc.string({ maxLength: 8 }),
);

const argumentsText = fc.oneof(
  parsedObject.map((value) => JSON.stringify(value)),
  fc.constantFrom(
    "",
    "{",
    '{"a":',
    "[]",
    "3",
    "null",
    '"x"',
    "not json",
    '{"__proto__":{"x":1}}',
    '{"a":"\\ud800"}',
  ),
  string,
);

const call: fc.Arbitrary<ToolCallPart> = fc
  .record({ id, name, argumentsText })
  .map((part) => ({ type: "tool-call", ...part, input: parseJson(part.argumentsText) }));

/** What is said by either side between two messages of the user. */
type Step = readonly Message[];

const saying: fc.Arbitrary<Step> = fc
  .record({
    role: fc.constantFrom("user" as const, "assistant" as const),
    parts: fc.array(fc.oneof(userPart, thinking), { maxLength: 4 }),
  })
  .map(({ role, parts }) => [
    { role, parts: parts.filter(({ type }) => role === "assistant" || type !== "thinking") },
  ]);

const acting: fc.Arbitrary<Step> = fc
  .record({
    before: fc.array(fc.oneof(thinking, textPart, opaque), { maxLength: 2 }),
    calls: fc.array(fc.tuple(call, fc.array(resultPart, { maxLength: 3 }), fc.boolean()), {
      minLength: 1,
      maxLength: 3,
    }),
    after: fc.array(fc.oneof(textPart, image), { maxLength: 2 }),
    shuffled: fc.boolean(),
  })
  .map(({ before, calls, after, shuffled }) => {
    const results = calls.map(([{ id: callId, name: of }, content, isError]): Part => {
      return { type: "tool-result", callId, name: of, content, ...(isError && { isError }) };
    });
    return [
      { role: "assistant", parts: [...before, ...calls.map(([each]) => each)] },
      { role: "user", parts: shuffled ? [...after, ...results.reverse()] : [...results, ...after] },
    ];
  });

/** Cache marks on some parts, whatever they are; four in all is the most that there may be, and requests add one. */
function marked(messages: readonly Message[], places: readonly number[]): Message[] {
  let place = 0;
  return messages.map((message) => {
    const parts = message.parts.map((part) => (places.includes(place++) ? { ...part, cache: {} } : part));
    return { ...message, parts };
  });
}

/** A history in which the user begins and ends, and no two calls have one id. */
export const history: fc.Arbitrary<readonly Message[]> = fc
  .tuple(
    userPart,
    fc.array(fc.oneof(saying, acting), { maxLength: 5 }),
    fc.array(fc.nat(12), { maxLength: 3 }),
  )
  .map(([first, steps, places]) => [
    { role: "user", parts: [text("Hi"), first] },
    ...marked(distinct(steps.flat()), places),
    { role: "user", parts: [text("Go on.")] },
  ]);

/** The same messages, with a number before an id that was there already. */
function distinct(messages: readonly Message[]): Message[] {
  const seen = new Set<string>();
  let renamed = new Map<string, string[]>();
  return messages.map((message) => {
    const parts = message.parts.map((part): Part => {
      if (part.type === "tool-call") {
        let free = part.id;
        for (let count = 1; seen.has(free); count++) free = `${count}${part.id}`;
        seen.add(free);
        renamed.set(part.id, [...(renamed.get(part.id) ?? []), free]);
        return { ...part, id: free };
      }
      if (part.type !== "tool-result") return part;
      return { ...part, callId: renamed.get(part.callId)?.shift() ?? part.callId };
    });
    if (message.role === "user") renamed = new Map();
    return { ...message, parts };
  });
}

function base64(value: string): string {
  return Buffer.from(value).toString("base64");
}
