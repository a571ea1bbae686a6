import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { boundAnswer, boundInput, type InputBound } from "../../src/conversation/input-bound.ts";
import { schemaBound, textBound, utf8Bytes } from "../../src/conversation/token-bound.ts";
import { amountsFor, longestPayable, worstCase } from "../../src/conversation/worst-case.ts";
import { ConfigurationError } from "../../src/llm/errors.ts";
import { History } from "../../src/llm/history.ts";
import { parseJson, type JsonObject } from "../../src/llm/json.ts";
import { text, userMessage, type FilePart, type Message, type Part } from "../../src/llm/message.ts";
import { cost, type Prices } from "../../src/llm/money.ts";
import type { Request } from "../../src/llm/request.ts";
import type { ToolSpec } from "../../src/llm/tool.ts";
import { inputTokens, outputTokens, tokenClasses, unknownUsage, usage } from "../../src/llm/usage.ts";
import { encode } from "../../src/protocols/protocol.ts";
import { ask } from "../../src/protocols/structured/ask.ts";
import type { ModelInfo } from "../../src/providers/model.ts";
import { history as arbitraryHistory } from "../handoff/arbitrary-history.ts";
import { wires } from "../handoff/wires.ts";

/*
 * The oracle knows no tokenizer and is the worst there can be: each byte of each word that a request has, in whatever
 * place, is a token. Pictures are counted by their number alone.
 */
function oracle(value: unknown): number {
  if (typeof value === "string") return value.startsWith("data:") ? 0 : Buffer.byteLength(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value).length;
  if (typeof value !== "object" || value === null) return 0;
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + oracle(each), 0);
  return Object.entries(value).reduce(
    (sum, [key, each]) => sum + Buffer.byteLength(key) + (isBytes(value, key) ? 0 : oracle(each)),
    0,
  );
}

/** Whether a member holds the bytes of an image. */
function isBytes(object: object, key: string): boolean {
  return key === "data" && ("media_type" in object || "mimeType" in object || "format" in object);
}

/** What a model is told by a body: its messages, instructions, tools and the schema of its answer. */
const told = "messages contents input system systemInstruction instructions tools response_format text".split(
  " ",
);
function tokensOf(body: JsonObject): number {
  const config = body["generationConfig"] as JsonObject | undefined;
  const parts = [
    ...told.map((name) => body[name]),
    config?.["responseJsonSchema"],
    (body["output_config"] as JsonObject | undefined)?.["format"],
  ];
  return parts.reduce((sum: number, each) => sum + oracle(each), 0);
}

/** Files that are no text have no bound in bytes: they are another test's. */
function countable(messages: readonly Message[]): Message[] {
  const counts = (part: Part): boolean => part.type !== "file" || isText(part);
  return messages.map((message) => ({
    ...message,
    parts: message.parts
      .filter(counts)
      .map((part) =>
        part.type === "tool-result" ? { ...part, content: part.content.filter(counts) } : part,
      ),
  }));
}

function isText({ source }: FilePart): boolean {
  return (
    source.kind === "text" ||
    (source.kind === "base64" && /^(?:text\/|application\/json)/.test(source.mediaType))
  );
}

const word = fc.oneof(
  fc.lorem(),
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.constantFrom("ﷺ", "㌀", "\ud800"),
);
const schema = fc
  .dictionary(
    fc.string({ minLength: 1 }),
    fc.constantFrom({ type: "string" }, { type: "number" }, { enum: ["é"] }),
    {
      maxKeys: 12,
    },
  )
  .map((properties): JsonObject => ({ type: "object", properties: { ...properties } as JsonObject }));
const tools = fc.array(
  fc
    .record({ name: fc.constantFrom("f", "look_up"), description: word, inputSchema: schema })
    .map((spec): ToolSpec => spec),
  { maxLength: 3 },
);
const asked = fc.record({
  messages: arbitraryHistory.map(countable),
  system: fc.array(word.map(text), { maxLength: 2 }),
  tools,
  responseSchema: fc.option(
    schema.map((each) => ({ schema: each })),
    { nil: undefined },
  ),
  more: fc.array(arbitraryHistory.map(countable), { maxLength: 2 }),
});

