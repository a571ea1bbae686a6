import assert from "node:assert/strict";
import { test } from "node:test";
import { calcPrice, extractUsage, findProvider, type Provider as Oracle } from "@pydantic/genai-prices";
import { listingOf, oracleProvider } from "../../scripts/price-listing.ts";
import { cost, perToken, type Cost } from "../../src/llm/money.ts";
import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { gemini } from "../../src/protocols/gemini/index.ts";
import { openaiChat } from "../../src/protocols/openai-chat/index.ts";
import { openaiResponses } from "../../src/protocols/openai-responses/index.ts";
import type { Protocol } from "../../src/protocols/protocol.ts";
import { catalogue } from "../../src/providers/catalogue/index.ts";
import { listDate, priceList } from "../../src/providers/catalogue/price-list.ts";
import { findModel } from "../../src/providers/lookup.ts";
import { naiveEvents } from "../conformance/naive-sse.ts";
import { readAnswer } from "../conformance/in-memory.ts";
import { readTrace, traceFiles, type RecordedExchange } from "../conformance/read-trace.ts";
import { tracesFolder } from "../conformance/traces-folder.ts";

/** The day our list is of: theirs knows prices of other days, too. */
const day = new Date(`${listDate}T12:00:00Z`);

type Json = Readonly<Record<string, unknown>>;

/** A wire language: how its answers are decoded, and where their own report stands for an oracle to read. */
interface Row {
  readonly protocol: Protocol;
  readonly flavor: string;
  /** The reports of an answer, in their order, each as the member that a whole answer would have. */
  readonly reports: (event: Json) => readonly (Json | undefined)[];
  /** Whether a later report only adds to what an earlier one said. */
  readonly cumulative: boolean;
}

const languages: Readonly<Record<string, Row>> = {
  "anthropic-messages": {
    protocol: anthropicMessages,
    flavor: "default",
    reports: (event) => [at(at(event, "message"), "usage"), at(event, "usage")],
    cumulative: true,
  },
  "openai-chat": {
    protocol: openaiChat,
    flavor: "chat",
    reports: (event) => [at(at(event, "x_groq"), "usage"), at(event, "usage")],
    cumulative: false,
  },
  "openai-responses": {
    protocol: openaiResponses,
    flavor: "responses",
    reports: (event) => [at(at(event, "response"), "usage"), at(event, "usage")],
    cumulative: false,
  },
  gemini: {
    protocol: gemini,
    flavor: "default",
    reports: (event) => [at(event, "usageMetadata")],
    cumulative: true,
  },
};

/** Our ids for the providers that traces name otherwise. */
const ids: Readonly<Record<string, string>> = { togetherai: "together" };

function at(value: Json | undefined, key: string): Json | undefined {
  const member = value?.[key];
  return typeof member === "object" && member !== null ? (member as Json) : undefined;
}

/** A recorded usage, priced by both. Searches count where they find them in a report, which is at Anthropic's. */
interface Priced {
  readonly where: string;
  readonly report: Json;
  readonly ours: Cost;
  readonly theirs: number;
}

async function price(
  where: string,
  traced: string,
  language: Row,
  exchange: RecordedExchange,
): Promise<Priced | undefined> {
  const id = ids[traced] ?? traced;
  const oracle = oracleProvider(id);
  if (oracle === undefined || exchange.status !== 200) return undefined;
  const chunks = [new TextEncoder().encode(exchange.body)];
  const { answer } = await readAnswer(language.protocol, { chunks, headers: exchange.headers });
  const asked = (exchange.request as Json | null)?.["model"];
  const model = typeof asked === "string" ? asked : answer?.model;
  const report = reportOf(exchange.body, language);
  if (answer?.usage.source !== "reported" || !model || report === undefined) return undefined;
  const { record } = findModel(`${id}/${model}`);
  if (record.prices === undefined) return undefined;
  // What a vendor says it billed would win over any price.
  const { billed: _, ...usage } = answer.usage;
  const { dollars: theirs, searches } = theirPrice(oracle, record.name, language, report);
  const ours = cost({ ...usage, webSearches: searches ? usage.webSearches : 0 }, record.prices);
  return { where: `${where} ${record.name}`, report, ours, theirs };
}

