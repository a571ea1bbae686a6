import { isDeepStrictEqual } from "node:util";
import type { ModelErrorKind } from "../../src/llm/errors.ts";
import type { AnswerFacts, Fields, PartFacts } from "./facts.ts";
import { naiveEvents } from "./naive-sse.ts";
import type { RecordedExchange } from "./read-trace.ts";
import { isRecord } from "./same-request.ts";
import type { ErrorFacts, Walked } from "./walked.ts";

/*
 * What an answer of generateContent says, read off the raw JSON for the test alone: a stream's chunks are put together
 * into the answer that would have come whole, and that is read.
 */

const filters = [
  "SAFETY",
  "RECITATION",
  "LANGUAGE",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "MODEL_ARMOR",
];

export function walkGemini(body: string): Walked {
  const start = body.trimStart();
  const single = start.startsWith("{");
  const chunks = single || start.startsWith("[") ? [JSON.parse(start) as Fields].flat() : naiveEvents(body);
  const failed = chunks.find(({ error }) => error !== undefined);
  const facts = answerFacts(chunks.filter(({ error }) => error === undefined));
  if (failed !== undefined) return { ends: "error", error: failed, facts };
  return single || facts.stop.raw !== null ? { ends: "whole", facts } : { ends: "cut", facts };
}

function answerFacts(chunks: readonly Fields[]): AnswerFacts {
  const candidates = chunks.flatMap((chunk) => list(chunk["candidates"]).filter((each) => !each["index"]));
  const last = (key: string): unknown => candidates.findLast((each) => full(each[key]))?.[key];
  const parts = assemble(candidates.map((each) => list(record(each["content"])["parts"])));
  const id = word(chunks[0]?.["responseId"]);
  const facts = partFacts(parts, id === "" ? fingerprint(JSON.stringify(chunks[0])) : id);
  const sources = citations(record(last("groundingMetadata")), candidates);
  const final = facts.at(-1);
  // Where no text is the last thing said, sources are among the fields of the answer alone.
  if (final?.kind === "text") final.citations.push(...sources);
  const blocked = record(chunks.findLast(({ promptFeedback }) => full(promptFeedback))?.["promptFeedback"])[
    "blockReason"
  ];
  const finish = last("finishReason");
  const raw = finish ?? blocked;
  return {
    id,
    model: word(chunks[0]?.["modelVersion"]),
    parts: facts,
    stop: {
      raw: raw === undefined ? null : word(raw),
      neutral: neutral(finish, blocked, facts),
      sequence: null,
    },
    usage: usageFacts(chunks, record(last("groundingMetadata"))),
    extra: extraFields(chunks, candidates),
  };
}

function neutral(finish: unknown, blocked: unknown, parts: readonly PartFacts[]): string {
  if (finish === undefined) return blocked === undefined ? "unknown" : "content_filter";
  if (finish === "STOP" || finish === 1)
    return parts.some(({ kind }) => kind === "tool-call") ? "tool_use" : "end_turn";
  if (finish === "MAX_TOKENS" || finish === 2) return "max_tokens";
  return filters.includes(word(finish)) || finish === 3 || finish === 4 ? "content_filter" : "unknown";
}

/** 32 bits of FNV-1a, from which calls are named where the answer has no name. */
function fingerprint(text: string): string {
  let hash = 2166136261n;
  for (let i = 0; i < text.length; i++)
    hash = ((hash ^ BigInt(text.charCodeAt(i))) * 16777619n) & 0xffffffffn;
  return hash.toString(16).padStart(8, "0");
}

/** Pieces of a text that follow one another in chunks of their own are one text, up to its signature. */
function assemble(chunks: readonly Fields[][]): Fields[] {
  const parts: Fields[] = [];
  let call: Fields | undefined;
  for (const chunk of chunks) {
    for (const [at, part] of chunk.entries()) {
      const before = parts.at(-1);
      const saysNothing = part["text"] === "" && !full(part["thoughtSignature"]);
      if (saysNothing) continue;
      const piece = record(part["functionCall"]);
      if (call !== undefined && part["functionCall"] !== undefined && piece["name"] === undefined) {
        for (const each of list(piece["partialArgs"])) place(record(call["args"]), each);
      } else if (at === 0 && goesOn(before, part)) {
        parts[parts.length - 1] = {
          ...before,
          ...part,
          text: word(before?.["text"]) + word(part["text"]),
        };
      } else {
        parts.push(
          part["functionCall"] === undefined
            ? { ...part }
            : { ...part, functionCall: { args: {}, ...piece } },
        );
        call = record(parts.at(-1)?.["functionCall"]);
      }
    }
  }
  return parts;
}