for (const { name, protocol, target } of wires) {
  test(`${name}: no request has more tokens than its bound, however many bytes a token has`, () => {
    const model: ModelInfo = { name: "m", provider: "p", protocol: protocol.id };
    const tokens = (request: Request): number => {
      const { request: sent } =
        request.responseSchema === undefined
          ? { request }
          : ask(request, request.responseSchema, protocol, target);
      // And providers add what they like, within what they document.
      const added =
        900 +
        (request.tools?.length === 0 ? 0 : 900) +
        (request.responseSchema === undefined ? 0 : 900) +
        12 * request.messages.length;
      return added + tokensOf(parseJson(encode(protocol, sent, target)) as JsonObject);
    };
    fc.assert(
      fc.property(asked, ({ messages, system, tools, responseSchema, more }) => {
        let known: InputBound | undefined;
        let history = History.empty;
        for (const [turn, each] of [messages, ...more].entries()) {
          for (const message of each) history = history.append(message);
          const request = {
            messages: history,
            system,
            tools,
            ...(turn === 0 && responseSchema !== undefined && { responseSchema }),
          };
          const bound = boundInput(request, model, known);
          const actual = tokens(request);
          const most = bound.tokens + schemaBound(request);
          assert.ok(actual <= most, `turn ${turn}: ${actual} of ${most}`);
          // The provider reports exactly that, or nothing, and its answer has as many tokens as bytes.
          const answer: Message = { role: "assistant", parts: [text("Yes, but é ﷺ.")] };
          const said = usage({ input: actual, output: 20 });
          history = history.append(answer);
          known = boundAnswer(bound, history, answer, turn % 2 === 0 ? said : unknownUsage);
        }
      }),
      { numRuns: 150 },
    );
  });
}

test("what was counted before is not walked again, and only the same model's count is taken", () => {
  const model: ModelInfo = { name: "m", provider: "p", protocol: "none" };
  const long = userMessage("x".repeat(100_000));
  const first = History.of([long]);
  const asked = boundInput({ messages: first }, model, undefined);
  assert.ok(asked.tokens >= 100_000);
  const answer: Message = { role: "assistant", parts: [text("ok")] };
  const answered = first.append(answer);
  const known = boundAnswer(asked, answered, answer, usage({ input: 25_000, output: 1 }));
  const next = answered.append(userMessage("more"));
  const again = boundInput({ messages: next }, model, known);
  assert.ok(again.tokens > 25_001 && again.tokens < 25_200, String(again.tokens));
  const other = boundInput({ messages: next }, { ...model, name: "other" }, known);
  assert.ok(other.tokens >= 100_000);
  const rewritten = boundInput({ messages: History.of([long, answer, userMessage("more")]) }, model, known);
  assert.ok(rewritten.tokens >= 100_000, "another history, though it says the same");
  const instructed = boundInput({ messages: next, system: [text("y".repeat(500))] }, model, known);
  assert.ok(instructed.tokens >= again.tokens + 500);
});

test("arguments of calls may be written anew, with every character as an escape", () => {
  const model: ModelInfo = { name: "m", provider: "p", protocol: "none" };
  const call = (argumentsText: string): Message => ({
    role: "assistant",
    parts: [{ type: "tool-call", id: "1", name: "f", argumentsText, input: undefined }],
  });
  const tokens = (argumentsText: string): number =>
    boundInput({ messages: History.of([call(argumentsText)]) }, model, undefined).tokens;
  assert.equal(tokens(`{"a":"${"é".repeat(100)}"}`) - tokens(`{"a":""}`), 600);
});

