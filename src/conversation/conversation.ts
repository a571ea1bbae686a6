import { ConfigurationError } from "../llm/errors.ts";
import { History } from "../llm/history.ts";
import { text, userMessage, type CacheMark, type Message, type Part, type TextPart } from "../llm/message.ts";
import type { Request, ResponseSchema } from "../llm/request.ts";
import type { Response } from "../llm/response.ts";
import type { TotalUsage } from "../llm/total.ts";
import { unknownUsage, type Usage } from "../llm/usage.ts";
import { eventStream } from "../providers/event-stream.ts";
import type { Model } from "../providers/model.ts";
import { system as machine, type System } from "../providers/system.ts";
import { prepareSchema, type Schema, type SchemaValue } from "../schema/schema.ts";
import { Account, type Budget } from "./account.ts";
import { conversationId } from "./conversation-id.ts";
import { placed, type ConversationEvent, type Happening, type OutputEvent } from "./event.ts";
import { readOutput, type OutputOptions, type OutputResponse } from "./output.ts";
import { toJson, type ConversationJson } from "./to-json.ts";

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
  | "providerOptions"
>;

/** What a conversation is made from. */
export interface ConversationOptions {
  readonly model: Model;
  /** Instructions that stand before the conversation. */
  readonly system?: string | readonly TextPart[];
  readonly settings?: Settings;
  readonly budget?: Budget;
  /** Whether, and for how long, the provider is asked to cache what is sent again; `{}` by default, `false` for not. */
  readonly cache?: CacheMark | false;
  /** Messages to begin with. */
  readonly messages?: Iterable<Message>;
  /** Called for each event of this conversation and of its descendants. What it throws is thrown by the send. */
  readonly onEvent?: (event: ConversationEvent) => void;
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
  Pick<ConversationOptions, "model" | "system" | "settings" | "budget" | "onEvent">
>;

/**
 * A conversation with a model: a history that grows by exchanges, and the account of what they used.
 *
 * @example
 * const conversation = createConversation({ model: openModel("rehearsal") });
 * const response = await conversation.send("echo: hello");
 * response.text; // "hello"
 *
 * @throws ConfigurationError `invalid-option` for a budget that is no limit.
 */
export function createConversation(options: ConversationOptions): Conversation {
  return new Conversation(options, undefined, History.of(options.messages ?? []));
}

/** Made by {@link createConversation}, {@link Conversation.child} and {@link Conversation.fork}. */
export class Conversation {
  /** Seven characters of Crockford's base 32, as `xxx-xxxx`. */
  readonly id: string;
  readonly model: Model;
  readonly parent: Conversation | undefined;
  readonly #options: ConversationOptions;
  readonly #system: readonly TextPart[];
  readonly #account: Account;
  #history: History;
  #seq = 0;
  #sending = false;
  #lastUsage: Usage | undefined;
  /** The model wants to go on after being sent its own message back. */
  #paused = false;

  constructor(options: ConversationOptions, parent: Conversation | undefined, history: History) {
    const { system = [] } = options;
    this.#options = options;
    this.#system = typeof system === "string" ? (system === "" ? [] : [text(system)]) : system;
    this.#account = new Account(parent === undefined ? undefined : parent.#account, options.budget ?? {});
    this.#history = history;
    this.id = conversationId((options.machine ?? machine).random);
    this.model = options.model;
    this.parent = parent;
  }

  /** The messages so far, oldest first. After a failed send the last one is the message without an answer. */
  get history(): History {
    return this.#history;
  }

