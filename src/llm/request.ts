import type { History } from "./history.ts";
import type { JsonObject } from "./json.ts";
import type { CacheMark, Message, TextPart } from "./message.ts";
import type { ToolChoice, ToolSpec, VendorTool } from "./tool.ts";

/** How hard a model should think before it answers; each protocol maps it to what its wire can say. */
export type Effort = "off" | "minimal" | "low" | "medium" | "high" | "max";

/** Thinking asked for: by effort, or as a budget in tokens. */
export type Thinking = Effort | { readonly budgetTokens: number };

/** A JSON Schema that the answer's text must satisfy. */
export interface ResponseSchema {
  readonly schema: JsonObject;
  readonly name?: string;
}

/** What is asked of a model, in neutral words. The model's own name is the model's business, not the request's. */
export interface Request {
  /** Instructions that stand before the conversation. */
  readonly system?: readonly TextPart[];
  /**
   * The conversation so far, the message to answer last. A {@link History} is encoded once for all the requests
   * that share it; an array is encoded anew each time.
   */
  readonly messages: readonly Message[] | History;
  readonly tools?: readonly (ToolSpec | VendorTool)[];
  readonly toolChoice?: ToolChoice;
  /** Upper bound of the answer in tokens, thinking included; the model's own default when absent. */
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly stopSequences?: readonly string[];
  readonly thinking?: Thinking;
  readonly responseSchema?: ResponseSchema;
  /** Have cache breakpoints placed after the system prompt, the last tool and the last message. */
  readonly cache?: CacheMark;
  /** Fields for the wire body that have no neutral name; they are sent as they are and win over ours. */
  readonly providerOptions?: JsonObject;
}
