import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { JournalEntry } from "../conversation/journal.ts";
import { isObject, parseJson, wellFormed, writeJson, type JsonObject, type JsonValue } from "../llm/json.ts";
import { messageText, type Message, type ToolResultPart } from "../llm/message.ts";
import { unknownUsage } from "../llm/usage.ts";
import { isEntry } from "./entry-shape.ts";
import type { Blob, NewRow, Row } from "./shelf.ts";
import { wordsIn } from "./words.ts";

/*
 * The written form of an entry, version 1: a JSON array `[1, entry, cuts]`. Long texts are cut out and kept once in a
 * session; `cuts` says where they belong, each as a path with the hash of the text behind it. The results in a message
 * that were written with their calls already are not written again: `{"recorded": callId}` stands for them. The value
 * of a call's arguments is left out, for it is their text read as JSON, and of a usage what is 0.
 */

const VERSION = 1;

const { source: _, ...nothingUsed } = unknownUsage;

/** Texts from this length on, in UTF-16 units, are kept outside. */
const LONG = 4096;

/** So much of a message's text is searched, in characters. */
export const SEARCHED = 20_000;

/** Why a row cannot be read. */
export type Damage =
  | "missing"
  | "changed since it was written"
  | "not an entry"
  | "of a later version"
  | "its long text is lost"
  | "its result is lost";

/** Writes entries of one session; it knows which results were written. */
export class Writer {
  readonly #results = new Map<string, ToolResultPart>();

  /** An entry as a row, with what is kept outside. */
  row(entry: JournalEntry, seq: number): NewRow {
    const blobs: Blob[] = [];
    const cuts: JsonValue[] = [];
    const cut = (value: unknown, path: readonly (string | number)[]): unknown => {
      if (typeof value === "string" && value.length >= LONG) {
        // Half a surrogate pair is no character: what is read again has to be what was hashed.
        const text = wellFormed(value);
        const hash = hashOf(text);
        blobs.push({ hash, text });
        cuts.push([...path, hash]);
        return "";
      }
      if (Array.isArray(value)) return value.map((each, at) => cut(each, [...path, at]));
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([name, each]) => [name, cut(each, [...path, name])]),
      );
    };
    const shorter = cut(this.#shortened(entry), []);
    const body = writeJson(cuts.length === 0 ? [VERSION, shorter] : [VERSION, shorter, cuts]);
    const words = entry.type === "message" ? wordsIn(saidIn(entry.message).slice(0, SEARCHED)) : [];
    return { seq, at: entry.at, body, sum: crc32(body), blobs, words };
  }

  #shortened(entry: JournalEntry): unknown {
    const key = (callId: string): string => `${entry.conversation} ${callId}`;
    if (entry.type === "tool-result") this.#results.set(key(entry.result.callId), entry.result);
    if (entry.type === "call-end" && entry.usage !== undefined) {
      const used = Object.entries(entry.usage).filter(([, each]) => each !== 0);
      return { ...entry, usage: Object.fromEntries(used) };
    }
    if (entry.type !== "message") return entry;
    const parts = entry.message.parts.map((part) => {
      if (part.type === "tool-call") {
        const { input: _, ...rest } = part;
        return rest;
      }
      if (part.type !== "tool-result") return part;
      const recorded = this.#results.get(key(part.callId));
      this.#results.delete(key(part.callId));
      return recorded === part ? { recorded: part.callId } : part;
    });
    return { ...entry, message: { ...entry.message, parts } };
  }
}

/** Reads rows of one session, in their order. */
export class Reader {
  readonly #results = new Map<string, JsonValue>();

