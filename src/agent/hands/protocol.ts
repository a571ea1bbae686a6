/*
 * What is said between us and the program inside the sandbox that touches files: a line of JSON each way, one question
 * at a time. What comes back is checked as anything from outside is.
 */

import type { JsonObject } from "../../llm/json.ts";
import type { AppliedEdit, Edit } from "./edits/edit.ts";

/** The longest question and the longest answer, in bytes. */
export const MOST_ASKED: number = 16 * 1024 * 1024;
export const MOST_ANSWERED: number = 16 * 1024 * 1024;

/** A page of a file, or what a folder has in it. */
export interface ReadRequest {
  readonly type: "read";
  /** As every path here: absolute, or seen from the workspace. */
  readonly path: string;
  /** The first line, the first of all being 1. */
  readonly offset: number;
  /** How many lines. */
  readonly limit: number;
}

/** A whole file to be written. */
export interface WriteRequest {
  readonly type: "write";
  readonly path: string;
  readonly text: string;
  /** The version that whoever writes knows; another one is not overwritten. */
  readonly known?: string;
}

/** Edits of a file, applied all or none. */
export interface PatchRequest {
  readonly type: "patch";
  readonly path: string;
  readonly edits: readonly Edit[];
  readonly known?: string;
}

/** Lines that a regular expression matches, or files whose names a glob matches, or both. */
export interface SearchRequest {
  readonly type: "search";
  readonly path: string;
  readonly pattern?: string;
  readonly glob?: string;
  readonly ignoreCase: boolean;
  readonly limit: number;
}

export type HandsRequest = ReadRequest | WriteRequest | PatchRequest | SearchRequest;

interface Seen {
  /** Absolute, with links followed. */
  readonly path: string;
  /** Tells one content from another; absent for a file too long to be edited. */
  readonly version?: string;
}

export interface TextPage extends Seen {
  readonly type: "text";
  /** Lines joined by `\n`, without marks and carriage returns at their ends; long ones are cut. */
  readonly text: string;
  readonly from: number;
  readonly lines: number;
  /** How many lines the file has; absent when it is too long to be counted. */
  readonly total?: number;
  /** In bytes. */
  readonly size: number;
  /** What a reader of the text should know: line ends, encoding, cut lines. */
  readonly notes: readonly string[];
}

/** A picture or a document, whole. */
export interface MediaFile extends Seen {
  readonly type: "media";
  readonly mediaType: string;
  readonly base64: string;
  readonly size: number;
}

/** A file that is no text. */
export interface BinaryFile extends Seen {
  readonly type: "binary";
  readonly mediaType: string;
  readonly size: number;
}

export interface FolderEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "other";
  /** In bytes, of a file. */
  readonly size?: number;
}

export interface FolderList extends Seen {
  readonly type: "folder";
  readonly entries: readonly FolderEntry[];
  /** How many are not shown. */
  readonly more: number;
}

export type ReadAnswer = TextPage | MediaFile | BinaryFile | FolderList;

export interface WriteAnswer extends Seen {
  readonly type: "written";
  readonly created: boolean;
  readonly size: number;
  /** A unified diff for people; empty where nothing changed. */
  readonly diff: string;
}

export interface PatchAnswer extends Seen {
  readonly type: "patched";
  readonly created: boolean;
  readonly edits: readonly AppliedEdit[];
  readonly diff: string;
}

export interface Match {
  /** Seen from the workspace where it is inside. */
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

export interface SearchAnswer {
  readonly type: "found";
  /** Without a pattern none. */
  readonly matches: readonly Match[];
  /** Without a pattern: the files. */
  readonly files: readonly string[];
  /** Why there may be more than is here. */
  readonly stopped?: "limit" | "time" | "output";
  /** Files that were too long to be looked into. */
  readonly skipped: number;
}

/** What each question is answered with; a problem is for the model to read. */
export interface HandsAnswers {
  readonly read: ReadAnswer;
  readonly write: WriteAnswer;
  readonly patch: PatchAnswer;
  readonly search: SearchAnswer;
}

/** A path, a name, a note. */
const string = { type: "string", maxLength: 10_000 };
/** A page, a diff: more than is ever sent, and not without end. */
const long = { type: "string", maxLength: 200_000 };
const count = { type: "integer", minimum: 0 };
const bool = { type: "boolean" };
const strings = { type: "array", items: string, maxItems: 1000 };
const seen = { path: string, version: string };

function shape(type: string, properties: JsonObject, optional: readonly string[] = ["version"]): JsonObject {
  const all = { type: { const: type }, ...properties };
  const required = Object.keys(all).filter((name) => !optional.includes(name));
  return { type: "object", properties: all, required, additionalProperties: false };
}

const found = {
  enum: ["exact", "line ends", "blanks at line ends", "Unicode look-alikes", "indentation"],
};
const edits = {
  type: "array",
  maxItems: 10_000,
  items: {
    type: "object",
    properties: { found, lines: { type: "array", items: count, maxItems: 10 }, count },
    required: ["found", "lines", "count"],
    additionalProperties: false,
  },
};
const entries = {
  type: "array",
  maxItems: 500,
  items: {
    type: "object",
    properties: { name: string, kind: { enum: ["file", "folder", "link", "other"] }, size: count },
    required: ["name", "kind"],
    additionalProperties: false,
  },
};
const matches = {
  type: "array",
  maxItems: 1000,
  items: {
    type: "object",
    properties: { path: string, line: count, text: string },
    required: ["path", "line", "text"],
    additionalProperties: false,
  },
};
const media = { enum: ["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"] };
const base64 = { type: "string", pattern: "^[A-Za-z0-9+/]*={0,2}$" };

/** The JSON Schemas of the answers. */
export const answerSchemas: { readonly [Type in keyof HandsAnswers]: JsonObject } = {
  read: {
    anyOf: [
      shape(
        "text",
        { ...seen, text: long, from: count, lines: count, total: count, size: count, notes: strings },
        ["version", "total"],
      ),
      shape("media", { ...seen, mediaType: media, base64, size: count }),
      shape("binary", { ...seen, mediaType: string, size: count }),
      shape("folder", { ...seen, entries, more: count }),
    ],
  },
  write: shape("written", { ...seen, created: bool, size: count, diff: long }),
  patch: shape("patched", { ...seen, created: bool, edits, diff: long }),
  search: shape(
    "found",
    { matches, files: strings, stopped: { enum: ["limit", "time", "output"] }, skipped: count },
    ["stopped"],
  ),
};