  /**
   * Sends a message and resolves to the answer. The message is stored before it is sent: when the send fails, calling
   * this again without a message sends the identical history again. After the stop reason `pause` the same lets the
   * model go on.
   *
   * With `output`, a schema of any library or a plain JSON Schema, the answer is a value that satisfies it. A model
   * whose answer does not is told why and asked again, as often as `outputRetries` says; the history then has all of
   * it. An answer that was refused or cut is not asked for again.
   *
   * @example
   * const { output } = await conversation.send("Where is it?", { output: z.object({ city: z.string() }) });
   * output.city;
   *
   * @throws ModelError, BudgetExceeded (nothing was sent), the signal's reason; OutputError when there is no valid
   * output; ConfigurationError `busy` while another send runs, `invalid-option` when there is nothing to send, or for
   * a schema that cannot be used.
   */
  send<Of extends Schema>(
    message: string | readonly Part[] | undefined,
    options: SendOptions & OutputOptions<Of>,
  ): Promise<OutputResponse<SchemaValue<Of>>>;
  send(message?: string | readonly Part[], options?: SendOptions): Promise<Response>;
  async send(
    message?: string | readonly Part[],
    options: SendOptions & Partial<OutputOptions> = {},
  ): Promise<Response> {
    options.signal?.throwIfAborted();
    if (this.#sending) {
      throw new ConfigurationError(
        "busy",
        "this conversation is waiting for an answer; send after it, or fork",
      );
    }
    this.#sending = true;
    try {
      const { output } = options;
      const response =
        output === undefined
          ? await this.#exchange(message, options, undefined)
          : await this.#exchangeForOutput(message, { ...options, output });
      this.#emit({ type: "response", response }, options.onEvent);
      return response;
    } catch (error) {
      try {
        this.#emit({ type: "error", error }, options.onEvent);
      } catch {
        // A listener that fails here too hides nothing: what failed first is what is thrown.
      }
      throw error;
    } finally {
      this.#sending = false;
    }
  }

  /**
   * The same as {@link send}, as events; the last one is `response`. With `output` there is one `response` as well,
   * with the valid output, and an `output-retry` after each answer that will not do. Leaving the loop aborts the
   * exchange.
   */
  stream<Of extends Schema>(
    message: string | readonly Part[] | undefined,
    options: Pick<SendOptions, "signal"> & OutputOptions<Of>,
  ): AsyncIterable<OutputEvent<SchemaValue<Of>>>;
  stream(
    message?: string | readonly Part[],
    options?: Pick<SendOptions, "signal">,
  ): AsyncIterable<ConversationEvent>;
  stream(
    message?: string | readonly Part[],
    options: Pick<SendOptions, "signal"> & Partial<OutputOptions> = {},
  ): AsyncIterable<ConversationEvent> {
    return eventStream(options.signal, (onEvent, signal) =>
      this.send(message, { ...options, onEvent, signal }),
    );
  }

  /** A conversation with an empty history that reports here: its usage and cost are also this one's. */
  child(options: DerivedOptions = {}): Conversation {
    const { onEvent: _, budget: __, messages: ___, ...inherited } = this.#options;
    return new Conversation({ ...inherited, ...options }, this, History.empty);
  }

  /** A conversation that begins with this one's history and parent; it costs the same at any length. */
  fork(options: DerivedOptions = {}): Conversation {
    // A plain fork shares its options as well: it costs no more than its own state.
    const own = Object.keys(options).length === 0 ? this.#options : { ...this.#options, ...options };
    const fork = new Conversation(own, this.parent, this.#history);
    fork.#paused = this.#paused;
    return fork;
  }

  /** What this conversation and its descendants have used. */
  usage(): TotalUsage {
    return this.#account.total;
  }

  /** What the last answer used: its input is what fills the model's window. */
  lastUsage(): Usage | undefined {
    return this.#lastUsage;
  }

  /** The conversation as plain data, safe for JSON.stringify. */
  toJSON(): ConversationJson {
    return toJson({
      id: this.id,
      parentId: this.parent?.id,
      model: this.model.info,
      system: this.#system,
      messages: this.#history.toArray(),
      usage: this.usage(),
    });
  }

  async #exchangeForOutput(
    content: string | readonly Part[] | undefined,
    options: SendOptions & OutputOptions,
  ): Promise<OutputResponse> {
    const { output, outputRetries = 1, signal, onEvent } = options;
    if (!Number.isInteger(outputRetries) || outputRetries < 0) {
      throw new ConfigurationError(
        "invalid-option",
        `outputRetries must be a whole number, not ${outputRetries}`,
      );
    }
    // A schema that cannot be used is told before anything is stored or sent.
    const schema = { schema: await prepareSchema(output) };
    signal?.throwIfAborted();
    let said = content;
    for (let attempt = 1; ; attempt++) {
      const response = await this.#exchange(said, options, schema);
      const read = await readOutput(response, output);
      signal?.throwIfAborted();
      if (read.error === undefined) return { ...response, output: read.value };
      if (read.complaint === undefined || attempt > outputRetries) throw read.error;
      this.#emit({ type: "output-retry", attempt, error: read.error }, onEvent);
      said = read.complaint;
    }
  }

