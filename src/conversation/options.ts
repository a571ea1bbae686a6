import type { Logger } from "../log/logger.ts";
import type { CacheMark, Message, TextPart } from "../llm/message.ts";
import type { Request } from "../llm/request.ts";
import type { VendorTool } from "../llm/tool.ts";
import type { Model } from "../providers/model.ts";
import type { System } from "../providers/system.ts";
import type { Budget } from "./budget.ts";
import type { CompactionOptions } from "./compaction.ts";
import type { ConversationEvent } from "./event.ts";
import type { Journal } from "./journal.ts";
import type { ToolPolicy } from "./tool-batch.ts";
import type { Tool } from "./tool.ts";

/** How requests of a conversation are made, besides its history. */
export type Settings = Pick<
  Request,
  | "maxOutputTokens"
  | "temperature"
  | "topP"
  | "topK"
  | "stopSequences"
  | "thinking"
  | "responseSchema"
  | "toolChoice"
  | "providerOptions"
>;

/** What a conversation is made from. */
export interface ConversationOptions {
  readonly model: Model;
  /** Instructions that stand before the conversation; where it goes on from a journal, the old ones by default. */
  readonly system?: string | readonly TextPart[];
  readonly settings?: Settings;
  readonly budget?: Budget;
  /** Whether, and for how long, the provider is asked to cache what is sent again; `{}` by default, `false` for not. */
  readonly cache?: CacheMark | false;
  /** Messages to begin with; what no vendor would take in them is mended. */
  readonly messages?: Iterable<Message>;
  /** What the model can have done: tools of ours, which {@link Conversation.turn} runs, and tools that its vendor runs. */
  readonly tools?: readonly (Tool | VendorTool)[];
  /** Says which calls may run; all may by default. */
  readonly approve?: ToolPolicy;
  /** How many calls run at once; all of an answer's by default. */
  readonly toolConcurrency?: number;
  /** How long a tool has to end after its signal was aborted, in milliseconds; 2,000 by default. */
  readonly toolGraceMs?: number;
  /** When a turn makes the history shorter; `false` for never. */
  readonly compaction?: CompactionOptions | false;
  /** For tools, which get it with each call. */
  readonly extra?: unknown;
  /** Events of this conversation are marked as not meant for the user's eyes. */
  readonly hidden?: boolean;
  /** What a child is there for, in a word or two: `review`, `sub-agent: docs`. Costs are told by it. */
  readonly purpose?: string;
  /** Ends what the conversation has under way, whatever else does. */
  readonly signal?: AbortSignal;
  /** Called for each event of this conversation and of its descendants. What it throws is thrown by the send. */
  readonly onEvent?: (event: ConversationEvent) => void;
  /**
   * Told of what happens, here and in descendants, with their ids as `session` (of the oldest ancestor), `conversation`
   * and `parent`; nothing is logged by default.
   */
  readonly log?: Logger;
  /** Where it is written down, with its descendants and forks; a conversation with a past goes on from there. */
  readonly journal?: Journal;
  /** Time and chance; the machine's own by default. */
  readonly machine?: System;
}

/** How one message is sent. */
export interface SendOptions {
  /** Ends the exchange at once; what is thrown is the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called for each event of this send. */
  readonly onEvent?: ((event: ConversationEvent) => void) | undefined;
}

/** What a child or a fork may have of its own; the rest is the parent's. */
export type DerivedOptions = Partial<
  Pick<
    ConversationOptions,
    | "model"
    | "system"
    | "settings"
    | "budget"
    | "onEvent"
    | "tools"
    | "approve"
    | "toolConcurrency"
    | "toolGraceMs"
    | "extra"
    | "hidden"
    | "purpose"
    | "signal"
  >
>;
