import { isObject, own, rest, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type {
  CacheMark,
  FilePart,
  ImagePart,
  OpaquePart,
  Part,
  Source,
  TextPart,
  VendorFields,
} from "../../llm/message.ts";
import { asText, sameJson, withFields } from "./json.ts";
import { omitted, ownerOf } from "../foreign-media.ts";
import { audioTypes, PROTOCOL } from "./wire.ts";
import type { Target } from "../protocol.ts";

/*
 * The pieces of a message's content, in both directions. What a piece has beside our words are vendor fields of its
 * part; in the members that hold the piece's own data they go one level down.
 */

const deep: ReadonlySet<string> = new Set(["image_url", "input_audio", "file", "video_url"]);

/** Kinds of pieces that hold a URL and have no kind of part of their own, and whether the URL stands in an object. */
const urlPieces: Readonly<Record<string, boolean>> = { document_url: false, video_url: true };

/** The vendor fields that are this protocol's. */
export function ownFields(part: { readonly vendor?: VendorFields }): JsonObject | undefined {
  return part.vendor?.protocol === PROTOCOL ? part.vendor.fields : undefined;
}

/** A part as a piece of content; undefined for what this wire cannot carry in any form. */
export function encodePiece(part: Part, target: Target): JsonObject | undefined {
  const piece = bare(part);
  if (piece === undefined) return undefined;
  const marked = target.dialect?.cacheMarks !== undefined && part.cache !== undefined;
  const cache = marked && { cache_control: cacheControl(part.cache?.ttl) };
  // An opaque part is whole already; `in` says where a part stood, and is no field of it.
  const { in: _, ...fields } = (part.type === "opaque" ? undefined : ownFields(part)) ?? {};
  return withFields({ ...piece, ...cache }, fields, deep);
}

/** Anthropic's mark, as OpenRouter hands it on. */
export function cacheControl(ttl: CacheMark["ttl"]): JsonObject {
  return { type: "ephemeral", ...(ttl !== undefined && { ttl }) };
}

function bare(part: Part): JsonObject | undefined {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text };
    case "image":
      return image(part);
    case "file":
      return file(part);
    case "opaque":
      return part.protocol === PROTOCOL ? part.value : undefined;
    default:
      return undefined;
  }
}

/** What stands in place of something that cannot be sent. */
export function note(part: ImagePart | FilePart): JsonObject {
  return { type: "text", text: omitted(part) };
}

function image(part: ImagePart): JsonObject {
  const url = urlOf(part.source);
  return url === undefined ? note(part) : { type: "image_url", image_url: { url } };
}

function file(part: FilePart): JsonObject {
  const { source, name } = part;
  const type = asText(ownFields(part)?.["type"]);
  const url = urlOf(source);
  if (url !== undefined && Object.hasOwn(urlPieces, type)) {
    return { type, [type]: urlPieces[type] === true ? { url } : url };
  }
  const filename = name !== undefined && { filename: name };
  switch (source.kind) {
    case "base64":
      if (source.mediaType.startsWith("audio/")) {
        return {
          type: "input_audio",
          input_audio: { data: source.data, format: audioFormat(source.mediaType) },
        };
      }
      return { type: "file", file: { ...filename, file_data: dataUrl(source.mediaType, source.data) } };
    case "url":
      if (type === "file") return { type, file: { ...filename, file_data: source.url } };
      return { type: "text", text: `[file: ${source.url}]` };
    case "file-id": {
      const owner = ownerOf(source.id);
      if (owner === "anthropic" || owner === "google") return note(part);
      return { type: "file", file: { ...filename, file_id: source.id } };
    }
    case "text":
      return { type: "text", text: name === undefined ? source.text : `${name}:\n${source.text}` };
  }
}

/** A piece of content as a part. Only what comes back as it was becomes one; the rest is kept whole. */
export function readPiece(piece: JsonObject): TextPart | ImagePart | FilePart | OpaquePart {
  const part = neutral(piece);
  const { type } = piece;
  if (
    part !== undefined &&
    (type !== "text" || piece["text"] !== "") &&
    sameJson(encodePiece(part, plain), piece)
  ) {
    return part;
  }
  return { type: "opaque", protocol: PROTOCOL, value: piece };
}

/** A picture that the model made, which OpenRouter has beside the content. */
export function readImage(piece: JsonObject): Part {
  const part = readPiece(piece);
  return part.type === "image" ? { ...part, ...vendor({ ...part.vendor?.fields, in: "images" }) } : part;
}

const plain: Target = { model: "", stream: false, maxOutputTokens: 0, thinking: "none" };