  /** One message and its answer; its `response` is not told of yet. */
  async #exchange(
    content: string | readonly Part[] | undefined,
    options: SendOptions,
    schema: ResponseSchema | undefined,
  ): Promise<Response> {
    const { onEvent } = options;
    if (content !== undefined && saysSomething(content)) this.#append(userMessage(content), onEvent);
    else if (this.#history.last?.role !== "user" && !this.#paused) {
      throw new ConfigurationError("invalid-option", "nothing to send: give a message");
    }
    this.#account.reserve();
    let response: Response | undefined;
    // What is known of the usage of an answer that has begun; one that is cut then is not free.
    let begun: Usage | undefined;
    const cut = (): void => {
      if (begun !== undefined) this.#account.bookCut(begun, this.model.info.prices);
      begun = undefined;
    };
    try {
      response = await this.model.complete(this.#request(schema), {
        signal: options.signal,
        conversationId: this.id,
        onEvent: (event) => {
          if (event.type === "start") begun = unknownUsage;
          else if (event.type === "usage") begun = event.usage;
          else if (event.type === "retry") cut();
          // The response is told of after its message, so that it is the last event of a send.
          if (event.type !== "response") this.#emit(event, onEvent);
        },
      });
    } finally {
      if (response === undefined) cut();
      this.#account.settle(response);
    }
    this.#lastUsage = response.usage;
    this.#paused = response.stopReason === "pause";
    this.#append(response.message, onEvent);
    return response;
  }

  #request(responseSchema: ResponseSchema | undefined): Request {
    const { settings, cache = {} } = this.#options;
    return {
      ...settings,
      ...(responseSchema !== undefined && { responseSchema }),
      ...(this.#system.length > 0 && { system: this.#system }),
      ...(cache !== false && { cache }),
      messages: this.#history,
    };
  }

  #append(message: Message, onEvent: SendOptions["onEvent"]): void {
    this.#history = this.#history.append(message);
    this.#emit({ type: "message", message, length: this.#history.length }, onEvent);
  }

  #heard(): boolean {
    for (let at: Conversation | undefined = this; at !== undefined; at = at.parent) {
      if (at.#options.onEvent !== undefined) return true;
    }
    return false;
  }

  #emit(event: Happening, onEvent: SendOptions["onEvent"]): void {
    if (onEvent === undefined && !this.#heard()) {
      // Nobody listens, so no event is made; it counts all the same.
      this.#seq++;
      return;
    }
    const happened = placed(event, this.id, this.#seq++);
    onEvent?.(happened);
    for (let at: Conversation | undefined = this; at !== undefined; at = at.parent) {
      at.#options.onEvent?.(happened);
    }
  }
}

/** Empty texts say nothing, and providers refuse them. */
function saysSomething(content: string | readonly Part[]): boolean {
  if (typeof content === "string") return content !== "";
  return content.some((part) => part.type !== "text" || part.text !== "");
}
