import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../../src/llm/json.ts";
import type { Message, Part, ResultPart, Source } from "../../../src/llm/message.ts";
import type { Request, Thinking } from "../../../src/llm/request.ts";
import type { ToolChoice } from "../../../src/llm/tool.ts";
import { requestDifferences } from "../../conformance/same-request.ts";
import { canonicalResponses } from "../../conformance/openai-responses-walk.ts";
import { decoded, bodyOf, rebuilt } from "./support.ts";

/* Any request there can be, sent, read and sent again; and answers told in any pieces. */

const string = fc.oneof(
  fc.constantFrom("", " ", "\n\n", '"', "é€😀", "\ud800"),
  fc.string({ unit: "binary" }),
);
const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>;
const protocol = fc.constantFrom("openai-responses", "anthropic-messages");

/** Vendor fields as a decoder leaves them: never with a neutral one's name. */
const extra = fc.dictionary(fc.constantFrom("id", "x", "__proto__"), string, {
  maxKeys: 2,
}) as fc.Arbitrary<JsonObject>;
const vendor = fc.option(fc.record({ protocol, fields: extra }), { nil: undefined });

function withVendor<P extends Part>(part: fc.Arbitrary<P>): fc.Arbitrary<P> {
  return fc.tuple(part, vendor).map(([part, vendor]) => (vendor === undefined ? part : { ...part, vendor }));
}

const source: fc.Arbitrary<Source> = fc.oneof(
  fc.record({
    kind: fc.constant("base64" as const),
    mediaType: fc.constantFrom("image/png", "audio/ogg"),
    data: fc.base64String(),
  }),
  fc.record({ kind: fc.constant("url" as const), url: fc.webUrl() }),
  fc.record({ kind: fc.constant("text" as const), mediaType: fc.constant("text/plain"), text: string }),
  fc.record({ kind: fc.constant("file-id" as const), id: string }),
);

const item = fc.record({
  type: fc.constantFrom("web_search_call", "additional_tools", "news"),
  value: json,
}) as fc.Arbitrary<JsonObject>;

const textPart = withVendor(
  fc.record(
    { type: fc.constant("text" as const), text: string, citations: fc.array(json, { maxLength: 2 }) },
    { requiredKeys: ["type", "text"] },
  ),
);
const image = withVendor(fc.record({ type: fc.constant("image" as const), source }));
const file = withVendor(
  fc.record(
    { type: fc.constant("file" as const), source, name: string },
    { requiredKeys: ["type", "source"] },
  ),
);
const opaque = fc.record({ type: fc.constant("opaque" as const), protocol, value: item });
const result = fc.record(
  {
    type: fc.constant("tool-result" as const),
    callId: string,
    content: fc.array<ResultPart>(fc.oneof(textPart, image, file), { maxLength: 3 }),
    isError: fc.boolean(),
  },
  { requiredKeys: ["type", "callId", "content"] },
);
const thinking = withVendor(
  fc.record(
    { type: fc.constant("thinking" as const), text: string, encrypted: string, protocol },
    { requiredKeys: ["type", "text"] },
  ),
);
const call = withVendor(
  fc.tuple(string, string, fc.oneof(string, fc.json())).map(([id, name, argumentsText]) => ({
    type: "tool-call" as const,
    id,
    name,
    argumentsText,
    input: undefined,
  })),
);

const message: fc.Arbitrary<Message> = fc.oneof(
  fc
    .array(fc.oneof(textPart, image, file, opaque, result), { maxLength: 4 })
    .map((parts): Message => ({ role: "user", parts })),
  fc
    .array(fc.oneof(textPart, image, thinking, call, opaque), { maxLength: 5 })
    .map((parts): Message => ({ role: "assistant", parts })),
);

const choice: fc.Arbitrary<ToolChoice> = fc.constantFrom(
  { mode: "auto" },
  { mode: "any", parallel: false },
  { mode: "none" },
  { mode: "tool", name: "f", parallel: true },
);

const request: fc.Arbitrary<Request> = fc.record(
  {
    system: fc.array(fc.record({ type: fc.constant("text" as const), text: string }), { maxLength: 2 }),
    messages: fc.array(message, { maxLength: 5 }),
    tools: fc.array(
      fc.record({ name: string, description: string, inputSchema: fc.constant({ type: "object" }) }),
      { maxLength: 2 },
    ),
    toolChoice: choice,
    maxOutputTokens: fc.nat(),
    temperature: fc.double({ noNaN: true, noDefaultInfinity: true }),
    topP: fc.double({ min: 0, max: 1, noNaN: true }),
    thinking: fc.constantFrom<Thinking>("off", "minimal", "high", "max", { budgetTokens: 4096 }),
    responseSchema: fc.record(
      { schema: fc.constant({ type: "object" }), name: string },
      { requiredKeys: ["schema"] },
    ),
    providerOptions: fc.dictionary(
      fc.constantFrom("store", "include", "text", "reasoning", "metadata", "x"),
      json,
      { maxKeys: 3 },
    ) as fc.Arbitrary<JsonObject>,
  },
  { requiredKeys: ["messages"] },
);

test("openai-responses: any request, read and made again, is the same request", () => {
  fc.assert(
    fc.property(request, fc.constantFrom("none", "adaptive"), (request, thinking) => {
      const first = bodyOf(request, { thinking });
      const again = rebuilt(first, { thinking });
      assert.deepEqual(requestDifferences(first, again, canonicalResponses), []);
    }),
    { numRuns: 2000 },
  );
});

test("openai-responses: a text in any pieces, and said again or not, is one text", () => {
  const pieces = fc.array(string, { maxLength: 6 });
  fc.assert(
    fc.property(pieces, fc.nat({ max: 6 }), fc.boolean(), (pieces, heard, ended) => {
      const whole = pieces.join("");
      const content = [{ type: "output_text", text: whole, annotations: [] }];
      const said = { type: "message", id: "m", role: "assistant", content };
      const deltas = pieces
        .slice(0, heard)
        .map((delta) => ({ type: "response.output_text.delta", output_index: 0, content_index: 0, delta }));
      const end = { type: "response.output_item.done", output_index: 0, item: said };
      const last = { type: "response.completed", response: { id: "r", status: "completed", output: [said] } };
      const { events, folded } = decoded([...deltas, ...(ended ? [end] : []), last]);
      const heardText = events
        .map((event) => (event.type === "part-delta" && "text" in event ? event.text : ""))
        .join("");
      assert.deepEqual(
        [heardText, folded.message.parts.map((part) => part.type === "text" && part.text)],
        [whole, [whole]],
      );
    }),
    { numRuns: 500 },
  );
});
