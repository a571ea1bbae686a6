import type { JsonObject, JsonValue } from "./json.ts";

/** Who speaks in a {@link Message}. */
export type Role = "user" | "assistant";

/**
 * Fields of a vendor's block or message that have no neutral name, kept as received. They go back out only to the
 * protocol they came from.
 */
export interface VendorFields {
  readonly protocol: string;
  readonly fields: JsonObject;
}

/** A cache breakpoint after the part that carries it: the provider may keep everything up to here. */
export interface CacheMark {
  /** How long the provider keeps it; the provider's default (5 minutes at Anthropic) when absent. */
  readonly ttl?: "5m" | "1h";
}

interface PartBase {
  readonly cache?: CacheMark;
  readonly vendor?: VendorFields;
}

/** Text said by either side. */
export interface TextPart extends PartBase {
  readonly type: "text";
  readonly text: string;
  /** Sources of the text, each as the vendor sent it. */
  readonly citations?: readonly JsonValue[];
}

/**
 * A model's reasoning. `signature` and `encrypted` prove to the vendor that the text is its own: such a part can be
 * sent back only to `protocol`, and only whole.
 */
export interface ThinkingPart extends PartBase {
  readonly type: "thinking";
  /** The readable reasoning; empty where the vendor shows none. */
  readonly text: string;
  readonly signature?: string;
  /** Reasoning that only the vendor can read (Anthropic's `redacted_thinking`). */
  readonly encrypted?: string;
  /** The protocol that said it; absent for reasoning written by hand, which is never sent to a vendor. */
  readonly protocol?: string;
}

/** Where the bytes of an image or a file are. */
export type Source =
  | { readonly kind: "base64"; readonly mediaType: string; readonly data: string }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "text"; readonly mediaType: string; readonly text: string }
  | { readonly kind: "file-id"; readonly id: string };

/** A picture. */
export interface ImagePart extends PartBase {
  readonly type: "image";
  readonly source: Source;
}

/** A document or another file. */
export interface FilePart extends PartBase {
  readonly type: "file";
  readonly source: Source;
  readonly name?: string;
}

/** The model asks for a tool to be run. Each call has exactly one {@link ToolResultPart}. */
export interface ToolCallPart extends PartBase {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  /** The arguments exactly as the model wrote them. */
  readonly argumentsText: string;
  /** `argumentsText` as a value; undefined when it is not JSON, and then the call must not be run. */
  readonly input: JsonValue | undefined;
}

/** What a tool gave back, for the call with the same id. */
export interface ToolResultPart extends PartBase {
  readonly type: "tool-result";
  readonly callId: string;
  /** The tool's name; some vendors have no call ids and pair by name. */
  readonly name?: string;
  readonly content: readonly ResultPart[];
  readonly isError?: boolean;
}

/** What a tool result can hold. */
export type ResultPart = TextPart | ImagePart | FilePart | OpaquePart;

/** A vendor's block without a neutral meaning, kept as received. It goes back out only to its own protocol. */
export interface OpaquePart extends PartBase {
  readonly type: "opaque";
  readonly protocol: string;
  readonly value: JsonObject;
}

/** A piece of a message. */
export type Part =
  | TextPart
  | ThinkingPart
  | ImagePart
  | FilePart
  | ToolCallPart
  | ToolResultPart
  | OpaquePart;

/**
 * One thing said, by the user's side or by the model. An immutable value: forks share messages and their encoded
 * bytes, so a message is replaced, never changed.
 */
export interface Message {
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly vendor?: VendorFields;
}

/** A text part. */
export function text(value: string): TextPart {
  return { type: "text", text: value };
}

/** A user's message from a text, or from parts. */
export function userMessage(content: string | readonly Part[]): Message {
  return { role: "user", parts: typeof content === "string" ? [text(content)] : content };
}

/** Whether there is anything to send: texts of blanks alone say nothing, and providers refuse them. */
export function saysSomething(content: string | readonly Part[]): boolean {
  if (typeof content === "string") return content.trim() !== "";
  return content.some((part) => part.type !== "text" || part.text.trim() !== "");
}

/** The text of a message: its text parts, joined as they stand. */
export function messageText(message: Message): string {
  let all = "";
  for (const part of message.parts) if (part.type === "text") all += part.text;
  return all;
}

const none: readonly ToolCallPart[] = Object.freeze([]);

/** The tool calls of a message, in order. */
export function toolCalls(message: Message): readonly ToolCallPart[] {
  let calls: ToolCallPart[] | undefined;
  for (const part of message.parts) if (part.type === "tool-call") (calls ??= []).push(part);
  return calls ?? none;
}
