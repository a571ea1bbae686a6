import { ConfigurationError } from "../llm/errors.ts";
import { follow } from "../providers/follow.ts";
import { History } from "../llm/history.ts";
import {
  saysSomething,
  text,
  type Message,
  type Part,
  type TextPart,
  type ToolResultPart,
} from "../llm/message.ts";
import type { ResponseSchema } from "../llm/request.ts";
import type { Response } from "../llm/response.ts";
import type { TotalUsage } from "../llm/total.ts";
import type { Usage } from "../llm/usage.ts";
import type { Attributes } from "../log/logger.ts";
import { eventStream } from "../providers/event-stream.ts";
import type { Model } from "../providers/model.ts";
import { system as machine, type Clock } from "../providers/system.ts";
import type { Schema, SchemaValue } from "../schema/schema.ts";
import { readBudget, type Budget, type BudgetState } from "./budget.ts";
import { isCrowded, replaced, shortened, type Fill } from "./compactor.ts";
import { conversationId } from "./conversation-id.ts";
import { placed, type ConversationEvent, type Happening, type OutputEvent } from "./event.ts";
import { logEvents } from "./log-events.ts";
import type { ConversationOptions, DerivedOptions, SendOptions } from "./options.ts";
import { exchange } from "./exchange.ts";
import type { HistoryRequest } from "./input-bound.ts";
import type { Journal, JournalEntry, TurnEndEntry, Written } from "./journal.ts";
import { Ledger } from "./ledger.ts";
import { answerBySchema, type OutputOptions, type OutputResponse } from "./output.ts";
import { quietly, Recorder, shown, type Recorded } from "./recorder.ts";
import { recover, type Interruption, type Recovered } from "./recovery.ts";
import { toJson, type ConversationJson } from "./to-json.ts";
import type { Tool } from "./tool.ts";
import { ToolBatch, type BatchRoom, type Verdict } from "./tool-batch.ts";
import { Transcript } from "./transcript.ts";
import { Turn, type TurnOptions, type TurnOutcome } from "./turn.ts";
import { UnderWay } from "./under-way.ts";
import { within } from "./wall-time.ts";

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
    return new Conversation(options, undefined, recovered.transcript, recovered.id, recovered);
  }
  const transcript = messages instanceof History ? new Transcript(messages) : Transcript.of(messages);
  return new Conversation(options, undefined, transcript, journal?.conversation);
}

/** Made by {@link createConversation}, {@link Conversation.child} and {@link Conversation.fork}. */
export class Conversation {
  readonly parent: Conversation | undefined;
  #options: ConversationOptions;
  #transcript: Transcript;
  // A fork that nobody speaks to costs no more than its own fields: what they hold is made when it is needed.
  #madeId: string | undefined;
  #madeLedger: Ledger | undefined;
  #madeUnderWay: UnderWay | undefined;
  #madeRecorder: Recorder | undefined;
  /** Children that an earlier process had, by their purpose; each once. */
  #below: Recovered["below"] | undefined;
  readonly #log: ((event: Happening) => void) | undefined;
  #seq = 0;
  /** A turn, or the calls that are run for {@link runTools}. */
  #running: Turn | ToolBatch | undefined;

  constructor(
    options: ConversationOptions,
    parent: Conversation | undefined,
    transcript: Transcript,
    id?: string,
    recovered?: Recovered,
  ) {
    this.#options = options;
    this.#madeId = id;
    this.#transcript = transcript;
    this.parent = parent;
    // A silent logger costs nothing: not even the ids are gathered.
    this.#log = options.log?.on("error") === true ? logEvents(options.log.with(idsOf(this))) : undefined;
    if (recovered !== undefined) this.#recover(recovered);
    else if (options.budget !== undefined) this.#limit(options.budget);
  }

