import { isDeepStrictEqual } from "node:util";
import type { AnswerFacts, Fields, PartFacts } from "./facts.ts";
import { naiveEvents } from "./naive-sse.ts";
import { isRecord } from "./same-request.ts";
import type { Walked } from "./walked.ts";

/*
 * What an answer of chat completions says, read off the raw JSON for the test alone: the messages or deltas of its
 * first choice, one after the other, and what stands round them.
 */

const reasons: Fields = {
  stop: "end_turn",
  eos: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  function_call: "tool_use",
  content_filter: "content_filter",
};

export function walkOpenaiChat(body: string): Walked {
  const start = body.trimStart();
  const whole = start.startsWith("{");
  const chunks = whole ? [JSON.parse(start) as Fields] : naiveEvents(body);
  const bare = /^error: ?(.*)$/m.exec(body)?.[1];
  const failed = [...chunks, ...chunks.flatMap(choices)].find(({ error }) => isRecord(error));
  const error = bare === undefined ? failed : (JSON.parse(bare) as Fields);
  const facts = chunks.flatMap(choices).length === 0 ? undefined : answerFacts(chunks, whole);
  if (error !== undefined) return { ends: "error", error, facts };
  if (facts === undefined) return { ends: "cut", facts };
  const ended = whole || /^data: ?\[DONE\]/m.test(body) || facts.stop.raw !== null;
  return ended ? { ends: "whole", facts } : { ends: "cut", facts };
}

function choices(chunk: Fields): Fields[] {
  return Array.isArray(chunk["choices"]) ? (chunk["choices"] as Fields[]) : [];
}

function answerFacts(chunks: readonly Fields[], whole: boolean): AnswerFacts {
  const first = chunks.find((chunk) => choices(chunk).length > 0 || Boolean(chunk["id"])) ?? {};
  const mine = chunks.flatMap(choices).filter(({ index }) => !index);
  const messages = mine.map((choice) => message(choice, whole)).filter(isRecord);
  const id = word(first["id"]);
  const parts = assemble(messages, whole, id);
  const sources = ["search_results", "citations"].map((key) =>
    chunks.map((chunk) => chunk[key]).findLast(Array.isArray),
  );
  const final = parts.findLast((part) => part.kind === "text" && part.extra["in"] === undefined);
  // Perplexity's sources stand beside the message, in each chunk.
  if (final?.kind === "text")
    final.citations.push(
      ...((sources.find((list) => list !== undefined && list.length > 0) ?? []) as unknown[]),
    );
  const finishes = mine
    .map((choice) => choice["finish_reason"])
    .filter((each) => each !== null && each !== undefined);
  const raw = whole ? finishes[0] : finishes.findLast((each) => each !== "");
  const sequence = mine.flatMap((each) => [each["matched_stop"], each["stop_reason"]]).findLast(nonEmptyText);
  return {
    id,
    model: word(first["model"]),
    parts,
    stop: {
      raw: raw === undefined ? null : word(raw),
      neutral: neutral(raw, parts),
      sequence: sequence === undefined ? null : word(sequence),
    },
    usage: usageFacts(reports(chunks).at(-1)),
    extra: extraFields(chunks, mine, messages, parts),
  };
}

/** A chunk has a delta, with or without a repetition of all that was said; a whole answer has a message. */
function message(choice: Fields, whole: boolean): unknown {
  const [best, other] = whole ? ["message", "delta"] : ["delta", "message"];
  return choice[best] ?? choice[other];
}

function neutral(raw: unknown, parts: readonly PartFacts[]): string {
  const reason = word(reasons[word(raw)] ?? "unknown");
  const called = parts.some(({ kind }) => kind === "tool-call");
  const refused = parts.some((part) => part.kind === "text" && part.extra["in"] === "refusal");
  if (refused && (reason === "end_turn" || reason === "unknown")) return "refusal";
  if (called) return reason === "end_turn" ? "tool_use" : reason;
  return reason === "tool_use" ? "end_turn" : reason;
}

const reasoningNames = ["reasoning_content", "reasoning"];
const proofNames = ["reasoning_details", "extra_content", "thought_signature"];

