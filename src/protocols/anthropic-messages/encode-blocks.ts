import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type {
  CacheMark,
  FilePart,
  ImagePart,
  Message,
  Part,
  ResultPart,
  Source,
  TextPart,
  VendorFields,
} from "../../llm/message.ts";
import { fittingId, fittingName } from "../foreign.ts";
import { isCommonImage, isFetchable, omitted, ownerOf, textOfFile, told } from "../foreign-media.ts";
import { PROTOCOL, type WireBlock, type WireCacheControl, type WireSource } from "./wire.ts";

/** The blocks of a message; none where nothing of it can be sent. */
export function blocks({ role, parts }: Message): WireBlock[] {
  return resultsFirst(parts)
    .map((part) => (role === "assistant" && isMedia(part) ? block(inWords(part)) : block(part)))
    .filter((each) => each !== undefined);
}

/** The API has images and files in a user's turn only: what another model gave is told. */
function inWords(part: ImagePart | FilePart): TextPart {
  const text = part.type === "file" ? textOfFile(part) : undefined;
  return { type: "text", text: text !== undefined && /\S/.test(text) ? text : omitted(part) };
}

/** https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use: results stand before all else. */
function resultsFirst(parts: readonly Part[]): readonly Part[] {
  const other = parts.findIndex(({ type }) => type !== "tool-result");
  if (other === -1 || !parts.some(({ type }, at) => at > other && type === "tool-result")) return parts;
  const results = parts.filter(({ type }) => type === "tool-result");
  return [...results, ...parts.filter(({ type }) => type !== "tool-result")];
}

/** The block of a part; undefined for one that this wire cannot carry or that means nothing to it. */
export function block(part: Part): WireBlock | undefined {
  const base = { ...vendorFields(part.vendor), ...mark(part.cache) };
  switch (part.type) {
    case "text": {
      // The API refuses text of nothing but blanks for the rest of the conversation, so none is ever sent.
      if (part.text.trim() === "") return undefined;
      const citations = part.citations?.filter(isOurs) ?? [];
      return { type: "text", text: part.text, ...(citations.length > 0 && { citations }), ...base };
    }
    case "thinking": {
      if (part.protocol !== PROTOCOL) return undefined;
      // It never carries a cache mark.
      const fields = vendorFields(part.vendor);
      if (part.encrypted !== undefined) return { type: "redacted_thinking", data: part.encrypted, ...fields };
      // Thinking without its signature is refused: it was cut, or is not the vendor's own.
      if (part.signature === undefined || part.signature === "") return undefined;
      return { type: "thinking", thinking: part.text, signature: part.signature, ...fields };
    }
    case "image": {
      const from = imageSource(part.source);
      return from === undefined ? saidBlock(omitted(part), base) : { type: "image", source: from, ...base };
    }
    case "file": {
      const from = documentSource(part);
      const blank = from?.type === "text" && !/\S/.test(from.data);
      if (from === undefined || blank) return saidBlock(omitted(part), base);
      const title = part.name !== undefined && part.name !== "" && { title: part.name };
      return { type: "document", source: from, ...title, ...base };
    }
    case "tool-call":
      return {
        type: "tool_use",
        id: fittingId(part.id, callIds),
        name: fittingName(part.name, toolNames),
        input: toolInput(part),
        ...base,
      };
    case "tool-result": {
      const content = resultContent(part.content);
      return {
        type: "tool_result",
        tool_use_id: fittingId(part.callId, callIds),
        ...(content !== undefined && { content }),
        ...(part.isError === true && { is_error: true }),
        ...base,
      };
    }
    case "opaque":
      return part.protocol === PROTOCOL ? ({ ...part.value, ...mark(part.cache) } as WireBlock) : undefined;
  }
}

/** Each kind of this API's citations is called some `_location`; another vendor's would be refused. */
function isOurs(citation: JsonValue): boolean {
  const type = isObject(citation) ? own(citation, "type") : undefined;
  return typeof type === "string" && type.endsWith("_location");
}

/** The API takes objects only; arguments that are none are shown to the model as the text they were. */
function toolInput(part: Extract<Part, { type: "tool-call" }>): JsonObject {
  return isObject(part.input) ? part.input : { invalid_json: part.argumentsText };
}

function resultContent(parts: readonly ResultPart[]): string | WireBlock[] | undefined {
  const [first] = parts;
  if (parts.length === 1 && first?.type === "text" && isPlain(first)) {
    return first.text.trim() === "" ? undefined : first.text;
  }
  const content = parts
    .map((part) =>
      part.type === "opaque" && part.protocol !== PROTOCOL ? saidBlock(told(part)) : block(part),
    )
    .filter((each) => each !== undefined);
  return content.length === 0 ? undefined : content;
}

/** Whether a text is all there is to a part. */
function isPlain({ cache, vendor, citations }: TextPart): boolean {
  return cache === undefined && vendor === undefined && citations === undefined;
}

/** The source of an image; undefined for one that the API does not take. */
function imageSource(from: Source): WireSource | undefined {
  if (from.kind === "base64") {
    return isCommonImage(from) ? { type: "base64", media_type: from.mediaType, data: from.data } : undefined;
  }
  return sourceElsewhere(from);
}

/** The source of a document: PDF, or text; undefined for what is neither. */
function documentSource(part: FilePart): WireSource | undefined {
  const { source: from } = part;
  if (from.kind === "base64" && from.mediaType === "application/pdf" && from.data !== "")
    return { type: "base64", media_type: from.mediaType, data: from.data };
  const text = textOfFile(part);
  return text === undefined ? sourceElsewhere(from) : { type: "text", media_type: "text/plain", data: text };
}

function sourceElsewhere(from: Source): WireSource | undefined {
  if (from.kind === "url") return isFetchable(from.url) ? { type: "url", url: from.url } : undefined;
  if (from.kind !== "file-id") return undefined;
  const owner = ownerOf(from.id);
  return owner === undefined || owner === "anthropic" ? { type: "file", file_id: from.id } : undefined;
}

function isMedia(part: Part): part is ImagePart | FilePart {
  return part.type === "image" || part.type === "file";
}

function saidBlock(text: string, base?: JsonObject | { cache_control?: WireCacheControl }): WireBlock {
  return { type: "text", text, ...base };
}

/** `messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`, in the API's errors. */
const callIds = /^[a-zA-Z0-9_-]{1,64}$/;
/** `tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`, in the API's errors. */
const toolNames = /^[a-zA-Z0-9_-]{1,128}$/;

/** The fields that a part or a message brought along from this protocol. */
export function vendorFields(vendor: VendorFields | undefined): JsonObject | undefined {
  return vendor?.protocol === PROTOCOL ? vendor.fields : undefined;
}

/** A mark in the API's words. */
export function cacheControl({ ttl }: CacheMark): WireCacheControl {
  return ttl === undefined ? { type: "ephemeral" } : { type: "ephemeral", ttl };
}

/** The field that holds a mark, where there is one. */
export function mark(cache: CacheMark | undefined): { cache_control: WireCacheControl } | undefined {
  return cache === undefined ? undefined : { cache_control: cacheControl(cache) };
}
