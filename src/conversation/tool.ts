import { ConfigurationError } from "../llm/errors.ts";
import type { JsonObject, JsonValue } from "../llm/json.ts";
import type { CacheMark, ResultPart } from "../llm/message.ts";
import { jsonSchemaOf, type Schema, type SchemaValue } from "../schema/schema.ts";
import type { Conversation } from "./conversation.ts";
import type { DerivedOptions } from "./options.ts";

/** Returned by a tool that does not want its call answered now: the turn ends, and the call is closed by what is sent next. */
export const noReply: unique symbol = Symbol("no reply");

/** What a tool gives back: a text, parts (pictures too), any JSON value, or nothing; or these with what only people see. */
export type ToolOutput = ToolContent | ToolAnswer | typeof noReply;

/** What a model is told: a text, parts, or a JSON value, which is written out. Nothing at all is told as such. */
export type ToolContent = JsonValue | readonly ResultPart[] | undefined | void;

/** A tool's output with more to it. */
export interface ToolAnswer {
  readonly content: ToolContent;
  /** The call failed, and the content says how. */
  readonly isError?: boolean;
  /** For whoever shows the result; the model never sees it. */
  readonly display?: unknown;
}

/** What a tool gets beside its input. */
export interface ToolContext {
  /** Aborted when the call or its turn is cancelled, or its time is up; the reason says why. */
  readonly signal: AbortSignal;
  /** The id of the call, unique in the conversation. */
  readonly callId: string;
  /** The conversation that the call is part of; it is busy while the tool runs, so sends go to children. */
  readonly conversation: Conversation;
  /** What the conversation was given for its tools. */
  readonly extra: unknown;
  /** Tells listeners how far it is, as a `tool-progress` event. */
  readonly progress: (update: JsonValue) => void;
  /** A child that ends when this call does: its requests are aborted with the call's signal. */
  readonly child: (options?: DerivedOptions) => Conversation;
}

/** What a model can have done, and the function that does it. Made by {@link defineTool}. */
export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the input. */
  readonly inputSchema: JsonObject;
  readonly schema: Schema;
  run(input: unknown, context: ToolContext): ToolOutput | Promise<ToolOutput>;
  /** It changes nothing: it may run again, and needs nobody's leave. */
  readonly readOnly: boolean;
  /** Running it twice is as good as once. */
  readonly idempotent: boolean;
  /** Once it has succeeded, the turn is over. */
  readonly endsTurn: boolean;
  /** How long it may take, in milliseconds; without end when absent. */
  readonly timeoutMs?: number;
  readonly cache?: CacheMark;
  readonly gist?: (result: string) => string;
}

/** What a tool's `run` is given: what its schema makes of the input, or the JSON object itself. */
export type ToolInput<Of extends Schema> = JsonValue extends SchemaValue<Of> ? JsonObject : SchemaValue<Of>;

/** What a tool is made from. */
export interface ToolDefinition<Of extends Schema> {
  /** A letter or `_`, then up to 63 letters, digits, `_` or `-`: what every vendor takes. */
  readonly name: string;
  /** What it does and when to use it, for the model. */
  readonly description?: string;
  /** The shape of its input: a schema of Zod, Valibot or ArkType, or a JSON Schema of an object. */
  readonly input?: Of;
  /**
   * Does it. What it throws becomes a failed result that the model is told; nothing else is harmed.
   *
   * @param input valid by the schema, as the schema gives it back.
   */
  run(input: ToolInput<Of>, context: ToolContext): ToolOutput | Promise<ToolOutput>;
  readonly readOnly?: boolean;
  readonly idempotent?: boolean;
  readonly endsTurn?: boolean;
  readonly timeoutMs?: number;
  readonly cache?: CacheMark;
  /**
   * What of a text in its result counts when a model that repeats itself is looked for: without times and other things
   * that differ each time though nothing has changed. All of it by default.
   */
  gist?(result: string): string;
}

const anything: Schema = { type: "object", properties: {}, additionalProperties: false };

/**
 * A tool.
 *
 * @example
 * const weather = defineTool({
 *   name: "weather",
 *   description: "The weather of a city.",
 *   input: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
 *   readOnly: true,
 *   run: ({ city }) => `${city}: sunny, 21 degrees`,
 * });
 *
 * @throws ConfigurationError `invalid-option` for a name that not all vendors take, a schema that cannot be used, or a
 * time that is none.
 */
export function defineTool<const Of extends Schema = JsonObject>(definition: ToolDefinition<Of>): Tool {
  const { name, description, input, timeoutMs, cache } = definition;
  if (!/^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/.test(name)) {
    throw new ConfigurationError(
      "invalid-option",
      `a tool's name is a letter or _, then up to 63 letters, digits, _ or -; not ${JSON.stringify(name)}`,
    );
  }
  if (timeoutMs !== undefined && !(timeoutMs > 0)) {
    throw new ConfigurationError(
      "invalid-option",
      `timeoutMs of ${name} must be more than 0, not ${timeoutMs}`,
    );
  }
  const schema: Schema = input ?? anything;
  return {
    name,
    ...(description !== undefined && { description }),
    inputSchema: objectSchema(name, jsonSchemaOf(schema)),
    schema,
    // The input was checked by the schema that says its type.
    run: (value, context) => definition.run(value as ToolInput<Of>, context),
    readOnly: definition.readOnly ?? false,
    idempotent: definition.idempotent ?? false,
    endsTurn: definition.endsTurn ?? false,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(cache !== undefined && { cache }),
    ...(definition.gist !== undefined && { gist: (result: string) => definition.gist?.(result) ?? result }),
  };
}

function objectSchema(name: string, schema: JsonObject): JsonObject {
  if (schema["type"] === "object") return schema;
  throw new ConfigurationError(
    "invalid-option",
    `the input of ${name} must be an object; its schema says otherwise`,
  );
}