/** The parts, in the order in which they begin. */
function assemble(messages: readonly Fields[], whole: boolean, answer: string): PartFacts[] {
  const parts: PartFacts[] = [];
  const add = <Part extends PartFacts>(part: Part): Part => {
    parts.push(part);
    return part;
  };
  let text: (PartFacts & { kind: "text" }) | undefined;
  let refusal: (PartFacts & { kind: "text" }) | undefined;
  let thinking: (PartFacts & { kind: "thinking" }) | undefined;
  let audio: Fields | undefined;
  const cited: unknown[] = [];
  const calls: { fields: Fields; part: PartFacts & { kind: "tool-call" }; json: string }[] = [];
  const say = (piece: string): void => {
    text ??= add({ kind: "text", text: "", citations: cited, extra: {} });
    text.text += piece;
  };
  const think = (piece: string, names: string[], proofs: Fields): void => {
    thinking ??= add({ kind: "thinking", text: "", signature: "", encrypted: null, extra: { in: [] } });
    thinking.text += piece;
    thinking.extra["in"] = [...new Set([...(thinking.extra["in"] as string[]), ...names])];
    for (const [name, value] of Object.entries(proofs)) {
      const before = thinking.extra[name];
      thinking.extra[name] = name === "reasoning_details" ? details(before, value as Fields[]) : value;
    }
  };
  for (const delta of messages) {
    const names = reasoningNames.filter((name) => nonEmptyText(delta[name]));
    const proofs = Object.fromEntries(
      proofNames
        .map((name) => [name, delta[name]])
        .filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value)),
    ) as Fields;
    const hidden = ((proofs["reasoning_details"] ?? []) as Fields[]).map((each) =>
      word(each["text"] ?? each["summary"]),
    );
    const [name] = names;
    if (name !== undefined) think(word(delta[name]), names, proofs);
    else if (Object.keys(proofs).length > 0) think(hidden.join(""), [], proofs);

    const { content } = delta;
    if (nonEmptyText(content)) {
      // A piece of a list ends where the list does.
      if ((thinking?.extra["in"] as string[] | undefined)?.includes("content")) thinking = undefined;
      say(content);
    }
    if (Array.isArray(content)) {
      for (const piece of content as Fields[]) {
        const { type, thinking: texts, ...others } = piece;
        if (type === "thinking") {
          text = undefined;
          think((texts as Fields[]).map((each) => word(each["text"])).join(""), ["content"], others);
        } else if (type === "text") {
          thinking = undefined;
          say(word(piece["text"]));
        } else add({ kind: "opaque", value: piece });
        if (whole) text = thinking = undefined;
      }
    }
    for (const [key, value] of Object.entries(delta)) {
      if (key === "refusal" && nonEmptyText(value)) {
        refusal ??= add({ kind: "text", text: "", citations: [], extra: { in: "refusal" } });
        refusal.text += value;
      }
      if (key === "annotations" && Array.isArray(value)) cited.push(...(value as unknown[]));
      // Snowflake sends the empty forms of what there is not.
      if (key === "audio" && isRecord(value) && (audio !== undefined || Object.values(value).some(Boolean))) {
        audio ??= (add({ kind: "opaque", value: { type: "audio", audio: {} } }).value as { audio: Fields })
          .audio;
        for (const [name, piece] of Object.entries(value)) {
          const grows = name === "data" || name === "transcript";
          audio[name] = grows ? word(audio[name]) + word(piece) : piece;
        }
      }
      if (key === "images" && Array.isArray(value)) {
        for (const image of value as { image_url: { url: string } }[])
          add({ kind: "other", value: image.image_url.url });
      }
      const listed = key === "tool_calls" && Array.isArray(value) ? (value as Fields[]) : [];
      const legacy =
        key === "function_call" && isRecord(value) && Object.values(value).some(Boolean)
          ? [{ index: "legacy", function: value } as Fields]
          : [];
      for (const piece of [...listed, ...legacy]) {
        const called = { ...(piece["function"] as Fields | undefined) };
        let call = whole ? undefined : calls.findLast(({ fields }) => goesOn(fields, piece));
        if (call === undefined) {
          const at = calls.length;
          const part = add({
            kind: "tool-call" as const,
            id: "",
            name: "",
            input: undefined,
            extra: {},
          });
          part.id = nonEmptyText(piece["id"])
            ? piece["id"]
            : `call_${answer === "" ? "" : `${answer}_`}${at}`;
          part.name = word(called["name"]);
          calls.push((call = { fields: piece, part, json: "" }));
        }
        call.json += word(called["arguments"]);
        const { index: _, id: __, type: ___, function: ____, custom: _____, ...others } = piece;
        for (const [name, other] of Object.entries(others)) if (other !== null) call.part.extra[name] = other;
      }
    }
  }
  for (const { part, json } of calls) part.input = jsonOrText(json === "" ? "{}" : json);
  return parts;
}