  /** Seven characters of Crockford's base 32, as `xxx-xxxx`. */
  get id(): string {
    return (this.#madeId ??= conversationId((this.#options.machine ?? machine).random));
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
    return this.#recorder?.interrupted;
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
    return this.#underWay.alone(options.signal, async (signal) => {
      const { output } = options;
      const own = { ...options, signal };
      try {
        const response =
          output === undefined
            ? await this.#exchange(message, own, undefined)
            : await answerBySchema(message, { ...options, output }, signal, {
                exchange: (said, schema) => this.#exchange(said, own, schema),
                emit: (event) => this.#emit(event, options.onEvent),
              });
        this.#emit({ type: "response", response }, options.onEvent);
        return response;
      } catch (error) {
        this.#tell({ type: "error", error }, options.onEvent);
        throw error;
      }
    });
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
    const { onEvent } = options;
    return this.#underWay.alone(undefined, async (bound) => {
      let batch: BatchRoom | undefined;
      const turn = new Turn(
        {
          ask: async (signal) => {
            try {
              const response = await this.#exchange(undefined, { signal, onEvent }, undefined);
              this.#emit({ type: "response", response }, onEvent);
              return response;
            } catch (error) {
              this.#tell({ type: "error", error }, onEvent);
              throw error;
            }
          },
          append: (said) => this.#append(said, onEvent),
          reserveTools: (calls) => this.#reserveTools(calls),
          within: (run) => within(this.#ledger.deadline(), this.#clock, undefined, run),
          say: (parts) => this.#say(parts, onEvent),
          last: () => this.history.last,
          batch: () => (batch ??= this.#batchRoom(onEvent)),
          crowded: () => isCrowded(this.#fill(), this.#options.compaction),
          compact: (signal) => this.#compact(signal, onEvent),
          stopChildren: (cause) => this.#underWay.stopDescendants(cause),
          stopReason: this.interrupted?.turn === true ? this.interrupted.stopReason : undefined,
        },
        options,
      );
      this.#running = turn;
      const release = follow(bound, (cause) => turn.cancel(cause));
      try {
        const begun = this.#recorder === undefined ? [] : [{ type: "turn-start" } as const];
        const said =
          message !== undefined && saysSomething(message)
            ? this.#say(message, onEvent, begun)
            : this.#recorder?.record(...begun);
        if (said !== undefined) await said;
        if (this.#recorder !== undefined) this.#recorder.interrupted = undefined;
        const outcome = await turn.run();
        const { end, steps } = outcome;
        if (this.#recorder !== undefined) await this.#recorder.record({ type: "turn-end", end, steps });
        this.#emit({ type: "turn-end", end: outcome.end, steps: outcome.steps }, onEvent);
        return outcome;
      } catch (error) {
        // It is over all the same.
        const end: TurnEndEntry = { type: "turn-end", end: "failed", steps: turn.steps };
        if (this.#recorder !== undefined) await quietly(() => this.#recorder?.record(end));
        throw error;
      } finally {
        release();
        this.#running = undefined;
      }
    });
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
    return this.#underWay.alone(signal, async (bound) => {
      const batch = new ToolBatch(response.toolCalls, this.#batchRoom(onEvent));
      this.#running = batch;
      const release = follow(bound, (cause) => batch.stop(cause));
      try {
        while (batch.unasked) await batch.askLeave();
        while (batch.undecided) await batch.awaitLeave();
        await this.#reserveTools(batch.unsettled);
        const { results, broken } = await batch.run();
        // Whoever goes on without sending them runs nothing twice, and loses nothing.
        this.#transcript.know(results);
        if (broken !== undefined) throw broken.error;
        return results;
      } finally {
        release();
        // A policy that takes its time has nobody to tell any more.
        batch.stop("the calls are over");
        this.#running = undefined;
      }
    });
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
    const running = this.#running;
    if (running instanceof Turn) running.cancel(cause);
    else running?.stop(cause);
    this.#underWay.stopDescendants(cause);
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
    const before = this.#below?.(purpose);
    if (before === undefined) return undefined;
    const { onEvent: _, budget: __, messages: ___, tools: ____, ...inherited } = this.#options;
    return new Conversation(
      { ...inherited, ...options, purpose },
      this,
      before.transcript,
      before.id,
      before,
    );
  }

  /** A conversation that begins with this one's history and parent; it costs the same at any length. */
  fork(options: DerivedOptions = {}): Conversation {
    // A plain fork shares its options as well: it costs no more than its own state.
    const own = Object.keys(options).length === 0 ? this.#options : { ...this.#options, ...options };
    const fork = new Conversation(own, this.parent, this.#transcript.fork());
    // Where it begins is known only now. What cannot be written fails what is written next.
    if (own.journal !== undefined) {
      fork.#madeRecorder = fork.#recording(own.journal, (at) => [fork.#beginning(at, this)]);
      void quietly(() => fork.#recorder?.record());
    }
    return fork;
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
    return this.#underWay.alone(signal, (bound) => this.#compact(bound, onEvent));
  }

  /** What this conversation and its descendants have used. */
  usage(): TotalUsage {
    return this.#ledger.total;
  }

  /** Where each limit of this conversation's own budget stands; nothing where it has none. Ancestors may have less left. */
  budget(): BudgetState {
    return this.#ledger.state(this.#clock.monotonic());
  }

  /**
   * Gives this conversation a new budget, or its old one anew: what it and its descendants have spent no longer counts,
   * and time counts from now. What is in flight stays with the old limits, in all its attempts. Ancestors' limits hold as
   * before. A budget that was frozen by a call which broke it is one no more.
   *
   * @throws ConfigurationError `invalid-option` for a budget that is no limit.
   */
  resetBudget(budget: Budget = this.#options.budget ?? {}): void {
    this.#limit(budget);
    this.#options = { ...this.#options, budget };
    // What cannot be written fails what is written next.
    void quietly(() => this.#recorder?.record({ type: "budget", budget }));
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
      system: this.#system,
      messages: this.history.toArray(),
      usage: this.usage(),
    });
  }

  /** One message and its answer; its `response` is not told of yet. */
  #exchange(
    content: string | readonly Part[] | undefined,
    options: SendOptions,
    schema: ResponseSchema | undefined,
  ): Promise<Response> {
    const { onEvent } = options;
    if (content !== undefined && saysSomething(content)) {
      const said = this.#say(content, onEvent);
      if (said !== undefined) return said.then(() => this.#ask(options, schema));
    } else if (this.history.last?.role !== "user" && !this.#transcript.paused) {
      throw new ConfigurationError("invalid-option", "nothing to send: give a message");
    }
    return this.#ask(options, schema);
  }

  #ask({ signal, onEvent }: SendOptions, schema: ResponseSchema | undefined): Promise<Response> {
    return exchange(
      {
        id: this.id,
        model: this.model,
        clock: this.#clock,
        ledger: this.#ledger,
        transcript: this.#transcript,
        recorder: this.#recorder,
        emit: (event) => this.#emit(event, onEvent),
      },
      this.#request(schema),
      signal,
    );
  }

  /** A user's message, with a result for each call that nobody answered. */
  #say(
    content: string | readonly Part[],
    onEvent: SendOptions["onEvent"],
    before: readonly Written[] = [],
  ): void | Promise<void> {
    return this.#append(this.#transcript.said(content), onEvent, before);
  }

  /** Takes so many calls of tools out of the budget. */
  async #reserveTools(count: number): Promise<void> {
    if (count === 0) return;
    this.#ledger.reserveToolCalls(count);
    if (this.#ledger.limited) await this.#recorder?.record({ type: "tool-calls", count });
  }

  #calls(callId: string): ToolBatch {
    const running = this.#running;
    const batch = running instanceof Turn ? running.batch : running;
    if (batch !== undefined) return batch;
    throw new ConfigurationError("no-such-call", `no call ${JSON.stringify(callId)} waits or runs`);
  }

