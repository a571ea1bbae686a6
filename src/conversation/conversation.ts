import { ConfigurationError } from "../llm/errors.ts";
import { History } from "../llm/history.ts";
import type { Part, ToolResultPart } from "../llm/message.ts";
import type { Response } from "../llm/response.ts";
import type { TotalUsage } from "../llm/total.ts";
import type { Usage } from "../llm/usage.ts";
import { eventStream } from "../providers/event-stream.ts";
import { follow } from "../providers/follow.ts";
import type { Model } from "../providers/model.ts";
import { system as machine } from "../providers/system.ts";
import type { Schema, SchemaValue } from "../schema/schema.ts";
import type { Budget, BudgetState } from "./budget.ts";
import { Core, type Origin } from "./core.ts";
import type { ConversationEvent, OutputEvent } from "./event.ts";
import type { ConversationOptions, DerivedOptions, SendOptions } from "./options.ts";
import { answerBySchema, type OutputOptions, type OutputResponse } from "./output.ts";
import { quietly } from "./recorder.ts";
import { recover, type Interruption } from "./recovery.ts";
import { toJson, type ConversationJson } from "./to-json.ts";
import { ToolBatch, type Verdict } from "./tool-batch.ts";
import { Transcript } from "./transcript.ts";
import { Turn, type TurnOptions, type TurnOutcome } from "./turn.ts";

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
  const { journal, messages = History.empty } = options;
  const past = journal?.past ?? [];
  if (past.length > 0) {
    const clock = (options.machine ?? machine).clock;
    const recovered = recover(past, journal?.conversation, options.model.info, clock.monotonic());
    if (recovered === undefined) {
      throw new ConfigurationError(
        "invalid-option",
        `the journal has no conversation ${journal?.conversation}`,
      );
    }
    return new Conversation(options, undefined, recovered.transcript, { id: recovered.id, recovered });
  }
  const transcript = messages instanceof History ? new Transcript(messages) : Transcript.of(messages);
  const id = journal?.conversation;
  return new Conversation(options, undefined, transcript, id === undefined ? undefined : { id });
}

/** Made by {@link createConversation}, {@link Conversation.child} and {@link Conversation.fork}. */
export class Conversation {
  readonly parent: Conversation | undefined;
  #options: ConversationOptions;
  readonly #transcript: Transcript;
  #made: Core | undefined = undefined;