test("a text has no more tokens than bytes, also after a tokenizer has normalized it", () => {
  assert.deepEqual([textBound("abc"), textBound("é"), textBound("😀"), textBound("\ud800")], [3, 2, 4, 3]);
  assert.equal(textBound("ﷺ"), 33);
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.array(fc.constantFrom("\ud83d", "\ude00", "a")),
      (one, halves) => {
        const value = one + halves.join("");
        assert.equal(utf8Bytes(value), Buffer.byteLength(value));
        assert.ok(textBound(value) >= Buffer.byteLength(value.normalize("NFKC")));
      },
    ),
  );
});

/* Prices */

const price = fc.integer({ min: 0, max: 100_000_000 }).map((micro) => (micro / 1e6).toFixed(6));
const rates = fc
  .dictionary(fc.constantFrom(...tokenClasses), price)
  .chain((some) => fc.record({ input: price, output: price }).map((must) => ({ ...some, ...must })));
const prices: fc.Arbitrary<Prices> = fc.record({
  rates,
  tiers: fc.array(fc.record({ above: fc.nat(3000), rates }), { maxLength: 2 }),
});

test("no usage within the bounds costs more than the worst case, in whatever classes and tiers", () => {
  const shares = fc.array(fc.nat(100), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(
      prices,
      fc.nat(4000),
      fc.integer({ min: 1, max: 5000 }),
      shares,
      fc.boolean(),
      (prices, size, most, parts, hour) => {
        const model: ModelInfo = { name: "m", provider: "p", protocol: "none", prices };
        const messages = History.of([userMessage("x".repeat(size))]);
        const request = { messages, maxOutputTokens: most, ...(hour && { cache: { ttl: "1h" as const } }) };
        const bound = { ...boundInput(request, model, undefined), kinds: { audio: true, hour: false } };
        const worst = worstCase(request, model, bound, { dollars: true, tokens: true });
        const { dollars = 0n, tokens = 0n } = amountsFor(worst, most);
        const counts: Record<string, number> = {};
        // Bounds are filled to the last token, in a random mixture of classes that have a price.
        const fill = (names: readonly string[], total: number): void => {
          const possible = names.filter((each) => each in prices.rates);
          for (const [at, each] of possible.entries()) {
            const left = total - possible.reduce((sum, one) => sum + (counts[one] ?? 0), 0);
            counts[each] = at === possible.length - 1 ? left : Math.floor((left * (parts[at] ?? 0)) / 100);
          }
        };
        fill(
          ["cacheRead", "cacheWrite5m", ...(hour ? ["cacheWrite1h"] : []), "inputAudio", "input"],
          worst.input,
        );
        fill(["outputAudio", "outputImage", "output"], most);
        const used = usage(counts);
        assert.equal(inputTokens(used) + outputTokens(used), Number(tokens));
        const charged = cost(used, prices);
        assert.ok(
          !charged.known || charged.picodollars <= dollars,
          `${JSON.stringify(charged)} of ${dollars}`,
        );
      },
    ),
    { numRuns: 2000 },
  );
});

test("an answer is made as long as can be paid, and no longer; not shorter than what is of use", () => {
  const amount = fc.bigInt(0n, 10_000n);
  fc.assert(
    fc.property(
      fc.record({
        input: fc.nat(3000),
        output: fc.integer({ min: 1, max: 5000 }),
        fixed: amount,
        perOutput: fc.bigInt(0n, 5n),
      }),
      fc.record({
        dollars: fc.option(amount, { nil: undefined }),
        tokens: fc.option(amount, { nil: undefined }),
      }),
      (facts, left) => {
        const worst = { ...facts, least: Math.min(256, facts.output) };
        const pays = (output: number): boolean => {
          const { dollars = 0n, tokens = 0n } = amountsFor(worst, output);
          return dollars <= (left.dollars ?? dollars) && tokens <= (left.tokens ?? tokens);
        };
        const longest = longestPayable(worst, left);
        assert.ok(longest >= worst.least && longest <= worst.output);
        if (pays(worst.least)) assert.ok(pays(longest));
        else assert.equal(longest, worst.least);
        if (longest < worst.output) assert.ok(!pays(longest + 1));
      },
    ),
    { numRuns: 3000 },
  );
});

