import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { text, type ResultPart } from "../../llm/message.ts";
import type { Redactor } from "../../log/redactor.ts";
import type { ToolAnswer } from "../../conversation/tool.ts";
import { showingOf } from "../hands/media-type.ts";
import { HeadAndTail } from "../text/head-and-tail.ts";
import { manyLines, oneLine } from "./words.ts";

/** Of all its texts a model is told the beginning and the end, in characters. */
const MOST_TEXT = 50 * 1024;
const LONGEST_LINE = 8 * 1024;
/** Of what it sent, so much is looked at. */
const MOST_READ = 4 * 1024 * 1024;
const MOST_ITEMS = 200;
const MOST_IMAGES = 10;
/** In bytes; vendors take 5 MB. */
const MOST_IMAGE = 5 * 1024 * 1024;

/** A result of a server (its `content`, `structuredContent`, `isError`) as a model is told it. */
export function readResult(server: string, result: JsonObject, redact: Redactor): ToolAnswer {
  const items = own(result, "content");
  const content = Array.isArray(items) ? (items as readonly JsonValue[]) : [];
  const texts: string[] = [];
  const images: ResultPart[] = [];
  for (const item of content.slice(0, MOST_ITEMS)) {
    const image = imageOf(item);
    if (image === undefined) texts.push(asText(item));
    else if (images.length < MOST_IMAGES) images.push(image);
    else texts.push("[one more picture, left out]");
  }
  if (content.length > MOST_ITEMS) texts.push(`[${content.length - MOST_ITEMS} more parts, left out]`);
  const structured = own(result, "structuredContent");
  if (structured !== undefined && !texts.some((each) => says(each, structured))) {
    texts.push(`structured content: ${JSON.stringify(structured)}`);
  }
  const said = bounded(redact(texts.join("\n"), MOST_READ));
  const parts = [...(said === "" ? [] : [text(said)]), ...images];
  return {
    content: parts.length === 0 ? `(the server ${server} gave back nothing)` : parts,
    isError: own(result, "isError") === true,
  };
}

function asText(item: JsonValue): string {
  if (!isObject(item)) return "[a part that is none]";
  const name = (key: string): string => oneLine(textOf(item, key) ?? "?", 200);
  switch (own(item, "type")) {
    case "text":
      return textOf(item, "text") ?? "";
    case "image":
      return `[a picture that cannot be shown: ${name("mimeType")}]`;
    case "audio":
      return `[sound, which cannot be played: ${name("mimeType")}]`;
    case "resource_link":
      return `[a link, which was not followed: ${name("uri")} (${name("name")})]`;
    case "resource": {
      const resource = own(item, "resource");
      if (!isObject(resource)) return "[a resource that is none]";
      const uri = oneLine(textOf(resource, "uri") ?? "?", 200);
      const inside = textOf(resource, "text");
      return inside === undefined ? `[${uri}: no text, and not shown]` : `[${uri}]\n${inside}`;
    }
    default:
      return `[a part of a kind that is not known: ${name("type")}]`;
  }
}

/** A picture that vendors take, by what its bytes are and not by what the server calls it. */
function imageOf(item: JsonValue): ResultPart | undefined {
  if (!isObject(item) || own(item, "type") !== "image") return undefined;
  const data = textOf(item, "data") ?? "";
  if (data === "" || data.length > (MOST_IMAGE * 4) / 3 + 4 || !/^[A-Za-z0-9+/]+={0,2}$/.test(data))
    return undefined;
  const showing = showingOf(Buffer.from(data.slice(0, 64), "base64"));
  if (showing.as !== "media" || !showing.mediaType.startsWith("image/")) return undefined;
  return { type: "image", source: { kind: "base64", mediaType: showing.mediaType, data } };
}

/** Servers say structured content twice, once as text for those who do not know it. */
function says(said: string, structured: JsonValue): boolean {
  try {
    return JSON.stringify(JSON.parse(said)) === JSON.stringify(structured);
  } catch {
    return false;
  }
}

function bounded(all: string): string {
  const clean = manyLines(all);
  const held = new HeadAndTail(MOST_TEXT, LONGEST_LINE);
  held.push(clean);
  const { head, tail, omittedBytes } = held.excerpt();
  return omittedBytes === 0 ? head : `${head}\n[${omittedBytes} bytes left out here]\n${tail}`;
}

function textOf(object: JsonObject, key: string): string | undefined {
  const value = own(object, key);
  return typeof value === "string" ? value : undefined;
}