  constructor(
    options: ConversationOptions,
    parent: Conversation | undefined,
    transcript: Transcript,
    origin: Origin = nowhere,
  ) {
    this.#options = options;
    this.#transcript = transcript;
    this.parent = parent;
    const { budget, journal, log } = options;
    if (origin !== nowhere || budget !== undefined || log !== undefined) this.#make(origin);
    // Where a fork begins is known only now. What cannot be written fails what is written next.
    if (origin.from !== undefined && journal !== undefined) void quietly(() => this.#core.recorder?.record());
  }

  /** Seven characters of Crockford's base 32, as `xxx-xxxx`. */
  get id(): string {
    return this.#core.id;
  }

  get model(): Model {
    return this.#options.model;
  }

  /** The messages so far, oldest first. After a failed send the last one is the message without an answer. */
  get history(): History {
    return this.#transcript.history;
  }

  /**
   * What the process was doing when it ended, for a conversation that goes on from a journal; undefined where it was
   * at rest. A turn without a message goes on with it: tools that only read, or may run twice, run again; what became
   * of other ones that had begun is told to the model as unknown.
   */
  get interrupted(): Interruption | undefined {
    return this.#made?.recorder?.interrupted;
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
   * @throws ModelError, BudgetExceeded or BudgetBroken (nothing was sent; but wall time stops what is in flight), the
   * signal's reason; OutputError when there is no valid output; ConfigurationError `busy` while another send runs,
   * `invalid-option` when there is nothing to send, or for a schema that cannot be used, `unbounded` under a budget of
   * dollars or tokens when the most that the call can use is not known.
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
    const core = this.#core;
    const { output } = options;
    const signal = core.underWay.begin(options.signal, options.onEvent);
    try {
      const response =
        output === undefined
          ? await core.exchange(message, signal, undefined)
          : await answerBySchema(message, { ...options, output }, signal, {
              exchange: (said, schema) => core.exchange(said, signal, schema),
              emit: (event) => core.emit(event),
            });
      core.emit({ type: "response", response });
      return response;
    } catch (error) {
      core.tell({ type: "error", error });
      throw error;
    } finally {
      core.underWay.end();
    }
  }

  /**
   * Sends a message and goes on until rest: requests, the tools that answers ask for, requests with their results.
   * Without a message it goes on from where the history is. Resolves also when it was cancelled or failed, with what
   * it ended with: all that was done by then is in the history, each call has its result, and the next send or turn
   * can follow.
   *
   * @example
   * const { end, text } = await conversation.turn("What is the weather in Oslo?");
   *
   * @throws ConfigurationError `busy` while another send or turn runs; what a listener throws.
   */
  async turn(
    message?: string | readonly Part[],
    options: TurnOptions & Pick<SendOptions, "onEvent"> = {},
  ): Promise<TurnOutcome> {
    const core = this.#core;
    const bound = core.underWay.begin(undefined, options.onEvent);
    const turn = new Turn(core, options);
    core.running = turn;
    try {
      const { interrupted } = this;
      const begun = core.beginTurn(message);
      if (begun !== undefined) await begun;
      if (core.recorder !== undefined) core.recorder.interrupted = undefined;
      const outcome = await turn.run(bound, interrupted?.turn === true ? interrupted.stopReason : undefined);
      const ended = core.endTurn(outcome);
      if (ended !== undefined) await ended;
      return outcome;
    } catch (error) {
      // It is over all the same.
      await quietly(() => core.recorder?.record({ type: "turn-end", end: "failed", steps: turn.steps }));
      throw error;
    } finally {
      core.running = undefined;
      core.underWay.end();
    }
  }

  /**
   * Runs the calls of an answer, each once, and resolves to their results in the order of the calls: parts to be sent
   * next. Never rejects for what a tool does.
   * @throws BudgetExceeded where not all of them may be run; then none is. ConfigurationError `busy`.
   */
  async runTools(
    response: Pick<Response, "toolCalls">,
    { signal, onEvent }: SendOptions = {},
  ): Promise<readonly ToolResultPart[]> {
    const core = this.#core;
    const batch = new ToolBatch(response.toolCalls, core);
    const bound = core.underWay.begin(signal, onEvent);
    core.running = batch;
    const release = follow(bound, (cause) => batch.stop(cause));
    try {
      while (batch.unasked) await batch.askLeave();
      while (batch.undecided) await batch.awaitLeave();
      await core.reserveTools(batch.unsettled);
      const { results, broken } = await batch.run();
      // Whoever goes on without sending them runs nothing twice, and loses nothing.
      this.#transcript.know(results);
      if (broken !== undefined) throw broken.error;
      return results;
    } finally {
      release();
      // A policy that takes its time has nobody to tell any more.
      batch.stop("the calls are over");
      core.running = undefined;
      core.underWay.end();
    }
  }

  /**
   * Cancels one call that waits or runs; the model is told the cause, and other calls go on.
   * @throws ConfigurationError `no-such-call` for one that is not there, or over.
   */
  cancelTool(callId: string, cause: unknown = "the user cancelled it"): void {
    this.#calls(callId).cancel(callId, cause);
  }

  /**
   * Says whether a call may run that waits for it (`tool-approval`).
   * @throws ConfigurationError `no-such-call` for one that does not wait.
   */
  decide(callId: string, verdict: Exclude<Verdict, "ask">): void {
    this.#calls(callId).decide(callId, verdict);
  }

  /** Cancels the turn, if one runs, and all that descendants have under way. */
  cancel(cause: unknown = new Error("the turn was cancelled")): void {
    const { running, underWay } = this.#core;
    if (running instanceof Turn) running.cancel(cause);
    else running?.stop(cause);
    underWay.stopDescendants(cause);
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
    const {
      onEvent: _,
      budget: __,
      messages: ___,
      tools: ____,
      purpose: _____,
      ...inherited
    } = this.#options;
    return new Conversation({ ...inherited, ...options }, this, new Transcript(History.empty));
  }

  /**
   * The last child with this purpose that an earlier process had here, for a conversation that goes on from a journal: it
   * goes on with its history, and with what it has used. Undefined where there was none, and when it is here again.
   */
  childBefore(purpose: string, options: Omit<DerivedOptions, "purpose"> = {}): Conversation | undefined {
    const before = this.#core.below?.(purpose);
    if (before === undefined) return undefined;
    const { onEvent: _, budget: __, messages: ___, tools: ____, ...inherited } = this.#options;
    const own = { ...inherited, ...options, purpose };
    return new Conversation(own, this, before.transcript, { id: before.id, recovered: before });
  }

  /** A conversation that begins with this one's history and parent; it costs the same at any length. */
  fork(options: DerivedOptions = {}): Conversation {
    // A plain fork shares its options as well: it costs no more than its own state.
    const own = Object.keys(options).length === 0 ? this.#options : { ...this.#options, ...options };
    const origin = own.journal === undefined ? undefined : { from: this };
    return new Conversation(own, this.parent, this.#transcript.fork(), origin);
  }

  /**
   * Makes the history shorter: a summary, which the model is asked for, takes the place of the older messages. The
   * newest stay as they are, and a call is never parted from its results. Whatever goes wrong, the history is as it was.
   * Turns do it by themselves when the window fills.
   *
   * @returns whether enough was freed; if not, nothing was changed.
   * @throws what a send throws.
   */
  async compact({ signal, onEvent }: SendOptions = {}): Promise<boolean> {
    const core = this.#core;
    const bound = core.underWay.begin(signal, onEvent);
    try {
      return await core.compact(bound);
    } finally {
      core.underWay.end();
    }
  }

  /** What this conversation and its descendants have used. */
  usage(): TotalUsage {
    return this.#core.ledger.total;
  }

  /** Where each limit of this conversation's own budget stands; nothing where it has none. Ancestors may have less left. */
  budget(): BudgetState {
    const { ledger, clock } = this.#core;
    return ledger.state(clock.monotonic());
  }

  /**
   * Gives this conversation a new budget, or its old one anew: what it and its descendants have spent no longer counts,
   * and time counts from now. What is in flight stays with the old limits, in all its attempts. Ancestors' limits hold as
   * before. A budget that was frozen by a call which broke it is one no more.
   *
   * @throws ConfigurationError `invalid-option` for a budget that is no limit.
   */
  resetBudget(budget: Budget = this.#options.budget ?? {}): void {
    this.#core.resetBudget(budget);
    this.#options = this.#core.options;
  }

  /** What the last answer used: its input is what fills the model's window. */
  lastUsage(): Usage | undefined {
    return this.#transcript.lastUsage;
  }

  /** The conversation as plain data, safe for JSON.stringify. */
  toJSON(): ConversationJson {
    return toJson({
      id: this.id,
      parentId: this.parent?.id,
      model: this.model.info,
      system: this.#core.system,
      messages: this.history.toArray(),
      usage: this.usage(),
    });
  }

  get #core(): Core {
    return this.#made ?? this.#make(nowhere);
  }

  #make(origin: Origin): Core {
    const above = this.parent === undefined ? undefined : this.parent.#core;
    const core = new Core(this, this.#options, this.#transcript, above, origin);
    this.#made = core;
    // What it recovered is among them.
    this.#options = core.options;
    return core;
  }

  #calls(callId: string): ToolBatch {
    const { running } = this.#core;
    const batch = running instanceof Turn ? running.batch : running;
    if (batch !== undefined) return batch;
    throw new ConfigurationError("no-such-call", `no call ${JSON.stringify(callId)} waits or runs`);
  }
}

const nowhere: Origin = {};
