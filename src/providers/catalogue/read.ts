import { decimal, type Prices, type Rates } from "../../llm/money.ts";
import type { Dialect } from "../../protocols/dialect.ts";
import { tokenClasses } from "../../llm/usage.ts";
import type { ProtocolId } from "../../protocols/protocol.ts";
import type { Auth, Family, ModelRecord, Place as LanguagePlace, Provider } from "../provider.ts";
import type { Place } from "./shape.ts";

/*
 * The records of a user's own catalogue. They have the shapes of ours, and all of them may be parts: a record of a
 * name that we have says only what is different.
 */

const protocols: readonly ProtocolId[] = ["anthropic-messages", "openai-chat", "openai-responses", "gemini"];

const thinking: readonly ModelRecord["thinking"][] = ["budget", "adaptive", "none"];

const bool = [true, false] as const;

/** Each switch, and what it can say. */
const switches: { readonly [Name in keyof Dialect]-?: readonly NonNullable<Dialect[Name]>[] } = {
  endMark: ["always", "sometimes"],
  maxTokens: ["max_tokens", "max_completion_tokens"],
  systemRole: ["system", "developer"],
  thinkingBack: ["reasoning_content", "reasoning", "reasoning_details"],
  effort: ["reasoning_effort", "enable_thinking", "thinking_type", "none"],
  usageOnRequest: bool,
  anyTool: ["required", "any"],
  thinkingBesideOutput: bool,
  callIds: ["any", "nine"],
  resultMedia: ["inside", "beside"],
  markForeignCalls: bool,
  leastThinking: ["off", "minimal", "low"],
  stateless: bool,
  cacheMarks: ["cache_control"],
  structuredOutput: ["native", "tool", "json-object"],
  thinkingKept: bool,
  thinkingDemanded: bool,
  strict: bool,
};

/** Reads one member of a record. */
type Reader<Value> = (place: Place) => Value;

type Readers<Shape> = { readonly [Key in keyof Shape]-?: Reader<NonNullable<Shape[Key]>> };

/** The members that a place has, each read; others are refused. */
function part<Shape extends object>(readers: Readers<Shape>): Reader<Partial<Shape>> {
  return (place) => {
    place.only(Object.keys(readers));
    const known = Object.entries<Reader<unknown>>(readers as Record<string, Reader<unknown>>);
    return Object.fromEntries(
      known.flatMap(([key, read]) => {
        const member = place.at(key);
        return member === undefined ? [] : [[key, read(member)]];
      }),
    ) as Partial<Shape>;
  };
}

const dialect = (place: Place): Dialect => {
  place.only(Object.keys(switches));
  const said = place.entries().map(([name, value]) => {
    const words: readonly (string | boolean)[] = switches[name as keyof Dialect];
    return [name, value.oneOf(words)];
  });
  return Object.fromEntries(said) as Dialect;
};

const auth = (place: Place): Auth => {
  if (place.value === "bearer" || place.value === "none") return place.value;
  if (typeof place.value === "string") return place.fail('must be "bearer", "none" or { "header": NAME }');
  return { header: place.only(["header"]).need("header").text() };
};

const url = (place: Place): string => {
  const text = place.text();
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? "")) return place.fail("must be an http or https URL");
  return text.replace(/\/+$/, "");
};

const price =
  (places: number) =>
  (place: Place): string => {
    try {
      if (typeof place.value === "string" && decimal(place.value, places) >= 0n) return place.value;
    } catch {
      // Told below.
    }
    return place.fail(
      `must be a decimal number of dollars as a text with at most ${places} places, like "0.30"`,
    );
  };

const rates = (place: Place): Rates =>
  Object.fromEntries(
    place
      .only(tokenClasses)
      .entries()
      .map(([name, value]) => [name, price(6)(value)]),
  );

/** A price list; unlike records it is whole. */
export const readPrices = (place: Place): Prices => {
  const tier = (each: Place): NonNullable<Prices["tiers"]>[number] => ({
    above: each.only(["above", "rates"]).need("above").count(),
    rates: rates(each.need("rates")),
  });
  const { rates: base = place.missing("rates"), ...others } = part<Prices>({
    rates,
    tiers: (tiers) => tiers.items().map(tier),
    webSearch: price(12),
    date: (date) => date.text(),
    source: (source) => source.text(),
  })(place);
  return { rates: base, ...others };
};

const language = part<LanguagePlace>({ baseUrl: url, auth, dialect });

const family = (place: Place): Family => {
  const { prefix = place.missing("prefix"), ...others } = part<Family>({
    prefix: (prefix) => prefix.text(),
    protocol: (protocol) => protocol.oneOf(protocols),
    thinking: (word) => word.oneOf(thinking),
    dialect,
  })(place);
  return { prefix, ...others };
};

/** What a record says of a provider. */
export const readProvider: Reader<Partial<Provider>> = part<Provider>({
  id: (id) => (/^[^\s/]+$/.test(id.text()) ? id.text() : id.fail("must have neither spaces nor slashes")),
  name: (name) => name.text(),
  protocol: (protocol) => protocol.oneOf(protocols),
  baseUrl: url,
  baseUrlVariable: (name) => name.text(),
  keyVariables: (names) => names.texts(),
  keyUrl: url,
  auth,
  dialect,
  also: (also) =>
    Object.fromEntries(
      also
        .only(protocols)
        .entries()
        .map(([name, place]) => [name, language(place)]),
    ),
  local: (local) => local.flag(),
  thinking: (word) => word.oneOf(thinking),
  families: (families) => families.items().map(family),
});

/** What a record says of a model. */
export const readModel: Reader<Partial<ModelRecord>> = part<ModelRecord>({
  name: (name) => name.text(),
  provider: (provider) => provider.text(),
  aliases: (aliases) => aliases.texts(),
  protocol: (protocol) => protocol.oneOf(protocols),
  window: (window) => window.count(),
  maxOutput: (maxOutput) => maxOutput.count(),
  thinking: (word) => word.oneOf(thinking),
  prices: readPrices,
  dialect,
});