  /**
   * An entry from its row, or what is wrong with it.
   * @param blobs the long texts that it needs, by hash: see {@link blobsOf}.
   */
  entry({ body, sum }: Row, blobs: ReadonlyMap<string, string | undefined>): JournalEntry | Damage {
    if (crc32(body) !== sum) return "changed since it was written";
    const value = parseJson(body);
    if (!Array.isArray(value)) return "not an entry";
    const [version, shorter, cuts] = value as JsonValue[];
    if (typeof version === "number" && version > VERSION) return "of a later version";
    if (version !== VERSION || !isObject(shorter)) return "not an entry";
    for (const [path, hash] of places(cuts)) {
      const text = blobs.get(hash);
      if (text === undefined) return "its long text is lost";
      if (!put(shorter, path, text)) return "not an entry";
    }
    if (!this.#lengthen(shorter)) return "its result is lost";
    return isEntry(shorter) ? (shorter as unknown as JournalEntry) : "not an entry";
  }

  /** Puts back what {@link Writer} leaves out. False where a result is not there. */
  #lengthen(entry: JsonObject): boolean {
    const { type, conversation, result } = entry;
    const key = (callId: JsonValue | undefined): string => JSON.stringify([conversation, callId]);
    if (type === "tool-result" && isObject(result)) this.#results.set(key(result["callId"]), result);
    if (type === "call-end" && isObject(entry["usage"])) {
      (entry as Record<string, unknown>)["usage"] = { ...nothingUsed, ...entry["usage"] };
    }
    for (const { parts } of messagesOf(entry)) {
      for (const [at, part] of parts.entries()) {
        if (!isObject(part)) continue;
        if (part["type"] === "tool-call" && typeof part["argumentsText"] === "string") {
          (part as Record<string, unknown>)["input"] = parseJson(part["argumentsText"]);
        } else if (typeof part["recorded"] === "string") {
          const recorded = this.#results.get(key(part["recorded"]));
          if (recorded === undefined) return false;
          parts[at] = recorded;
        }
      }
    }
    return true;
  }
}

/** The hashes of the long texts that a row needs. */
export function blobsOf({ body }: Row): readonly string[] {
  // Most rows need none, and end with the entry.
  if (!body.endsWith("]]]")) return [];
  const value = parseJson(body);
  return Array.isArray(value) ? places((value as JsonValue[])[2]).map(([, hash]) => hash) : [];
}

/** The hash that a text is known by. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

function places(cuts: JsonValue | undefined): (readonly [path: readonly JsonValue[], hash: string])[] {
  if (!Array.isArray(cuts)) return [];
  return (cuts as JsonValue[]).flatMap((cut) =>
    Array.isArray(cut) && cut.length > 1 ? [[cut.slice(0, -1), String(cut.at(-1))] as const] : [],
  );
}

function put(target: JsonValue, path: readonly JsonValue[], text: string): boolean {
  let at: unknown = target;
  for (const step of path.slice(0, -1)) at = inner(at, step);
  const last = path.at(-1);
  if (inner(at, last) === undefined) return false;
  (at as Record<string, string>)[last as string] = text;
  return true;
}

function inner(value: unknown, step: JsonValue | undefined): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (typeof step !== (Array.isArray(value) ? "number" : "string")) return undefined;
  return Object.hasOwn(value, step as string)
    ? (value as Record<string, unknown>)[step as string]
    : undefined;
}

/** All messages of an entry that is not checked yet. */
function messagesOf(entry: JsonObject): { readonly parts: JsonValue[] }[] {
  const { messages, message } = entry;
  const all = [...(Array.isArray(messages) ? (messages as JsonValue[]) : []), message];
  return all.flatMap((each) => {
    const parts = each !== undefined && isObject(each) ? each["parts"] : undefined;
    return Array.isArray(parts) ? [{ parts: parts as JsonValue[] }] : [];
  });
}

/** What the message of a row says, though what it was written with may be lost; nothing for other entries. */
export function saidInRow({ body }: Row, blobs: ReadonlyMap<string, string | undefined>): string {
  const value = parseJson(body);
  const [, entry, cuts] = Array.isArray(value) ? (value as JsonValue[]) : [];
  if (!isObject(entry) || !isObject(entry["message"])) return "";
  for (const [path, hash] of places(cuts)) put(entry, path, blobs.get(hash) ?? "");
  const texts = messagesOf(entry).flatMap(({ parts }) =>
    parts.map((part) => (isObject(part) && part["type"] === "text" ? part["text"] : "")),
  );
  return texts.filter((text) => typeof text === "string").join("");
}

/** What was said in a message, by whoever: results of tools are not. */
function saidIn(message: Message): string {
  return wellFormed(messageText(message));
}
