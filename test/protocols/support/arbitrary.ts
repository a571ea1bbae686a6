import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../../src/llm/json.ts";
import type {
  CacheMark,
  Message,
  Part,
  ResultPart,
  Source,
  TextPart,
  ThinkingPart,
} from "../../../src/llm/message.ts";
import type { Request } from "../../../src/llm/request.ts";

/*
 * Any request there can be. Texts may be empty, hold lone surrogates and what JSON has to escape; vendors' things may
 * be our protocol's or another's.
 */

const string = fc.oneof(
  fc.constantFrom("", " ", '"', "\\", "\u0000", "é€😀", "\ud800"),
  fc.string({ unit: "binary" }),
);
const protocol = fc.constantFrom("anthropic-messages", "openai-chat");
const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;
const object = fc.dictionary(string, json, { maxKeys: 3 }) as fc.Arbitrary<JsonObject>;
const cache: fc.Arbitrary<CacheMark> = fc.constantFrom({}, { ttl: "5m" } as const, { ttl: "1h" } as const);

/** Members that may be there or not; no value is ever `undefined`. */
function maybe<T extends object>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(members, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

function with_<A extends object, B extends object>(
  a: fc.Arbitrary<A>,
  b: fc.Arbitrary<B>,
): fc.Arbitrary<A & B> {
  return fc.tuple(a, b).map(([a, b]) => ({ ...a, ...b }));
}

/** Vendors' fields never take a neutral one's name: a decoder has taken those out. */
const fields = fc.dictionary(fc.constantFrom("caller", "x", "__proto__"), json) as fc.Arbitrary<JsonObject>;
const base = maybe({ cache, vendor: fc.record({ protocol, fields }) });

const source: fc.Arbitrary<Source> = fc.oneof(
  fc.record({
    kind: fc.constant("base64" as const),
    mediaType: fc.constant("image/png"),
    data: fc.base64String(),
  }),
  fc.record({ kind: fc.constant("url" as const), url: fc.webUrl() }),
  fc.record({ kind: fc.constant("text" as const), mediaType: fc.constant("text/plain"), text: string }),
  fc.record({ kind: fc.constant("file-id" as const), id: string }),
);

const textPart: fc.Arbitrary<TextPart> = with_(
  with_(fc.record({ type: fc.constant("text" as const), text: string }), base),
  maybe({ citations: fc.array(json, { maxLength: 2 }) }),
);

const thinkingPart: fc.Arbitrary<ThinkingPart> = with_(
  with_(fc.record({ type: fc.constant("thinking" as const), text: string }), base),
  maybe({ signature: string, encrypted: string, protocol }),
);

const resultPart: fc.Arbitrary<ResultPart> = fc.oneof(
  textPart,
  with_(fc.record({ type: fc.constant("image" as const), source }), base),
  with_(with_(fc.record({ type: fc.constant("file" as const), source }), base), maybe({ name: string })),
  with_(fc.record({ type: fc.constant("opaque" as const), protocol, value: object }), base),
);

const input = fc.oneof(object, json, fc.constant(undefined));

const part: fc.Arbitrary<Part> = fc.oneof(
  resultPart,
  thinkingPart,
  with_(
    fc.record({
      type: fc.constant("tool-call" as const),
      id: string,
      name: string,
      argumentsText: string,
      input,
    }),
    base,
  ),
  with_(
    with_(
      fc.record({
        type: fc.constant("tool-result" as const),
        callId: string,
        content: fc.array(resultPart, { maxLength: 3 }),
      }),
      base,
    ),
    maybe({ isError: fc.boolean(), name: string }),
  ),
);

export const message: fc.Arbitrary<Message> = with_(
  fc.record({
    role: fc.constantFrom("user" as const, "assistant" as const),
    parts: fc.array(part, { maxLength: 4 }),
  }),
  maybe({ vendor: fc.record({ protocol, fields }) }),
);

const tool = fc.oneof(
  with_(fc.record({ name: string, inputSchema: object }), maybe({ description: string, cache })),
  fc.record({ type: fc.constant("vendor" as const), protocol, value: object }),
);

/** Everything of a request but its messages. */
export const settings: fc.Arbitrary<Omit<Request, "messages">> = maybe({
  system: fc.array(textPart, { maxLength: 2 }),
  tools: fc.array(tool, { maxLength: 2 }),
  toolChoice: fc.constantFrom(
    { mode: "auto" },
    { mode: "none" },
    { mode: "any", parallel: false },
    { mode: "tool", name: "x" },
  ),
  maxOutputTokens: fc.nat(100_000),
  temperature: fc.double({ min: 0, max: 2, noNaN: true }),
  topP: fc.double({ min: 0, max: 1, noNaN: true }),
  topK: fc.nat(100),
  stopSequences: fc.array(string, { maxLength: 2 }),
  thinking: fc.constantFrom("off", "minimal", "low", "medium", "high", "max", { budgetTokens: 5000 }),
  responseSchema: fc.record({ schema: object }),
  cache,
  providerOptions: fc.dictionary(fc.constantFrom("metadata", "top_k", "x"), json),
}) as fc.Arbitrary<Omit<Request, "messages">>;