function neutral(piece: JsonObject): TextPart | ImagePart | FilePart | undefined {
  const { type } = piece;
  const data = typeof type === "string" ? own(piece, type) : undefined;
  switch (type) {
    case "text": {
      if (typeof data !== "string") return undefined;
      const mark = cacheMark(own(piece, "cache_control"));
      return { type: "text", text: data, ...mark, ...vendor(rest(piece, known.text)) };
    }
    case "image_url": {
      const url = isObject(data) ? own(data, "url") : data;
      if (typeof url !== "string") return undefined;
      // Mistral takes the URL without an object round it; such a form is a field of the vendor's.
      const form = isObject(data) ? within(piece, "image_url", known.url) : { image_url: data ?? null };
      return { type: "image", source: readUrl(url), ...vendor({ ...rest(piece, known.image), ...form }) };
    }
    case "input_audio": {
      if (!isObject(data)) return undefined;
      const { data: bytes, format } = data;
      if (typeof bytes !== "string" || typeof format !== "string" || /^(?:data:|https?:)/.test(bytes))
        return undefined;
      const fields = { ...rest(piece, known.audio), ...within(piece, "input_audio", known.audioData) };
      const source = { kind: "base64", mediaType: mediaType(format), data: bytes } as const;
      return { type: "file", source, ...vendor(fields) };
    }
    case "file": {
      if (!isObject(data)) return undefined;
      const { file_data, file_id, filename } = data;
      const name = typeof filename === "string" && { name: filename };
      const fields = { ...rest(piece, known.file), ...within(piece, "file", known.fileData) };
      if (typeof file_id === "string") {
        return { type: "file", source: { kind: "file-id", id: file_id }, ...name, ...vendor(fields) };
      }
      if (typeof file_data !== "string") return undefined;
      const source = readUrl(file_data);
      const form = source.kind === "url" && { type };
      return { type: "file", source, ...name, ...vendor({ ...fields, ...form }) };
    }
    case "document_url":
    case "video_url": {
      const url = isObject(data) ? own(data, "url") : data;
      if (typeof url !== "string") return undefined;
      const fields = { ...rest(piece, new Set(["type", type])), ...within(piece, type, known.url), type };
      return { type: "file", source: readUrl(url), ...vendor(fields) };
    }
    default:
      return undefined;
  }
}

const known = {
  text: new Set(["type", "text"]),
  image: new Set(["type", "image_url"]),
  url: new Set(["url"]),
  audio: new Set(["type", "input_audio"]),
  audioData: new Set(["data", "format"]),
  file: new Set(["type", "file"]),
  fileData: new Set(["file_data", "file_id", "filename"]),
};

/** What a member holds beside what is read of it, under the member's name. */
function within(piece: JsonObject, name: string, read: ReadonlySet<string>): JsonObject | undefined {
  const data = own(piece, name);
  const extra = isObject(data) ? rest(data, read) : undefined;
  return extra && { [name]: extra };
}

/** Vendor fields from what was found; none where nothing was. */
export function vendor(fields: JsonObject | undefined): { readonly vendor?: VendorFields } {
  if (fields === undefined || Object.keys(fields).length === 0) return {};
  return { vendor: { protocol: PROTOCOL, fields } };
}

/** A cache mark in neutral words. As sent it stays among the vendor fields, so that it comes back where it was. */
export function cacheMark(value: JsonValue | undefined): { readonly cache?: CacheMark } {
  if (!isObject(value) || value["type"] !== "ephemeral") return {};
  const { ttl } = value;
  return { cache: ttl === "5m" || ttl === "1h" ? { ttl } : {} };
}

function urlOf(source: Source): string | undefined {
  if (source.kind === "url") return source.url;
  return source.kind === "base64" ? dataUrl(source.mediaType, source.data) : undefined;
}

function dataUrl(mediaType: string, data: string): string {
  return `data:${mediaType};base64,${data}`;
}

/** A URL, or the bytes that stand in it. */
function readUrl(url: string): Source {
  const comma = url.indexOf(",");
  const type = /^data:([^;,]*);base64$/.exec(url.slice(0, Math.max(comma, 0)))?.[1];
  return type === undefined
    ? { kind: "url", url }
    : { kind: "base64", mediaType: type, data: url.slice(comma + 1) };
}

function mediaType(format: string): string {
  return Object.hasOwn(audioTypes, format)
    ? audioTypes[format as keyof typeof audioTypes]
    : `audio/${format}`;
}

function audioFormat(type: string): string {
  const format = Object.entries(audioTypes).find(([, each]) => each === type)?.[0];
  return format ?? type.slice("audio/".length).replace(/^x-/, "");
}
