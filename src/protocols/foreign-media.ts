import { writeJson } from "../llm/json.ts";
import type { FilePart, ImagePart, OpaquePart, Source } from "../llm/message.ts";

/*
 * Images, files and blocks that come from elsewhere: what a vendor can take of them, and what is said where it cannot.
 */

/** The types of images that Anthropic and OpenAI take. */
const commonImages: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** Whether an image's bytes are of a type that Anthropic and OpenAI take. */
export function isCommonImage({ mediaType, data }: Extract<Source, { kind: "base64" }>): boolean {
  return data !== "" && commonImages.has(mediaType);
}

/** What stands in place of an image or a file that a model cannot be sent. */
export function omitted(part: ImagePart | FilePart): string {
  const { source } = part;
  const name = part.type === "file" && part.name !== undefined ? ` ${part.name}` : "";
  const where = source.kind === "url" && !source.url.startsWith("data:") ? ` ${source.url}` : "";
  const type = source.kind === "base64" ? ` (${source.mediaType})` : "";
  return `[${part.type}${name}${where}${type} omitted: this model cannot take it here]`;
}

/** Whose a file's id is, by its form; undefined for a form that is nobody's in particular. */
export function ownerOf(fileId: string): "anthropic" | "openai" | "google" | undefined {
  if (/^file_01[A-Za-z0-9]{10,}$/.test(fileId)) return "anthropic";
  if (/^file-[A-Za-z0-9]+$/.test(fileId)) return "openai";
  return /^(?:gs|https):\/\//.test(fileId) ? "google" : undefined;
}

/** Whether anybody can fetch from an address. */
export function isFetchable(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

/** Whether an address is in a scheme that only its own vendor fetches from, as `gs://` is. */
export function isOthers(url: string): boolean {
  return /^(?!https?:)[a-z][a-z0-9+.-]*:\/\//i.test(url);
}

/** The text of a file whose bytes are one; undefined for any other. */
export function textOfFile({ source }: FilePart): string | undefined {
  if (source.kind === "text") return source.text;
  if (source.kind !== "base64" || !/^(?:text\/|application\/json\b)/.test(source.mediaType)) return undefined;
  return decode(source.data);
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 of UTF-8 as the text that it is; undefined where it is none. Neither `atob` nor `TextDecoder` is language. */
function decode(base64: string): string | undefined {
  let escaped = "";
  let bits = 0;
  let held = 0;
  for (const digit of base64.replace(/=+$/, "")) {
    const value = digits.indexOf(digit);
    if (value < 0) return undefined;
    bits = (bits << 6) | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    escaped += `%${((bits >> held) & 255).toString(16).padStart(2, "0")}`;
    bits &= (1 << held) - 1;
  }
  try {
    return decodeURIComponent(escaped);
  } catch {
    return undefined;
  }
}

/** The longest block that is told to a model of another vendor. */
const LONGEST = 20_000;

/** A block of another vendor in a tool's result, as text: what a tool gave back is not kept from a model. */
export function told({ value }: OpaquePart): string {
  const json = writeJson(value);
  return json.length > LONGEST ? "[block of another vendor omitted: this model cannot take it here]" : json;
}
