import { ConfigurationError } from "../llm/errors.ts";
import {
  saysSomething,
  text,
  type CacheMark,
  type Message,
  type Part,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
} from "../llm/message.ts";
import type { ResponseSchema } from "../llm/request.ts";
import type { Response } from "../llm/response.ts";
import type { Attributes } from "../log/logger.ts";
import type { Model } from "../providers/model.ts";
import { system as machine, type Clock } from "../providers/system.ts";
import { beginning, resumption } from "./beginning.ts";
import { readBudget, type Budget } from "./budget.ts";
import { isCrowded, replaced, shortened, type Fill } from "./compactor.ts";
import type { Conversation } from "./conversation.ts";
import { conversationId } from "./conversation-id.ts";
import { placed, type ConversationEvent, type Happening } from "./event.ts";
import { exchange, type ExchangeRoom } from "./exchange.ts";
import type { HistoryRequest } from "./input-bound.ts";
import type { Written } from "./journal.ts";
import { Ledger } from "./ledger.ts";
import { logEvents } from "./log-events.ts";
import type { ConversationOptions } from "./options.ts";
import { quietly, Recorder, shown, type Recorded } from "./recorder.ts";
import type { Recovered } from "./recovery.ts";
import type { KnownCalls } from "./repair.ts";
import type { Tool, ToolContext } from "./tool.ts";
import type { ToolBatch, ToolPolicy } from "./tool-batch.ts";
import type { Transcript } from "./transcript.ts";
import type { Turn, TurnOutcome, TurnRoom } from "./turn.ts";
import { UnderWay, type Listener } from "./under-way.ts";
import { within } from "./wall-time.ts";

/** Where a conversation comes from that does not begin empty. */
export interface Origin {
  readonly id?: string | undefined;
  /** What a journal tells of it. */
  readonly recovered?: Recovered;
  /** The conversation that it forked from. */
  readonly from?: Conversation;
}

/**
 * The inside of a conversation: what its exchanges, turns and tools need of it. Made when somebody speaks; a fork that
 * nobody speaks to costs no more than its beginning.
 */
export class Core implements TurnRoom, ExchangeRoom {
  /** Seven characters of Crockford's base 32, as `xxx-xxxx`. */
  readonly id: string;
  readonly transcript: Transcript;
  readonly ledger: Ledger;
  readonly underWay: UnderWay;
  /** Absent where nothing is written down. */
  readonly recorder: Recorder | undefined;
  options: ConversationOptions;
  /** A turn, or the calls that are run for {@link Conversation.runTools}. */
  running: Turn | ToolBatch | undefined = undefined;
  /** Children that an earlier process had, by their purpose; each once. */
  readonly below: Recovered["below"] | undefined;
  readonly #conversation: Conversation;
  readonly #parent: Core | undefined;
  readonly #log: ((event: Happening) => void) | undefined;
  #seq = 0;
  #system: readonly TextPart[] | undefined = undefined;

  /** @throws ConfigurationError `invalid-option` for a budget that is no limit. */
  constructor(
    conversation: Conversation,
    options: ConversationOptions,
    transcript: Transcript,
    parent: Core | undefined,
    { id, recovered, from }: Origin,
  ) {
    this.#conversation = conversation;
    this.#parent = parent;
    this.options = options;
    this.transcript = transcript;
    this.id = id ?? conversationId((options.machine ?? machine).random);
    this.ledger = recovered?.ledger ?? new Ledger(parent === undefined ? undefined : parent.ledger);
    this.underWay = new UnderWay(parent === undefined ? undefined : parent.underWay, options.signal);
    this.below = recovered && onceEach(recovered.below);
    // A silent logger costs nothing: not even the ids are gathered.
    this.#log = options.log?.on("error") === true ? logEvents(options.log.with(this.#ids())) : undefined;
    this.recorder = this.#recording(recovered, from);
    const { budget } = options;
    if (recovered !== undefined) this.#recover(recovered);
    else if (budget !== undefined) this.#limit(budget);
  }

  get parentId(): string | undefined {
    return this.#parent?.id;
  }

  get model(): Model {
    return this.options.model;
  }

  get clock(): Clock {
    return (this.options.machine ?? machine).clock;
  }