function goesOn(earlier: Fields, piece: Fields): boolean {
  if (typeof piece["index"] === "number") return earlier["index"] === piece["index"];
  if (nonEmptyText(piece["id"])) return earlier["id"] === piece["id"];
  return !nonEmptyText((piece["function"] as Fields)["name"]);
}

/** Pieces of a detail have its number and its type; an encrypted one comes whole. */
function details(before: unknown, more: readonly Fields[]): unknown {
  const merged = structuredClone((before ?? []) as Fields[]);
  for (const { ...piece } of more) {
    const same = merged.findLast(({ index, type }) => index === piece["index"] && type === piece["type"]);
    if (same === undefined || piece["type"] === "reasoning.encrypted") merged.push(piece);
    else {
      for (const [key, value] of Object.entries(piece)) {
        if (key === "text" || key === "summary") same[key] = word(same[key]) + word(value);
        else if ((value !== "" && value !== null) || same[key] === undefined) same[key] = value;
      }
    }
  }
  return merged;
}

function reports(chunks: readonly Fields[]): Fields[] {
  const said = chunks.map((chunk) => chunk["usage"] ?? (chunk["x_groq"] as Fields | undefined)?.["usage"]);
  return said.filter(isRecord);
}

function usageFacts(usage: Fields | undefined): Fields | null {
  if (usage === undefined) return null;
  const at = (...path: string[]): number => {
    let value: unknown = usage;
    for (const key of path) value = (value as Fields | null | undefined)?.[key];
    return typeof value === "number" ? value : 0;
  };
  const prompt = at("prompt_tokens");
  const said = [
    at("prompt_tokens_details", "cached_tokens"),
    at("prompt_cache_hit_tokens"),
    at("cached_tokens"),
    at("num_cached_tokens"),
  ];
  // Some say that they read more from their cache than there was to read.
  const cacheRead = Math.min(prompt, Math.max(...said));
  const cacheWrite5m = Math.min(prompt - cacheRead, at("prompt_tokens_details", "cache_write_tokens"));
  const inputAudio = Math.min(prompt - cacheRead - cacheWrite5m, at("prompt_tokens_details", "audio_tokens"));
  const reasoning = at("completion_tokens_details", "reasoning_tokens") || at("reasoning_tokens");
  const completion = at("completion_tokens");
  const beside = prompt + completion + reasoning === at("total_tokens") ? reasoning : 0;
  const outputAudio = at("completion_tokens_details", "audio_tokens");
  const outputImage = at("completion_tokens_details", "image_tokens");
  const billed = bill(usage, at);
  return {
    input: prompt - cacheRead - cacheWrite5m - inputAudio,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h: 0,
    output: completion + beside - outputAudio - outputImage,
    inputAudio,
    outputAudio,
    outputImage,
    reasoning,
    webSearches: at("web_search_usage", "tool_usage") || at("server_tool_use_details", "web_search_requests"),
    ...(billed !== undefined && { billed }),
  };
}

function bill(usage: Fields, at: (...path: string[]) => number): string | undefined {
  if (at("cost_in_usd_ticks") > 0) return String(BigInt(at("cost_in_usd_ticks")) * 100n);
  const { cost } = usage;
  if (typeof cost !== "number" && !isRecord(cost)) return undefined;
  const own = typeof cost === "number" ? cost : at("cost", "total_cost");
  return BigInt(
    ((own + (usage["is_byok"] === true ? at("cost_details", "upstream_inference_cost") : 0)) * 1e12).toFixed(
      0,
    ),
  ).toString();
}

