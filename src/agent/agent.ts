import type { Conversation } from "../conversation/conversation.ts";
import type { ConversationEvent } from "../conversation/event.ts";
import type { TurnEnd } from "../conversation/next.ts";
import type { Verdict } from "../conversation/tool-batch.ts";
import type { TurnOptions, TurnOutcome } from "../conversation/turn.ts";
import { ConfigurationError } from "../llm/errors.ts";
import { saysSomething, text, type Part } from "../llm/message.ts";
import type { Announce, Companion } from "./companion.ts";
import { EventLog, type Logged } from "./event-log.ts";
import { isPassing, type AgentEvent, type Delivery } from "./event.ts";
import { Inbox, together } from "./inbox.ts";
import { atRest, IllegalEvent, reduce, type AgentState } from "./state.ts";

/** What an agent is made from. */
export interface AgentOptions {
  /** Its conversation, made with what hears its events: `createConversation({ ..., onEvent })`. */
  readonly converse: (onEvent: (event: ConversationEvent) => void) => Conversation;
  /** Who has a word between its steps. */
  readonly companions?: readonly Companion[];
  /** How turns are run. */
  readonly turns?: Pick<TurnOptions, "maxSteps" | "loops">;
  /** Called for each event as it happens, beside its readers. What it throws is thrown by the turn. */
  readonly onEvent?: (event: AgentEvent) => void;
  /** Told of events that cannot come: mistakes of ours. */
  readonly onMistake?: (mistake: IllegalEvent) => void;
}

/**
 * Somebody to talk to who works: a conversation whose turns are run one after another, while people say things, look on
 * and interfere. Faces are readers of its events and callers of its methods.
 *
 * @example
 * const agent = new Agent({ converse: (onEvent) => createConversation({ model, tools, onEvent }) });
 * agent.say("Find the bug.");
 * for await (const { event } of agent.events()) if (event.type === "turn-end") break;
 */
export class Agent {
  readonly conversation: Conversation;
  readonly #options: AgentOptions;
  readonly #log = new EventLog<AgentEvent>();
  readonly #inbox = new Inbox();
  #state: AgentState = atRest;
  /** The turns that run, until the inbox is empty. */
  #working: Promise<void> | undefined;
  #outcome: TurnOutcome | undefined;
  #broken: { readonly error: unknown } | undefined;
  #closed = false;
  /** Aborted when the turn is cancelled, for what is done between its steps. */
  #abort = new AbortController();