  get system(): readonly TextPart[] {
    return (this.#system ??= systemOf(this.options));
  }

  /** Gives it a new budget, which counts from now. */
  resetBudget(budget: Budget): void {
    this.#limit(budget);
    this.options = { ...this.options, budget };
    // What cannot be written fails what is written next.
    void quietly(() => this.recorder?.record({ type: "budget", budget }));
  }

  /** One message and its answer; its `response` is not told of yet. */
  exchange(
    content: string | readonly Part[] | undefined,
    signal: AbortSignal | undefined,
    schema: ResponseSchema | undefined,
  ): Promise<Response> {
    if (content !== undefined && saysSomething(content)) {
      const said = this.say(content);
      if (said !== undefined) return said.then(() => exchange(this, this.#request(schema), signal));
    } else if (this.transcript.history.last?.role !== "user" && !this.transcript.paused) {
      throw new ConfigurationError("invalid-option", "nothing to send: give a message");
    }
    return exchange(this, this.#request(schema), signal);
  }

  /** A turn begins, with what the user says or where the history is. */
  beginTurn(message: string | readonly Part[] | undefined): void | Promise<void> {
    const begun: readonly Written[] = this.recorder === undefined ? [] : [{ type: "turn-start" }];
    if (message !== undefined && saysSomething(message)) return this.say(message, begun);
    return this.recorder?.record(...begun);
  }

  /** A turn is over. */
  endTurn({ end, steps }: TurnOutcome): void | Promise<void> {
    const event = { type: "turn-end", end, steps } as const;
    const written = this.recorder?.record(event);
    return written === undefined ? this.emit(event) : written.then(() => this.emit(event));
  }

  ask(signal: AbortSignal): Promise<Response> {
    return this.exchange(undefined, signal, undefined);
  }

  /** @param before what is written with it. */
  say(content: string | readonly Part[], before: readonly Written[] = []): void | Promise<void> {
    return this.append(this.transcript.said(content), before);
  }

  append(message: Message, before: readonly Written[] = []): void | Promise<void> {
    const written = this.recorder?.record(...before, { type: "message", message });
    return written === undefined ? this.#stored(message) : written.then(() => this.#stored(message));
  }

  last(): Message | undefined {
    return this.transcript.history.last;
  }

  async reserveTools(count: number): Promise<void> {
    if (count === 0) return;
    this.ledger.reserveToolCalls(count);
    if (this.ledger.limited) await this.recorder?.record({ type: "tool-calls", count });
  }

  within<Result>(run: (signal: AbortSignal | undefined) => Promise<Result>): Promise<Result> {
    return within(this.ledger.deadline(), this.clock, undefined, run);
  }

  stopChildren(cause: unknown): void {
    this.underWay.stopDescendants(cause);
  }

  crowded(): boolean {
    return isCrowded(this.#fill(), this.options.compaction);
  }

  async compact(signal: AbortSignal | undefined): Promise<boolean> {
    const child = (): Conversation =>
      this.#conversation.child({
        hidden: true,
        purpose: "compaction",
        system: "",
        tools: [],
        settings: {},
      });
    const { history } = this.transcript;
    const { listener: onEvent } = this.underWay;
    const shorter = await shortened(history, this.#fill(), this.options.compaction, (prompt) =>
      child().send(prompt, { signal, onEvent }),
    );
    if (shorter === undefined) return false;
    await this.recorder?.record({ type: "compaction", ...replaced(history, shorter) });
    this.transcript.replace(shorter);
    this.emit({ type: "compaction", before: history.length, after: shorter.length });
    return true;
  }

  get graceMs(): number {
    return this.options.toolGraceMs ?? DEFAULT_GRACE_MS;
  }

  get concurrency(): number {
    return this.options.toolConcurrency ?? Infinity;
  }

  get policy(): ToolPolicy | undefined {
    return this.options.approve;
  }

  get tools(): ReadonlyMap<string, Tool> {
    const ours = (this.options.tools ?? []).filter((tool): tool is Tool => !("type" in tool));
    return new Map(ours.map((tool) => [tool.name, tool]));
  }

  get known(): KnownCalls | undefined {
    return this.transcript.known;
  }

  count(name: string): void {
    this.ledger.countTool(name);
  }

  started(calls: readonly ToolCallPart[]): void | Promise<void> {
    return this.recorder?.record(
      ...calls.map(({ id, name }) => ({ type: "tool-start", callId: id, name }) as const),
    );
  }

  finished(result: ToolResultPart, display: unknown): void | Promise<void> {
    return this.recorder?.record({ type: "tool-result", result, ...shown(display) });
  }

  context(call: ToolCallPart, signal: () => AbortSignal): Omit<ToolContext, "signal" | "progress"> {
    const conversation = this.#conversation;
    return {
      callId: call.id,
      conversation,
      extra: this.options.extra,
      child: (options) => conversation.child({ signal: signal(), ...options }),
    };
  }

  emit(event: Happening): void {
    this.#log?.(event);
    const { listener } = this.underWay;
    if (listener === undefined && !this.#heard()) {
      // Nobody listens, so no event is made; it counts all the same.
      this.#seq++;
      return;
    }
    const happened = placed(event, this.id, this.#seq++, this.options.hidden === true);
    let broken = tell(listener, happened, undefined);
    for (let at: Core | undefined = this; at !== undefined; at = at.#parent) {
      broken = tell(at.options.onEvent, happened, broken);
    }
    if (broken !== undefined) throw broken.error;
  }

  /** Tells of something while an error is on its way. */
  tell(event: Happening): void {
    try {
      this.emit(event);
    } catch {
      // A listener that fails here too hides nothing: what failed first is what is thrown.
    }
  }

  #heard(): boolean {
    for (let at: Core | undefined = this; at !== undefined; at = at.#parent) {
      if (at.options.onEvent !== undefined) return true;
    }
    return false;
  }

  /** Tells of a message that is no answer, and is written down. */
  #stored(message: Message): void {
    const { recorder, transcript } = this;
    transcript.append(message);
    if (recorder !== undefined) recorder.interrupted = undefined;
    this.emit({ type: "message", message, length: transcript.history.length });
  }

  #request(responseSchema: ResponseSchema | undefined): HistoryRequest {
    const { settings, tools, cache = usualCache } = this.options;
    const { system } = this;
    return {
      ...settings,
      ...(responseSchema !== undefined && { responseSchema }),
      ...(system.length > 0 && { system }),
      ...(tools !== undefined && tools.length > 0 && { tools }),
      ...(cache !== false && { cache }),
      messages: this.transcript.history,
    };
  }

  #fill(): Fill {
    return { window: this.model.info.window, used: this.transcript.lastUsage };
  }