/* What has no bound */

const priced: Prices = { rates: { input: "3", output: "15" }, webSearch: "0.01" };
const anthropic: ModelInfo = { name: "m", provider: "p", protocol: "anthropic-messages", prices: priced };

function reckon(request: Partial<Request>, model: ModelInfo = anthropic): bigint | undefined {
  const whole = {
    messages: History.of([userMessage("Hi")]),
    maxOutputTokens: 1000,
    ...request,
  } as Request & {
    messages: History;
  };
  const worst = worstCase(whole, model, boundInput(whole, model, undefined), {
    dollars: true,
    tokens: false,
  });
  return amountsFor(worst, worst.output).dollars;
}

function isUnbounded(error: unknown): boolean {
  return error instanceof ConfigurationError && error.code === "unbounded";
}

const vendorTool = (protocol: string, value: JsonObject): Pick<Request, "tools"> => ({
  tools: [{ type: "vendor", protocol, value }],
});
const pdf: FilePart = {
  type: "file",
  source: { kind: "base64", mediaType: "application/pdf", data: "AAAA" },
};

test("what has no bound is refused, and the refusal says what to do", () => {
  const { prices: _, ...unpriced } = anthropic;
  assert.throws(() => reckon({}, unpriced), /the price of m is not known; give it: openModel.*prices/);
  const rows: [RegExp, Partial<Request>, ModelInfo?][] = [
    [/no price for output/, {}, { ...anthropic, prices: { rates: { input: "1" } } }],
    [/no price for input/, {}, { ...anthropic, prices: { rates: {} } }],
    [/code_execution/, vendorTool("anthropic-messages", { type: "code_execution_20250825", name: "c" })],
    [/web_search/, vendorTool("anthropic-messages", { type: "web_search_20250305", name: "w" })],
    [/googleSearch/, vendorTool("gemini", { googleSearch: {} }), { ...anthropic, protocol: "gemini" }],
    [/window is not known/, { messages: History.of([userMessage([pdf])]) }],
    [/window is not known/, vendorTool("anthropic-messages", { type: "web_search_20250305", max_uses: 2 })],
    [/providerOptions.max_tokens/, { providerOptions: { max_tokens: 9 } }],
    [/providerOptions.service_tier/, { providerOptions: { service_tier: "priority" } }],
    [/providerOptions.candidateCount/, { providerOptions: { generationConfig: { candidateCount: 3 } } }],
  ];
  for (const [message, request, model] of rows) {
    assert.throws(
      () => reckon(request, model),
      (error) => isUnbounded(error) && message.test((error as Error).message),
      String(message),
    );
  }
  for (const maxOutputTokens of [0, -1, 1.5, Number.NaN, Infinity]) {
    assert.throws(() => reckon({ maxOutputTokens }), { code: "invalid-option" });
  }
});

test("what has one is not", () => {
  const window = 200_000;
  const least = reckon({}) as bigint;
  assert.equal(reckon(vendorTool("gemini", { googleSearch: {} })), least + 1024n * 3_000_000n, "is not sent");
  assert.ok(reckon(vendorTool("anthropic-messages", { type: "bash_20250124", name: "bash" })) !== undefined);
  assert.equal(
    reckon({ messages: History.of([userMessage([pdf])]) }, { ...anthropic, window }),
    200_000n * 3_000_000n + 1000n * 15_000_000n,
    "a PDF fills the window at most",
  );
  assert.equal(
    reckon(vendorTool("anthropic-messages", { type: "web_search_20250305", max_uses: 2 }), {
      ...anthropic,
      window,
    }),
    3n * 200_000n * 3_000_000n + 2n * 10_000_000_000n + 1000n * 15_000_000n,
  );
  assert.equal(
    reckon(
      { providerOptions: { max_tokens: 9 } },
      { ...anthropic, prices: { rates: { input: "0", output: "0" } } },
    ),
    0n,
  );
});