  constructor(options: AgentOptions) {
    this.#options = options;
    this.conversation = options.converse((event) => this.#tell(event));
  }

  /** What it is doing. */
  get state(): AgentState {
    return this.#state;
  }

  /** How the last turn ended; undefined before the first. */
  get outcome(): TurnOutcome | undefined {
    return this.#outcome;
  }

  /**
   * Says something. While a turn runs, `steer` has it said at the next step, `queue` as a turn of its own when this one
   * is over.
   *
   * @returns a number to take it back with, as long as it waits.
   * @throws ConfigurationError `invalid-option` for what says nothing, or when the agent is closed.
   */
  say(content: string | readonly Part[], delivery: Delivery = "steer"): number {
    if (this.#closed) throw new ConfigurationError("invalid-option", "the agent is closed");
    if (!saysSomething(content)) throw new ConfigurationError("invalid-option", "there is nothing to say");
    const { message } = this.#inbox.add(content, delivery);
    this.#tell({ type: "said", message, content, delivery });
    this.#work(false);
    return message;
  }

  /** Goes on with a turn that was interrupted, or from where the history is. */
  goOn(): void {
    if (this.#closed) throw new ConfigurationError("invalid-option", "the agent is closed");
    this.#work(true);
  }

  /** Takes back what was said, and says whether it still waited. */
  takeBack(message: number): boolean {
    if (this.#inbox.remove(message) === undefined) return false;
    this.#tell({ type: "taken", message, delivered: false });
    return true;
  }

  /** Ends the turn; what is queued is said afterwards. Nothing happens where none runs. */
  cancel(cause: unknown = new Error("the user cancelled the turn")): void {
    if (this.#state.phase === "idle" || this.#state.phase === "stopping") return;
    this.#tell({ type: "cancel", cause: cause instanceof Error ? cause.message : String(cause) });
    this.#abort.abort(cause);
    this.conversation.cancel(cause);
  }

  /** Cancels one call. @throws ConfigurationError `no-such-call` */
  cancelTool(callId: string, cause?: unknown): void {
    this.conversation.cancelTool(callId, cause);
  }

  /** Says whether a call may run that waits for it. @throws ConfigurationError `no-such-call` */
  decide(callId: string, verdict: Exclude<Verdict, "ask">): void {
    this.conversation.decide(callId, verdict);
  }

  /** The events from this index on, and those to come. Nobody waits for who reads them. */
  events(from = 0, signal?: AbortSignal): AsyncIterableIterator<Logged<AgentEvent>> {
    return this.#log.read(from, signal);
  }

  /** Resolves when nothing runs and nothing waits. @throws what ended a turn that no turn should end with. */
  async rest(): Promise<TurnOutcome | undefined> {
    while (this.#working !== undefined) await this.#working;
    const broken = this.#broken;
    this.#broken = undefined;
    if (broken !== undefined) throw broken.error;
    return this.#outcome;
  }

  /** Ends everything, and the events of everybody. */
  async close(cause: unknown = new Error("the agent was closed")): Promise<void> {
    this.#closed = true;
    this.#inbox.takeNext();
    this.cancel(cause);
    await this.rest().catch(() => undefined);
    this.#log.close();
  }

  /** Tells people of what does not come from the conversation. */
  readonly announce: Announce = (event) => this.#tell(event);

  /** Tells people something. */
  notice(text: string): void {
    this.#tell({ type: "notice", text });
  }

  #work(goOn: boolean): void {
    this.#working ??= this.#turns(goOn).finally(() => {
      this.#working = undefined;
    });
  }

  /** One turn after another, until nothing waits. */
  async #turns(goOn: boolean): Promise<void> {
    try {
      if (goOn && this.#inbox.isEmpty) await this.#job(undefined);
      while (!this.#inbox.isEmpty && !this.#closed) await this.#job(this.#taken(this.#inbox.takeNext()));
    } catch (error) {
      this.#broken = { error };
    }
  }

  /** A turn, and those that companions want behind it. */
  async #job(content: readonly Part[] | undefined): Promise<void> {
    for (let said = content, more = 0; ; more++) {
      this.#abort = new AbortController();
      const outcome = await this.#turn(said);
      const next = await this.#companions((each) =>
        each.afterTurn?.(outcome, this.announce, this.#abort.signal),
      );
      if (next === undefined || outcome.end !== "done" || this.#abort.signal.aborted || this.#closed) return;
      if (more === MOST_MORE)
        return this.notice(`what looks on wants more for the ${MOST_MORE + 1}th time: it is not heard`);
      said = [text(next)];
    }
  }

  async #turn(content: readonly Part[] | undefined): Promise<TurnOutcome> {
    this.#tell({ type: "turn-begin" });
    const { maxSteps, loops } = this.#options.turns ?? {};
    try {
      // Without any, the request is out before anybody else has a word.
      if (this.#options.companions !== undefined)
        await this.#companions((each) => each.beforeTurn?.(this.announce));
      const outcome = await this.conversation.turn(content, {
        ...(maxSteps !== undefined && { maxSteps }),
        ...(loops !== undefined && { loops }),
        signal: this.#abort.signal,
        steering: () => this.#taken(this.#inbox.takeSteering()),
        afterStep: (signal) => this.#companions((each) => each.afterStep?.(this.announce, signal)),
      });
      this.#outcome = outcome;
      const advice = adviceFor(outcome.end);
      if (advice !== undefined) this.#tell({ type: "notice", text: advice, end: outcome.end });
      return outcome;
    } finally {
      // A turn that broke told nobody that it is over.
      if (this.#state.phase !== "idle") this.#tell({ ...over, conversationId: this.conversation.id });
    }
  }

  /** What companions say, together; one that fails is told of, and harms nothing. */
  async #companions(
    ask: (companion: Companion) => Promise<string | undefined | void> | undefined,
  ): Promise<string | undefined> {
    const said: string[] = [];
    for (const companion of this.#options.companions ?? []) {
      try {
        const more = await ask(companion);
        if (typeof more === "string" && more.trim() !== "") said.push(more);
      } catch (error) {
        this.notice(error instanceof Error ? error.message : String(error));
      }
    }
    return said.length === 0 ? undefined : said.join("\n\n");
  }

  #taken(waiting: ReturnType<Inbox["takeNext"]>): readonly Part[] | undefined {
    for (const { message } of waiting) this.#tell({ type: "taken", message, delivered: true });
    return waiting.length === 0 ? undefined : together(waiting);
  }

  #tell(event: AgentEvent): void {
    try {
      this.#state = reduce(this.#state, event, this.conversation?.id);
    } catch (error) {
      if (!(error instanceof IllegalEvent)) throw error;
      this.#options.onMistake?.(error);
    }
    if (isPassing(event)) this.#log.pass(event);
    else this.#log.add(event);
    this.#options.onEvent?.(event);
  }
}

/** How often companions may want more behind what a person said. */
const MOST_MORE = 3;

/** What stands for the end of a turn that broke before it could tell of it. */
const over = { type: "turn-end", end: "failed", steps: 0, seq: -1 } as const;

/** What people can do about an end that is not the model's. */
function adviceFor(end: TurnEnd): string | undefined {
  switch (end) {
    case "budget":
      return "The budget is used up. Give another one to go on; nothing of the work is lost.";
    case "steps":
      return "The turn took as many steps as it may. Say something to go on.";
    case "loop":
      return "The model went on doing the same, and was stopped. Say what it should do instead.";
    case "context-overflow":
      return "The model's window is full, and a summary could not make room. Begin anew, or fork from an earlier message.";
    case "max-tokens":
      return "The answer reached the most tokens it may have. Say something to go on.";
    default:
      return undefined;
  }
}