  #limit(budget: Budget): void {
    const limits = readBudget(budget);
    this.ledger.limit(this.id, limits, limits.has("wallTimeMs") ? this.clock.monotonic() : 0);
  }

  /** Goes on from a journal. A budget that is given now counts from now; without one, or a system prompt, the old one holds. */
  #recover({ budget, system }: Recovered): void {
    const { budget: given } = this.options;
    this.options = { ...this.options, system: this.options.system ?? system };
    if (given !== undefined) this.resetBudget(given);
    else if (budget !== undefined) this.options = { ...this.options, budget };
  }

  /** What writes into the journal. */
  #recording(recovered: Recovered | undefined, from: Conversation | undefined): Recorder | undefined {
    const { journal } = this.options;
    if (journal === undefined) return undefined;
    const first: Recorded["first"] = (at) =>
      recovered === undefined ? [beginning(this, from, at)] : resumption(this, recovered, at);
    const { attempts = 0, interrupted } = recovered ?? {};
    const parent = this.#parent?.recorder;
    return new Recorder({ id: this.id, journal, clock: this.clock, parent, first, attempts, interrupted });
  }

  /** The ids that each record of a conversation carries. */
  #ids(): Attributes {
    const parent = this.#parent;
    let root = parent;
    while (root !== undefined && root.#parent !== undefined) root = root.#parent;
    return { session: root?.id ?? this.id, conversation: this.id, parent: parent?.id };
  }
}

const DEFAULT_GRACE_MS = 2000;

const usualCache: CacheMark = {};

function systemOf({ system = [] }: ConversationOptions): readonly TextPart[] {
  if (typeof system !== "string") return system;
  return system === "" ? [] : [text(system)];
}

type Broken = { readonly error: unknown } | undefined;

/** Tells one listener. What the first of them throws is kept until all have heard: nobody misses an event for another. */
function tell(listener: Listener | undefined, event: ConversationEvent, broken: Broken): Broken {
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
