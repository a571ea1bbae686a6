import { isObject, own, rest, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type {
  FilePart,
  ImagePart,
  OpaquePart,
  Part,
  ResultPart,
  Source,
  TextPart,
} from "../../llm/message.ts";
import { isCommonImage, isOthers, omitted, ownerOf } from "../foreign-media.ts";
import { ownFields, PROTOCOL, vendor, type WireObject } from "./wire.ts";

/*
 * Content parts, there and back: what stands in a message item's `content`, and in the `output` of a call.
 * Vendor fields of a text: `item` (it begins a message item, whose other fields these are), `type` (where it is not
 * the usual one for its side), and what else the content part has.
 */

/** Who says it: the model says `output_text`, everybody else `input_text`. */
export type Side = "input" | "output";

const textFields: ReadonlySet<string> = new Set(["type", "text", "annotations"]);
const refusalFields: ReadonlySet<string> = new Set(["type", "refusal"]);
const imageFields: ReadonlySet<string> = new Set(["type", "image_url", "file_id"]);
const fileFields: ReadonlySet<string> = new Set(["type", "file_data", "file_url", "file_id", "filename"]);

/** The content part of a part; undefined for one that has none here. */
export function encodeContent(part: Part, side: Side): WireObject | undefined {
  switch (part.type) {
    case "text":
      return encodeText(part, side);
    case "image":
      return side === "input" ? encodeImage(part) : note(part, side);
    case "file":
      return side === "input" ? encodeFile(part) : note(part, side);
    case "opaque":
      return part.protocol === PROTOCOL ? ({ ...part.value } as WireObject) : undefined;
    case "thinking":
    case "tool-call":
    case "tool-result":
      return undefined;
  }
}

function encodeText(part: TextPart, side: Side): WireObject {
  const { item: _, type, ...extra } = ownFields(part.vendor);
  if (type === "refusal") return { type, refusal: part.text, ...extra };
  // Sources are in the words of the vendor that gave them, so only our own go back.
  const cited = part.citations !== undefined && part.vendor?.protocol === PROTOCOL;
  return {
    type: typeof type === "string" ? type : usualType(side),
    text: part.text,
    ...(cited && { annotations: part.citations }),
    ...extra,
  };
}

function usualType(side: Side): string {
  return side === "input" ? "input_text" : "output_text";
}

/** What stands in the place of something that this wire cannot carry. */
function note(part: ImagePart | FilePart, side: Side): WireObject {
  return { type: usualType(side), text: omitted(part) };
}

/** Whether a file's id may be one of ours. */
function isKnown(id: string): boolean {
  const owner = ownerOf(id);
  return owner === undefined || owner === "openai";
}

function encodeImage(part: ImagePart): WireObject {
  const { source } = part;
  const fields = ownFields(part.vendor);
  switch (source.kind) {
    case "base64":
      if (!isCommonImage(source)) return note(part, "input");
      return { type: "input_image", image_url: dataUrl(source), ...fields };
    case "url":
      if (isOthers(source.url)) return note(part, "input");
      return { type: "input_image", image_url: source.url, ...fields };
    case "file-id":
      if (!isKnown(source.id)) return note(part, "input");
      return { type: "input_image", file_id: source.id, ...fields };
    case "text":
      return note(part, "input");
  }
}

function encodeFile(part: FilePart): WireObject {
  const { source, name } = part;
  const fields = ownFields(part.vendor);
  const named = name !== undefined && { filename: name };
  switch (source.kind) {
    case "base64": {
      if (/^(?:audio|video|image)\//.test(source.mediaType) || source.data === "") return note(part, "input");
      // The API wants a name beside the bytes; a file that came from it had what it needs.
      const filename =
        part.vendor?.protocol === PROTOCOL ? named : { filename: name ?? usualName(source.mediaType) };
      return { type: "input_file", file_data: dataUrl(source), ...filename, ...fields };
    }
    case "url":
      if (isOthers(source.url)) return note(part, "input");
      return { type: "input_file", file_url: source.url, ...named, ...fields };
    case "file-id":
      if (!isKnown(source.id)) return note(part, "input");
      return { type: "input_file", file_id: source.id, ...named, ...fields };
    case "text":
      return { type: "input_text", text: name === undefined ? source.text : `${name}:\n\n${source.text}` };
  }
}

function usualName(mediaType: string): string {
  return `file.${/^[a-z]+\/([a-z0-9]+)/.exec(mediaType)?.[1] ?? "bin"}`;
}

function dataUrl({ mediaType, data }: Extract<Source, { kind: "base64" }>): string {
  return `data:${mediaType};base64,${data}`;
}

/** The part that a content part is. What a neutral part cannot say exactly is kept as it is. */
export function readContent(value: JsonObject, side: Side): ResultPart {
  return readText(value, side) ?? (side === "input" ? readMedia(value) : undefined) ?? opaqueContent(value);
}

function readText(value: JsonObject, side: Side): TextPart | undefined {
  const { type, text, refusal, annotations } = value;
  if (type === "refusal" && typeof refusal === "string") {
    return { type: "text", text: refusal, ...vendor({ type, ...rest(value, refusalFields) }) };
  }
  if ((type !== "input_text" && type !== "output_text" && type !== "text") || typeof text !== "string")
    return undefined;
  const cited = Array.isArray(annotations);
  const fields = {
    ...(type !== usualType(side) && { type }),
    ...(annotations !== undefined && !cited && { annotations }),
    ...rest(value, textFields),
  };
  if (!cited) return { type: "text", text, ...vendor(fields) };
  return {
    type: "text",
    text,
    citations: annotations as readonly JsonValue[],
    vendor: { protocol: PROTOCOL, fields },
  };
}

function readMedia(value: JsonObject): ImagePart | FilePart | undefined {
  const { type, image_url, file_id, file_data, file_url, filename } = value;
  if (type === "input_image") {
    const source = onlyOne(image_url, undefined, file_id);
    return source && { type: "image", source, ...vendor(rest(value, imageFields)) };
  }
  if (type !== "input_file") return undefined;
  const source = onlyOne(file_data, file_url, file_id);
  // Bytes without a media type, or of one that is not sent from here, are not a file of ours.
  if (source === undefined || (typeof file_data === "string" && !isDocument(source))) return undefined;
  const name = typeof filename === "string" && { name: filename };
  const odd = filename !== undefined && typeof filename !== "string" && { filename };
  return {
    type: "file",
    source,
    ...name,
    vendor: { protocol: PROTOCOL, fields: { ...odd, ...rest(value, fileFields) } },
  };
}

function isDocument(source: Source): boolean {
  return source.kind === "base64" && !/^(?:audio|video)\//.test(source.mediaType);
}

/** The source of which one is given; undefined where it is none or several. */
function onlyOne(data?: JsonValue, url?: JsonValue, id?: JsonValue): Source | undefined {
  const given = [data, url, id].filter((each) => typeof each === "string");
  const [only, second] = given;
  if (only === undefined || second !== undefined) return undefined;
  if (only === id) return { kind: "file-id", id: only };
  const match = only === data ? /^data:([^;,]+);base64,([^]*)$/.exec(only) : null;
  if (match === null) return { kind: "url", url: only };
  return { kind: "base64", mediaType: match[1] as string, data: match[2] as string };
}

/** A content part kept as it is; marked, since it stands inside a message and is no item of its own. */
export function opaqueContent(value: JsonObject): OpaquePart {
  return { type: "opaque", protocol: PROTOCOL, value, ...vendor({ content: true }) };
}

/** Whether a part stands inside a message item rather than being one. */
export function isContent(part: Part): boolean {
  if (part.type === "opaque") return part.protocol === PROTOCOL && ownFields(part.vendor)["content"] === true;
  return part.type === "text" || part.type === "image" || part.type === "file";
}

/** The fields of the message item that a part begins; undefined where it goes on with the one before. */
export function begunItem(part: Part): JsonObject | undefined {
  const item = own(ownFields(part.vendor), "item");
  return isObject(item) ? item : undefined;
}

/** A part that begins a message item with these fields. */
export function beginning<P extends Part>(part: P, item: JsonObject): P {
  return { ...part, vendor: { protocol: PROTOCOL, fields: { ...ownFields(part.vendor), item } } };
}