function goesOn(before: Fields | undefined, part: Fields): boolean {
  if (before === undefined || typeof before["text"] !== "string" || typeof part["text"] !== "string")
    return false;
  return Boolean(before["thought"]) === Boolean(part["thought"]) && !full(before["thoughtSignature"]);
}

/** `$.a[0].b` of a call's arguments. */
function place(args: Fields, piece: Fields): void {
  const keys = word(piece["jsonPath"])
    .slice(2)
    .split(/[.[\]]+/)
    .filter((key) => key !== "");
  let at = args;
  for (const [i, key] of keys.slice(0, -1).entries()) {
    at = (at[key] ??= /^\d+$/.test(keys[i + 1] ?? "") ? [] : {}) as Fields;
  }
  const key = keys.at(-1) ?? "";
  const { jsonPath: _, willContinue: __, ...values } = piece;
  const [value] = Object.values(values);
  at[key] = typeof at[key] === "string" ? at[key] + word(value) : value;
}

function partFacts(parts: readonly Fields[], answerId: string): PartFacts[] {
  let calls = 0;
  return parts.map((part): PartFacts => {
    const { text, thought, thoughtSignature, functionCall, inlineData, ...others } = part;
    const signed = thoughtSignature === undefined ? {} : { thoughtSignature };
    if (thought === true) {
      const signature = word(thoughtSignature);
      return { kind: "thinking", text: word(text), signature, encrypted: null, extra: others };
    }
    if (text !== undefined)
      return { kind: "text", text: word(text), citations: [], extra: { ...signed, ...others } };
    if (functionCall !== undefined) {
      const { id, name, args } = functionCall as Fields;
      const made = `noid_${answerId}_${calls++}`;
      return {
        kind: "tool-call",
        id: word(id ?? made),
        name: word(name),
        input: args,
        extra: { ...signed, ...others },
      };
    }
    if (inlineData !== undefined) {
      const { mimeType, data } = inlineData as { mimeType: string; data: string };
      const type = mimeType.startsWith("image/") ? "image" : "file";
      return { kind: "other", value: { type, source: { kind: "base64", mediaType: mimeType, data } } };
    }
    return { kind: "opaque", value: part };
  });
}

function citations(grounding: Fields, candidates: readonly Fields[]): unknown[] {
  const chunks = list(grounding["groundingChunks"]);
  const supports = list(grounding["groundingSupports"]);
  const numbers = (support: Fields): number[] => (support["groundingChunkIndices"] ?? []) as number[];
  const used = new Set(supports.flatMap(numbers));
  const supported = supports.map((support) => {
    const { groundingChunkIndices: _, ...others } = support;
    return { ...others, groundingChunks: numbers(support).map((at) => chunks[at]) };
  });
  const unused = chunks.filter((_, at) => !used.has(at)).map((chunk) => ({ groundingChunks: [chunk] }));
  return [
    ...supported,
    ...unused,
    ...quotations(candidates, "citationSources"),
    ...quotations(candidates, "citations"),
  ];
}

/** What each chunk says that it quotes, once. */
function quotations(candidates: readonly Fields[], key: string): Fields[] {
  const all = candidates.flatMap((each) => list(record(each["citationMetadata"])[key]));
  return all.filter((each, at) => all.findIndex((other) => isDeepStrictEqual(each, other)) === at);
}

function usageFacts(chunks: readonly Fields[], grounding: Fields): Fields | null {
  const counted = chunks.map((chunk) => record(chunk["usageMetadata"]));
  const said = counted.flatMap((each) => Object.entries(each)).filter(([key]) => key.includes("Token"));
  if (said.length === 0) return null;
  const final = Object.fromEntries(said);
  const at = (key: string): number => Number(final[key] ?? 0);
  const heard = (key: string, ...names: unknown[]): number => {
    const entries = list(final[key]).filter(({ modality }) => names.includes(modality));
    return entries.reduce((sum, { tokenCount }) => sum + Number(tokenCount), 0);
  };
  const cacheRead = at("cachedContentTokenCount");
  const inputAudio = heard("promptTokensDetails", "AUDIO", 4) - heard("cacheTokensDetails", "AUDIO", 4);
  const outputAudio = heard("candidatesTokensDetails", "AUDIO", 4);
  const outputImage = heard("candidatesTokensDetails", "IMAGE", 2);
  const reasoning = at("thoughtsTokenCount");
  return {
    input: at("promptTokenCount") + at("toolUsePromptTokenCount") - cacheRead - inputAudio,
    cacheRead,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: at("candidatesTokenCount") + reasoning - outputAudio - outputImage,
    inputAudio,
    outputAudio,
    outputImage,
    reasoning,
    webSearches: ((grounding["webSearchQueries"] ?? []) as string[]).filter((query) => query !== "").length,
  };
}

