import type { JsonValue } from "../llm/json.ts";
import type { CacheMark, Message, Part, Source, VendorFields } from "../llm/message.ts";
import type { Request } from "../llm/request.ts";
import type { ToolSpec, VendorTool } from "../llm/tool.ts";

/*
 * Upper bounds of tokens, without a tokenizer. The tokenizers of today's models begin with bytes and join them (byte-level
 * BPE: https://huggingface.co/docs/transformers/tokenizer_summary; SentencePiece with byte fallback:
 * https://github.com/google/sentencepiece/blob/master/doc/options.md), so a text has at most as many tokens as bytes of
 * UTF-8. Usual text has a quarter to a half of that.
 */

/** What a chat format puts around a message: its role, marks where it begins and ends. Templates need under 10. */
const MESSAGE_TOKENS = 32;

/** The same for a part: marks of a call or a result, a word for what had to be left out. */
const PART_TOKENS = 64;

/**
 * What a provider adds to a request of its own accord: dates, ways of thinking, how to call tools. Anthropic documents
 * up to 700 tokens for tools (https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview#pricing).
 */
export const PROVIDER_TOKENS = 1024;

/**
 * The most tokens of one image, whatever its size: Anthropic and OpenAI scale it down first. Anthropic: some 1,600, 4,800 where
 * a model sees in high resolution (https://platform.claude.com/docs/en/build-with-claude/vision). OpenAI: 48,169 are
 * 8 tiles of gpt-4o-mini, which has the dearest (https://platform.openai.com/docs/guides/images-vision). Gemini names no
 * most: 50,000 are 193 of its tiles of 258 (https://ai.google.dev/gemini-api/docs/tokens), over 100 megapixels.
 */
const imageTokens: Readonly<Record<string, number>> = { "anthropic-messages": 6000 };
const IMAGE_TOKENS = 50_000;

/** What was found on a walk over parts. `tokens` is infinite where bytes say nothing: a PDF, a recording, a link. */
export interface Tally {
  tokens: number;
  /** There may be audio, which has a price of its own. */
  audio: boolean;
  /** Something is to be cached for an hour, which has a price of its own. */
  hour: boolean;
}

/** A tally of nothing. */
export const tally = (): Tally => ({ tokens: 0, audio: false, hour: false });

/** Adds a message. `protocol` is the language in which it will be sent. */
export function addMessage(to: Tally, { parts, vendor }: Message, protocol: string): void {
  to.tokens += MESSAGE_TOKENS + fieldsBound(vendor);
  for (const part of parts) addPart(to, part, protocol);
}

function addPart(to: Tally, part: Part, protocol: string): void {
  to.tokens += PART_TOKENS + fieldsBound(part.vendor);
  addMark(to, part.cache);
  switch (part.type) {
    case "text":
      to.tokens += textBound(part.text) + (part.citations === undefined ? 0 : valueBound(part.citations));
      return;
    case "thinking":
      to.tokens += textBound(part.text) + textBound(part.signature ?? "") + textBound(part.encrypted ?? "");
      return;
    case "tool-call":
      to.tokens += textBound(part.id) + textBound(part.name) + jsonBound(part.argumentsText);
      return;
    case "tool-result":
      to.tokens += textBound(part.callId) + textBound(part.name ?? "");
      for (const inner of part.content) addPart(to, inner, protocol);
      return;
    case "image":
      to.tokens += (imageTokens[protocol] ?? IMAGE_TOKENS) + addressBound(part.source);
      return;
    case "file":
      to.tokens += textBound(part.name ?? "") + fileBound(part.source);
      to.audio ||= part.source.kind !== "text";
      return;
    case "opaque":
      to.tokens += valueBound(part.value);
  }
}

function addMark(to: Tally, mark: CacheMark | undefined): void {
  to.hour ||= mark?.ttl === "1h";
}

/** A file of text has its bytes; of any other, tokens do not follow from bytes. */
function fileBound(source: Source): number {
  if (source.kind === "text") return textBound(source.text);
  const isText = source.kind === "base64" && /^(?:text\/|application\/json\b)/.test(source.mediaType);
  return isText ? source.data.length : Infinity;
}

/** Where an image cannot be sent, its address is told instead. */
function addressBound(source: Source): number {
  if (source.kind === "url" && !source.url.startsWith("data:")) return textBound(source.url);
  return source.kind === "text" ? textBound(source.text) : 0;
}

/** Adds the instructions. */
export function addSystem(to: Tally, system: Request["system"] = []): void {
  for (const part of system) addPart(to, part, "");
}

/** Adds the tools that are sent in this language; others' are left out. */
export function addTools(to: Tally, tools: Request["tools"] = [], protocol: string): void {
  for (const tool of tools) {
    if (tool.type === "vendor" && tool.protocol !== protocol) continue;
    to.tokens += toolBound(tool);
    if (tool.type !== "vendor") addMark(to, tool.cache);
    else to.hour ||= JSON.stringify(tool.value).includes('"1h"');
  }
}

function toolBound(tool: ToolSpec | VendorTool): number {
  // What its vendor tells a model of a tool of its own is documented to be less (bash 245, text editor 700).
  if (tool.type === "vendor") return PROVIDER_TOKENS + valueBound(tool.value);
  const { name, description = "", inputSchema, vendor } = tool;
  return (
    PART_TOKENS + textBound(name) + textBound(description) + valueBound(inputSchema) + fieldsBound(vendor)
  );
}

/**
 * What is added for an answer by schema: the schema, native or as a tool or among the instructions, in a stricter form
 * that repeats the names of members.
 */
export function schemaBound({ responseSchema }: Request): number {
  return responseSchema === undefined ? 0 : PROVIDER_TOKENS + 3 * valueBound(responseSchema.schema);
}

function fieldsBound(vendor: VendorFields | undefined): number {
  return vendor === undefined ? 0 : valueBound(vendor.fields);
}

/** The most tokens of a value that is told as JSON. */
export function valueBound(value: JsonValue | readonly JsonValue[]): number {
  return jsonBound(JSON.stringify(value));
}

/** JSON may be written anew on the way, with every character beyond ASCII as an escape of six. */
function jsonBound(json: string): number {
  const bytes = utf8Bytes(json);
  if (bytes === json.length) return bytes;
  let escaped = 0;
  for (let at = 0; at < json.length; at++) escaped += json.charCodeAt(at) < 0x80 ? 1 : 6;
  return Math.max(escaped, textBound(json));
}

/**
 * The most tokens of a text. Some tokenizers normalize before they split: a character may become eighteen
 * (https://www.unicode.org/faq/normalization.html#12).
 */
export function textBound(text: string): number {
  const bytes = utf8Bytes(text);
  return bytes === text.length ? bytes : Math.max(bytes, utf8Bytes(text.normalize("NFKC")));
}

// oxlint-disable-next-line no-control-regex -- they are ASCII too
const beyondAscii = /[^\0-\x7f]/;

/** The length of a text in UTF-8; half a surrogate pair becomes U+FFFD, of three bytes. */
export function utf8Bytes(text: string): number {
  // Most texts are; a loop over them would cost five times as much, and far more before it is compiled.
  if (!beyondAscii.test(text)) return text.length;
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    // The second half of a pair: four bytes in all.
    if ((unit & 0xfc00) === 0xdc00 && at > 0 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800) bytes -= 2;
  }
  return bytes;
}
