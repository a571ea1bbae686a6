import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { FilePart, ImagePart, OpaquePart, Part, ResultPart, Source } from "../../llm/message.ts";
import { encodePart, UNNAMED } from "./encode-parts.ts";
import { camelPart } from "./names.ts";
import { same } from "./options.ts";
import { PROTOCOL } from "./wire.ts";

/** Gives calls and results that have no ids some, in the order in which they come. */
export class CallIds {
  readonly #open = new Map<string, string[]>();
  #made = 0;

  /** The id of a call. */
  call(id: JsonValue | undefined, name: string): string {
    const known = typeof id === "string" && id !== "" ? id : this.#make();
    const waiting = this.#open.get(name) ?? [];
    this.#open.set(name, [...waiting, known]);
    return known;
  }

  /** The id of a result: its own, or that of the earliest call of this name that has none yet. */
  result(id: JsonValue | undefined, name: string): string {
    const waiting = this.#open.get(name) ?? [];
    const known = typeof id === "string" && id !== "" ? id : (waiting[0] ?? this.#make());
    this.#open.set(
      name,
      waiting.filter((each) => each !== known),
    );
    return known;
  }

  #make(): string {
    return `${UNNAMED}${this.#made++}`;
  }
}

/** A part of a request, read so that it is written again as it was. */
export function readPart(received: JsonObject, ids: CallIds): Part {
  const wire = camelPart(received);
  const part = neutral(wire, ids);
  return part === undefined ? opaque(received) : exact(part, wire);
}

/** The part with the fields of the wire that our writing would not give back. */
export function exact(part: Part, wire: JsonObject): Part {
  const ours = encodePart(part) ?? {};
  // What we would say beyond the wire cannot be taken back.
  if (Object.keys(ours).some((key) => !Object.hasOwn(wire, key))) return opaque(wire);
  const others = Object.entries(wire).filter(([key, value]) => !same(own(ours, key), value));
  if (others.length === 0) return part;
  return { ...part, vendor: { protocol: PROTOCOL, fields: Object.fromEntries(others) } };
}

function neutral(wire: JsonObject, ids: CallIds): Part | undefined {
  const { text, thought, thoughtSignature, functionCall, functionResponse } = wire;
  if (thought === true && (text === undefined || typeof text === "string")) {
    const signed = typeof thoughtSignature === "string" && { signature: thoughtSignature };
    return { type: "thinking", text: text ?? "", protocol: PROTOCOL, ...signed };
  }
  if (typeof text === "string") return { type: "text", text };
  if (isObject(functionCall)) return readCall(functionCall, ids);
  if (isObject(functionResponse)) return readResult(functionResponse, ids);
  return readMedia(wire);
}

function readCall({ id, name, args = {} }: JsonObject, ids: CallIds): Part | undefined {
  if (typeof name !== "string") return undefined;
  return {
    type: "tool-call",
    id: ids.call(id, name),
    name,
    argumentsText: JSON.stringify(args),
    input: args,
  };
}

function readResult({ id, name, response, parts }: JsonObject, ids: CallIds): Part | undefined {
  if (typeof name !== "string") return undefined;
  const media = (Array.isArray(parts) ? (parts as readonly JsonValue[]) : []).map((each): ResultPart => {
    const value = isObject(each) ? each : { value: each };
    return readMedia(value) ?? opaque(value);
  });
  const failed = isObject(response) && Object.keys(response).length === 1 && Object.hasOwn(response, "error");
  return {
    type: "tool-result",
    callId: ids.result(id, name),
    name,
    content: [{ type: "text", text: saidIn(response) }, ...media],
    ...(failed && { isError: true }),
  };
}

/** What a result says: its text where it is one under some name, else all of it. */
function saidIn(response: JsonValue | undefined): string {
  const [only, ...more] = isObject(response) ? Object.values(response) : [response];
  if (typeof only === "string" && more.length === 0) return only;
  return JSON.stringify(response ?? {});
}

/** An image or a file, by its bytes or by its address. */
export function readMedia({ inlineData, fileData }: JsonObject): ImagePart | FilePart | undefined {
  const where = isObject(inlineData) ? inlineData : isObject(fileData) ? fileData : undefined;
  const from = where && source(where);
  if (where === undefined || from === undefined) return undefined;
  const { mimeType, displayName } = where;
  if (typeof mimeType === "string" && mimeType.startsWith("image/")) return { type: "image", source: from };
  return { type: "file", source: from, ...(typeof displayName === "string" && { name: displayName }) };
}

function source({ data, fileUri, mimeType }: JsonObject): Source | undefined {
  if (typeof data === "string" && typeof mimeType === "string")
    return { kind: "base64", mediaType: mimeType, data };
  if (typeof fileUri !== "string") return undefined;
  // Nobody but Google can fetch these.
  const own = fileUri.startsWith("gs:") || fileUri.startsWith("https://generativelanguage.googleapis.com/");
  return own ? { kind: "file-id", id: fileUri } : { kind: "url", url: fileUri };
}

export function opaque(value: JsonObject): OpaquePart {
  return { type: "opaque", protocol: PROTOCOL, value };
}