/** What has no neutral name: of the answer, of its candidate, and of its usage. */
function extraFields(chunks: readonly Fields[], candidates: readonly Fields[]): Fields {
  const extra: Fields = {};
  for (const { candidates: _, modelVersion: __, responseId: ___, usageMetadata, ...others } of chunks) {
    Object.assign(extra, others);
    const facts = Object.entries(record(usageMetadata)).filter(([key]) => !key.includes("Token"));
    if (facts.length > 0)
      extra["usageMetadata"] = { ...record(extra["usageMetadata"]), ...Object.fromEntries(facts) };
  }
  for (const { content: _, finishReason: __, index: ___, ...others } of candidates) {
    for (const [key, value] of Object.entries(others)) if (full(value) || !(key in extra)) extra[key] = value;
  }
  for (const key of ["citationSources", "citations"]) {
    const quoted = quotations(candidates, key);
    if (quoted.length > 0)
      extra["citationMetadata"] = { ...record(extra["citationMetadata"]), [key]: quoted };
  }
  const others = chunks.flatMap((chunk) => list(chunk["candidates"]).filter((each) => each["index"]));
  return others.length > 0 ? { ...extra, candidates: others } : extra;
}

/** A word of the vendor's, which may be a number. */
function word(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? `${value}` : "";
}

function full(value: unknown): boolean {
  if (isRecord(value)) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== "";
}

function record(value: unknown): Fields {
  return isRecord(value) || Array.isArray(value) ? (value as Fields) : {};
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? (value as Fields[]) : [];
}

/** https://cloud.google.com/apis/design/errors#handling_errors, read for the test alone. */
const byStatus: Record<string, ModelErrorKind> = {
  INVALID_ARGUMENT: "invalid-request",
  FAILED_PRECONDITION: "invalid-request",
  UNAUTHENTICATED: "authentication",
  PERMISSION_DENIED: "permission",
  NOT_FOUND: "not-found",
  RESOURCE_EXHAUSTED: "rate-limit",
  INTERNAL: "server",
  UNAVAILABLE: "overloaded",
  DEADLINE_EXCEEDED: "timeout",
};

const byNumber: Record<number, ModelErrorKind> = {
  400: "invalid-request",
  401: "authentication",
  403: "permission",
  404: "not-found",
  408: "timeout",
  413: "context-overflow",
  429: "rate-limit",
  503: "overloaded",
};

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function geminiError({ body, status: http, headers }: RecordedExchange, found?: Fields): ErrorFacts {
  const parsed = found ?? json(body.trimStart().replace(/^data: ?/, ""));
  const error = record(record(Array.isArray(parsed) ? parsed[0] : parsed)["error"]);
  const { status, message, details } = error;
  const said = word(message).toLowerCase();
  const badKey =
    list(details).some(({ reason }) => reason === "API_KEY_INVALID") || said.startsWith("api key ");
  const long =
    said.includes("token count") &&
    (said.includes("exceeds the maximum") || said.includes("only supports up to"));
  return {
    kind: badKey
      ? "authentication"
      : long
        ? "context-overflow"
        : (byStatus[word(status)] ?? byNumber[http] ?? "server"),
    message: word(message),
    code: typeof status === "string" ? status : undefined,
    requestId: headers["request-id"] ?? headers["x-request-id"],
  };
}

/**
 * A request's body as it is compared: names of the API in camelCase, a content without a role is the user's, one tool
 * is a list of it, base64 in the standard alphabet. Keys below these are data, and stay.
 */
export function canonicalGemini(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonicalGemini);
  if (!isRecord(value)) return value;
  const members = Object.entries(value).map(([key, member]): [string, unknown] => {
    const name = key.replace(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (data.has(name)) return [name, member];
    if (name === "tools" && !Array.isArray(member)) return [name, [canonicalGemini(member)]];
    if (name === "data" && typeof member === "string")
      return [name, Buffer.from(member, "base64").toString("base64")];
    if (name === "contents" && Array.isArray(member)) {
      return [name, member.map((each: object) => canonicalGemini({ role: "user", ...each }))];
    }
    return [name, canonicalGemini(member)];
  });
  return Object.fromEntries(members);
}

const data = new Set([
  "args",
  "response",
  "parameters",
  "parametersJsonSchema",
  "responseSchema",
  "responseJsonSchema",
  "labels",
]);
