import { isObject, own, type JsonObject } from "../../llm/json.ts";
import type {
  FilePart,
  ImagePart,
  Part,
  ResultPart,
  Source,
  ToolCallPart,
  ToolResultPart,
  VendorFields,
} from "../../llm/message.ts";
import { fittingName } from "../foreign.ts";
import { isFetchable, omitted, ownerOf, told } from "../foreign-media.ts";
import { PROTOCOL } from "./wire.ts";

/**
 * How ids begin that we made for calls which came without one. They are never sent: the API then pairs calls and
 * results by name and order.
 */
export const UNNAMED = "noid_";

/** A part as the API writes it; undefined for one that this wire cannot carry or that means nothing to it. */
export function encodePart(part: Part): JsonObject | undefined {
  const fields = vendorFields(part.vendor);
  switch (part.type) {
    case "text":
      // An empty text says nothing, but what stands beside it may: the signature of an answer often does.
      return part.text === "" && fields === undefined ? undefined : { text: part.text, ...fields };
    case "thinking": {
      if (part.protocol !== PROTOCOL) return undefined;
      const signed = part.signature !== undefined &&
        part.signature !== "" && { thoughtSignature: part.signature };
      if (part.text === "" && signed === false && fields === undefined) return undefined;
      return { ...(part.text !== "" && { text: part.text }), thought: true, ...signed, ...fields };
    }
    case "image":
    case "file":
      return { ...(encodeMedia(part) ?? { text: omitted(part) }), ...fields };
    case "tool-call":
      return { functionCall: encodeCall(part), ...fields };
    case "tool-result":
      return { functionResponse: encodeResult(part), ...fields };
    case "opaque":
      return part.protocol === PROTOCOL ? part.value : undefined;
  }
}

/** Images and files of a result, which `functionResponse` has no place for before Gemini 3. */
export function mediaOfResult(part: ToolResultPart): (ImagePart | FilePart)[] {
  // As received, they stand where they stood.
  if (Object.hasOwn(vendorFields(part.vendor) ?? {}, "functionResponse")) return [];
  return part.content.filter(isMedia);
}

/** Texts are said in the result itself, whatever they come as. */
function isMedia(part: ResultPart): part is ImagePart | FilePart {
  return (part.type === "image" || part.type === "file") && part.source.kind !== "text";
}

/** The same result with its images and files in it. */
export function withMedia(encoded: JsonObject, media: readonly (ImagePart | FilePart)[]): JsonObject {
  const response = own(encoded, "functionResponse");
  if (!isObject(response)) return encoded;
  const parts = media.map(encodePart).filter((each) => each !== undefined && !Object.hasOwn(each, "text"));
  if (parts.length === 0) return encoded;
  return { ...encoded, functionResponse: { ...response, parts: parts as JsonObject[] } };
}

function encodeCall({ id, name, input, argumentsText }: ToolCallPart): JsonObject {
  // The API takes objects only; arguments that are none are shown to the model as the text they were.
  const args = isObject(input) ? input : { invalid_json: argumentsText };
  return { ...(sendable(id) && { id }), name: fittingName(name, toolNames), args };
}

/** `output` and `error` are the API's own words for what a function gave back. */
function encodeResult({ callId, name, content, isError }: ToolResultPart): JsonObject {
  const said = content.map(textOf).filter((text) => text !== "");
  const response = { [isError === true ? "error" : "output"]: said.join("\n") };
  const called = fittingName(name ?? "unknown", toolNames);
  return { ...(sendable(callId) && { id: callId }), name: called, response };
}

/** `Invalid function name`, in the API's errors, says what a name may be. */
const toolNames = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/;

/** What a result says in words, notes on media that cannot be sent among them. */
function textOf(part: ResultPart): string {
  switch (part.type) {
    case "text":
      return part.text;
    case "opaque":
      return part.protocol === PROTOCOL ? "" : told(part);
    case "image":
    case "file": {
      const media = encodeMedia(part);
      if (media === undefined) return omitted(part);
      return typeof media["text"] === "string" ? media["text"] : "";
    }
  }
}

function sendable(id: string): boolean {
  return id !== "" && !id.startsWith(UNNAMED);
}

/** The types of media that the API takes. https://ai.google.dev/gemini-api/docs/image-understanding and its neighbours */
const mediaTypes =
  /^(?:image\/(?:png|jpeg|gif|webp|heic|heif)|application\/(?:pdf|json)|text\/.+|audio\/.+|video\/.+)$/i;

/** An image or a file; undefined for one that cannot be sent. */
function encodeMedia(part: ImagePart | FilePart): JsonObject | undefined {
  const { source } = part;
  const name = part.type === "file" && part.name !== undefined && { displayName: part.name };
  switch (source.kind) {
    case "base64":
      if (source.data === "" || !mediaTypes.test(source.mediaType)) return undefined;
      return { inlineData: { mimeType: source.mediaType, data: source.data, ...name } };
    case "url":
    case "file-id": {
      if (!isKnown(source)) return undefined;
      const fileUri = source.kind === "url" ? source.url : source.id;
      const mimeType = guessType(part.type, source, fileUri);
      return { fileData: { ...(mimeType !== undefined && { mimeType }), fileUri, ...name } };
    }
    case "text":
      return { text: name === false ? source.text : `${name.displayName}:\n\n${source.text}` };
  }
}

/** Whether the API may find a file: by any address, or by an id that is not another vendor's. */
function isKnown(source: Extract<Source, { kind: "url" | "file-id" }>): boolean {
  if (source.kind === "url") return isFetchable(source.url) || source.url.startsWith("gs://");
  const owner = ownerOf(source.id);
  return owner === undefined || owner === "google";
}

const typesByEnding: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
  heic: "image/heic",
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/markdown",
  csv: "text/csv",
  html: "text/html",
  json: "application/json",
  mp3: "audio/mpeg",
  wav: "audio/wav",
  ogg: "audio/ogg",
  mp4: "video/mp4",
  webm: "video/webm",
  mov: "video/quicktime",
};

/** A file by address wants its type beside it, which we were not told; its name tells it, as a rule. */
function guessType(type: "image" | "file", source: Source, uri: string): string | undefined {
  const ending = /\.([a-z\d]+)(?:[?#]|$)/i.exec(uri)?.[1]?.toLowerCase() ?? "";
  const guessed = Object.hasOwn(typesByEnding, ending) ? typesByEnding[ending] : undefined;
  // The API's own files know theirs.
  if (source.kind === "file-id" || type === "file") return guessed;
  return guessed?.startsWith("image/") === true ? guessed : "image/jpeg";
}

/** The fields that a part or a message brought along from this protocol. */
export function vendorFields(vendor: VendorFields | undefined): JsonObject | undefined {
  return vendor?.protocol === PROTOCOL ? vendor.fields : undefined;
}