  #batchRoom(onEvent: SendOptions["onEvent"]): BatchRoom {
    const { tools = [], approve, toolConcurrency = Infinity, toolGraceMs = 2000, extra } = this.#options;
    const ours = tools.filter((tool): tool is Tool => !("type" in tool));
    return {
      clock: this.#clock,
      graceMs: toolGraceMs,
      concurrency: toolConcurrency,
      tools: new Map(ours.map((tool) => [tool.name, tool])),
      policy: approve,
      emit: (event) => this.#emit(event, onEvent),
      count: (name) => this.#ledger.countTool(name),
      known: this.#transcript.known,
      started: (calls) =>
        this.#recorder?.record(
          ...calls.map(({ id, name }) => ({ type: "tool-start", callId: id, name }) as const),
        ),
      finished: (result, display) =>
        this.#recorder?.record({ type: "tool-result", result, ...shown(display) }),
      context: (call, signal) => ({
        callId: call.id,
        conversation: this,
        extra,
        child: (options) => this.child({ signal: signal(), ...options }),
      }),
    };
  }

  async #compact(signal: AbortSignal | undefined, onEvent: SendOptions["onEvent"]): Promise<boolean> {
    const child = (): Conversation =>
      this.child({ hidden: true, purpose: "compaction", system: "", tools: [], settings: {} });
    const { history } = this.#transcript;
    const shorter = await shortened(history, this.#fill(), this.#options.compaction, (prompt) =>
      child().send(prompt, { signal, onEvent }),
    );
    if (shorter === undefined) return false;
    await this.#recorder?.record({ type: "compaction", ...replaced(history, shorter) });
    this.#transcript.replace(shorter);
    this.#emit({ type: "compaction", before: history.length, after: shorter.length }, onEvent);
    return true;
  }

  #fill(): Fill {
    return { window: this.model.info.window, used: this.#transcript.lastUsage };
  }

  /** Tells of something while an error is on its way. */
  #tell(event: Happening, onEvent: SendOptions["onEvent"]): void {
    try {
      this.#emit(event, onEvent);
    } catch {
      // A listener that fails here too hides nothing: what failed first is what is thrown.
    }
  }

  get #ledger(): Ledger {
    return (this.#madeLedger ??= new Ledger(this.parent === undefined ? undefined : this.parent.#ledger));
  }

  get #underWay(): UnderWay {
    const { parent } = this;
    const above = parent === undefined ? undefined : parent.#underWay;
    return (this.#madeUnderWay ??= new UnderWay(above, this.#options.signal));
  }

  get #system(): readonly TextPart[] {
    const { system = [] } = this.#options;
    return typeof system === "string" ? (system === "" ? [] : [text(system)]) : system;
  }

  get #clock(): Clock {
    return (this.#options.machine ?? machine).clock;
  }

  /** Goes on from a journal. A budget that is given now counts from now; without one, or a system prompt, the old one holds. */
  #recover({ ledger, budget, system, mending, below, ...facts }: Recovered): void {
    this.#madeLedger = ledger;
    this.#below = onceEach(below);
    const { budget: given, journal } = this.#options;
    this.#options = { ...this.#options, system: this.#options.system ?? system };
    const asked = this.#system;
    const changed = JSON.stringify(asked) !== JSON.stringify(system);
    const first: Recorded["first"] = (at) =>
      changed ? [...mending, { type: "system", system: asked, conversation: this.id, at }] : mending;
    if (journal !== undefined) this.#madeRecorder = this.#recording(journal, first, facts);
    if (given !== undefined) this.resetBudget(given);
    else if (budget !== undefined) this.#options = { ...this.#options, budget };
  }

  get #recorder(): Recorder | undefined {
    const { journal } = this.#options;
    if (journal === undefined) return undefined;
    return (this.#madeRecorder ??= this.#recording(journal, (at) => [this.#beginning(at)]));
  }

  /** What writes into the journal, and what it writes first. */
  #recording(
    journal: Journal,
    first: Recorded["first"],
    facts: Partial<Pick<Recorded, "attempts" | "interrupted">> = {},
  ): Recorder {
    const { attempts, interrupted } = facts;
    return new Recorder({
      id: this.id,
      journal,
      clock: this.#clock,
      parent: this.parent === undefined ? undefined : this.parent.#recorder,
      first,
      ...(attempts !== undefined && { attempts }),
      interrupted,
    });
  }

  /** How it begins; `from` is where a fork comes from. */
  #beginning(at: number, from?: Conversation): JournalEntry {
    const { budget, hidden, purpose } = this.#options;
    const { name, provider } = this.model.info;
    return {
      type: "begin",
      conversation: this.id,
      at,
      ...(this.parent !== undefined && { parent: this.parent.id }),
      ...(from !== undefined
        ? { from: { conversation: from.id, length: this.history.length } }
        : this.history.length > 0 && { messages: this.history.toArray() }),
      model: { name, provider },
      system: this.#system,
      ...(budget !== undefined && { budget }),
      ...(hidden === true && { hidden }),
      ...(purpose !== undefined && { purpose }),
    };
  }

  #limit(budget: Budget): void {
    const limits = readBudget(budget);
    this.#ledger.limit(this.id, limits, limits.has("wallTimeMs") ? this.#clock.monotonic() : 0);
  }

  #request(responseSchema: ResponseSchema | undefined): HistoryRequest {
    const { settings, tools, cache = {} } = this.#options;
    const system = this.#system;
    return {
      ...settings,
      ...(responseSchema !== undefined && { responseSchema }),
      ...(system.length > 0 && { system }),
      ...(tools !== undefined && tools.length > 0 && { tools }),
      ...(cache !== false && { cache }),
      messages: this.history,
    };
  }

  /**
   * Stores a message that is no answer, and tells of it; at once, where nothing has to be written before.
   * @param before what is written with it.
   */
  #append(
    message: Message,
    onEvent: SendOptions["onEvent"],
    before: readonly Written[] = [],
  ): void | Promise<void> {
    const append = (): void => {
      this.#transcript.append(message);
      if (this.#madeRecorder !== undefined) this.#madeRecorder.interrupted = undefined;
      this.#emit({ type: "message", message, length: this.history.length }, onEvent);
    };
    const written = this.#recorder?.record(...before, { type: "message", message });
    return written === undefined ? append() : written.then(append);
  }

  #heard(): boolean {
    for (let at: Conversation | undefined = this; at !== undefined; at = at.parent) {
      if (at.#options.onEvent !== undefined) return true;
    }
    return false;
  }

  #emit(event: Happening, onEvent: SendOptions["onEvent"]): void {
    this.#log?.(event);
    if (onEvent === undefined && !this.#heard()) {
      // Nobody listens, so no event is made; it counts all the same.
      this.#seq++;
      return;
    }
    const happened = placed(event, this.id, this.#seq++, this.#options.hidden === true);
    let broken = tell(onEvent, happened, undefined);
    for (let at: Conversation | undefined = this; at !== undefined; at = at.parent) {
      broken = tell(at.#options.onEvent, happened, broken);
    }
    if (broken !== undefined) throw broken.error;
  }
}

type Broken = { readonly error: unknown } | undefined;

/** Tells one listener. What the first of them throws is kept until all have heard: nobody misses an event for another. */
function tell(listener: SendOptions["onEvent"], event: ConversationEvent, broken: Broken): Broken {
  try {
    listener?.(event);
    return broken;
  } catch (error) {
    return broken ?? { error };
  }
}

/** The same, but what it found once is not found again. */
function onceEach<Found>(find: (name: string) => Found | undefined): (name: string) => Found | undefined {
  const taken = new Set<string>();
  return (name) => {
    const found = taken.has(name) ? undefined : find(name);
    if (found !== undefined) taken.add(name);
    return found;
  };
}

/** The ids that each record of a conversation carries. */
function idsOf({ id, parent }: Conversation): Attributes {
  let root = parent;
  while (root?.parent !== undefined) root = root.parent;
  return { session: root?.id ?? id, conversation: id, parent: parent?.id };
}