const countedUsage =
  /^(?:prompt_tokens|completion_tokens|total_tokens|(?:prompt|completion)_tokens_details|prompt_cache_(?:hit|miss)_tokens|(?:num_)?cached_tokens|cache_\w+_input_tokens|reasoning_tokens|cost|cost_in_usd_ticks)$/;

/** What has no neutral name: of the answer, of its choice, of its message and of its usage. */
function extraFields(
  chunks: readonly Fields[],
  mine: readonly Fields[],
  messages: readonly Fields[],
  parts: readonly PartFacts[],
): Fields {
  const top = lastSaid(chunks, ["id", "object", "model", "choices", "usage", "error", "obfuscation", "p"]);
  const choice = lastSaid(mine, ["index", "delta", "message", "finish_reason", "logprobs", "error"]);
  const read = [...reasoningNames, ...proofNames, "role", "content", "refusal", "tool_calls"];
  const text = parts.some((part) => part.kind === "text" && part.extra["in"] === undefined);
  const taken = [...read, "function_call", "audio", "images", ...(text ? ["annotations"] : [])];
  const message = grown(messages, taken);
  // An empty list of sources says nothing.
  if (isDeepStrictEqual(message["annotations"], [])) delete message["annotations"];
  const logprobs = grown(mine.map((each) => each["logprobs"]).filter(isRecord), []);
  const usage = Object.entries(reports(chunks).at(-1) ?? {}).filter(([key]) => !countedUsage.test(key));
  const others = otherChoices(chunks.flatMap(choices).filter(({ index }) => Boolean(index)));
  const nested = { choice, message, logprobs, usage: Object.fromEntries(usage) };
  const full = Object.entries(nested).filter(([, fields]) => Object.keys(fields).length > 0);
  return { ...top, ...Object.fromEntries(full), ...(others.length > 0 && { choices: others }) };
}

function isSaid(value: unknown): boolean {
  return value !== null && value !== undefined && value !== "";
}

function lastSaid(objects: readonly Fields[], known: readonly string[]): Fields {
  const said: Fields = {};
  for (const [key, value] of objects.flatMap(Object.entries<unknown>)) {
    if (known.includes(key) || !isSaid(value)) continue;
    said[key] = isRecord(value) && isRecord(said[key]) ? { ...said[key], ...value } : value;
  }
  return said;
}

/** Lists grow; their items with a number go on with the item of that number. */
function grown(objects: readonly Fields[], known: readonly string[]): Fields {
  const all: Fields = {};
  for (const [key, value] of objects.flatMap(Object.entries<unknown>)) {
    if (known.includes(key) || !isSaid(value)) continue;
    const before = all[key];
    if (!Array.isArray(value) || !Array.isArray(before)) all[key] = structuredClone(value);
    else {
      for (const item of value as Fields[]) {
        const at = (before as Fields[]).findIndex(
          (each) => isRecord(each) && typeof item["index"] === "number" && each["index"] === item["index"],
        );
        if (at === -1) before.push(item);
        else before[at] = { ...(before[at] as Fields), ...item };
      }
    }
  }
  return all;
}

/** Further choices: their contents put together, their other fields as last said. */
function otherChoices(pieces: readonly Fields[]): Fields[] {
  const numbers = [...new Set(pieces.map(({ index }) => index as number))].sort((a, b) => a - b);
  return numbers.map((index) => {
    const all = pieces.filter((each) => each["index"] === index);
    const { delta: _, message: whole, ...fields } = Object.assign({}, ...all) as Fields;
    const finish = all.map((each) => each["finish_reason"]).findLast(isSaid);
    const deltas = all.map((each) => each["delta"]).filter(isRecord);
    const said = deltas.map((each) => word(each["content"])).join("");
    const joined = { ...(Object.assign({}, ...deltas.toReversed()) as Fields), content: said };
    return {
      ...fields,
      ...(finish !== undefined && { finish_reason: finish }),
      message: isDeepStrictEqual(deltas, []) ? whole : joined,
    };
  });
}

function nonEmptyText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function word(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function jsonOrText(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return { notJson: json };
  }
}