function reportOf(body: string, { reports, cumulative }: Row): Json | undefined {
  const trimmed = body.trim();
  const events = /^[[{]/.test(trimmed) ? [JSON.parse(trimmed) as Json].flat() : naiveEvents(body);
  const said = events.flatMap(reports).filter((report) => report !== undefined);
  if (!cumulative) return said.at(-1);
  const known = said.map((report) => Object.entries(report).filter(([, value]) => value !== null));
  return known.length === 0 ? undefined : Object.fromEntries(known.flat());
}

function theirPrice(
  oracle: Oracle,
  model: string,
  { protocol, flavor }: Row,
  report: Json,
): { dollars: number; searches: boolean } {
  const flavors = (oracle.extractors ?? []).map((each) => each.api_flavor);
  const fallback = protocol.id === "openai-chat" && flavors.includes("default") ? "default" : undefined;
  const own = flavors.includes(flavor) ? flavor : fallback;
  const reader = own === undefined ? findProvider({ providerId: "openai" }) : oracle;
  assert.ok(reader !== undefined);
  const member = protocol.id === "gemini" ? "usageMetadata" : "usage";
  const { usage } = extractUsage(reader, { model, modelVersion: model, [member]: report }, own ?? flavor);
  const price = calcPrice(usage, model, { provider: oracle, timestamp: day });
  assert.ok(price !== null, `${model} has a price there`);
  return { dollars: price.total_price, searches: usage["web_searches"] !== undefined };
}

/** Why we differ, where we do: docs/guides/models.md says more of each. */
const differences: Readonly<Record<string, (priced: Priced) => boolean>> = {
  // They take the price of another class; we say that we do not know.
  "a class without a price": ({ ours, theirs }) =>
    !ours.known && Number(ours.atLeast) / 1e12 <= theirs + 1e-9,
  // They tell cached audio from cached text.
  "cached audio": ({ ours, theirs, report }) =>
    ours.known && ours.dollars < theirs && /"cacheTokensDetails":.*?"AUDIO"/.test(JSON.stringify(report)),
};

const folder = tracesFolder;
const skip = folder === undefined ? "no recordings here" : false;

for (const [protocol, language] of Object.entries(languages)) {
  test(`${protocol}: recorded usage costs what the oracle says`, { skip }, async (t) => {
    const counts = new Map<string, number>();
    for (const file of traceFiles(`${folder}/${protocol}`)) {
      const trace = readTrace(file, folder ?? "");
      if ("reason" in trace) continue;
      for (const exchange of trace.exchanges) {
        const priced = await price(trace.name, trace.provider, language, exchange);
        if (priced === undefined) continue;
        const { ours, theirs, where } = priced;
        const equal = ours.known && Math.abs(ours.dollars - theirs) < 1e-9;
        const why = equal ? "equal" : Object.keys(differences).find((name) => differences[name]?.(priced));
        const said = ours.known ? ours.dollars : ours.why;
        assert.ok(why !== undefined, `${where}: ${said} and ${theirs} for ${JSON.stringify(priced.report)}`);
        counts.set(why, (counts.get(why) ?? 0) + 1);
      }
    }
    assert.ok((counts.get("equal") ?? 0) > 0, "something was compared");
    t.diagnostic([...counts].map(([why, count]) => `${why}: ${count}`).join(", "));
  });
}

test("the price list is what the oracle says on its day", () => {
  for (const [name, listing] of priceList) {
    const slash = name.indexOf("/");
    const { listing: theirs } = listingOf(name.slice(0, slash), name.slice(slash + 1), day);
    assert.deepEqual(listing, theirs, name);
  }
});

test("every price can be reckoned with, and says where and when it was read", () => {
  for (const { name, prices, provider } of catalogue.models) {
    if (prices === undefined) continue;
    for (const rates of [prices.rates, ...(prices.tiers ?? []).map((tier) => tier.rates)]) {
      for (const rate of Object.values(rates)) assert.ok(perToken(rate) >= 0n);
      assert.ok(
        rates.input !== undefined && rates.output !== undefined && rates.cacheRead !== undefined,
        name,
      );
    }
    assert.match(prices.source ?? "", /./, name);
    if (provider !== "llama.cpp") assert.match(prices.date ?? "", /^\d{4}-\d{2}-\d{2}$/, name);
  }
});

test("cached tokens of OpenAI's are charged once: the seed charged them twice", async () => {
  const usage = { prompt_tokens: 1000, completion_tokens: 10, prompt_tokens_details: { cached_tokens: 400 } };
  const choices = [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }];
  const body = JSON.stringify({ id: "x", model: "gpt-4.1-2025-04-14", choices, usage });
  const { answer } = await readAnswer(openaiChat, { chunks: [new TextEncoder().encode(body)] });
  assert.ok(answer !== undefined);
  // 600 x 2 + 400 x 0.50 + 10 x 8 micro-dollars.
  assert.deepEqual(cost(answer.usage, findModel("gpt4.1").record.prices), {
    known: true,
    picodollars: 1_480_000_000n,
    dollars: 0.00148,
  });
});
