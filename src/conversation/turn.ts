import { BudgetBroken, BudgetExceeded, ModelError } from "../llm/errors.ts";
import { follow } from "../providers/follow.ts";
import {
  messageText,
  saysSomething,
  text,
  toolCalls,
  type Message,
  type Part,
  type ToolCallPart,
} from "../llm/message.ts";
import type { Response, StopReason } from "../llm/response.ts";
import type { Happening } from "./event.ts";
import { defaultLoopLimits, LoopGuard, type LoopLimits } from "./loop-guard.ts";
import { next, type TurnEnd, type TurnFacts } from "./next.ts";
import { ToolBatch, type BatchResult, type BatchRoom } from "./tool-batch.ts";

/** How a turn is run. */
export interface TurnOptions {
  /** Cancels the turn, with the signal's reason as the cause that tools and the model are told. */
  readonly signal?: AbortSignal | undefined;
  /** How many requests the turn may take; 500 by default. */
  readonly maxSteps?: number;
  /** When a model that repeats itself is told and stopped; `false` for never. */
  readonly loops?: LoopLimits | false;
  /** What the user has said since; asked between steps, and said to the model before it goes on. */
  readonly steering?: () => string | readonly Part[] | undefined;
  /**
   * Called when the tools of a step are over; what it says is said to the model before it goes on. The signal is the
   * turn's. What it throws is thrown by the turn.
   */
  readonly afterStep?: (signal: AbortSignal) => Promise<string | undefined>;
}

/** How a turn ended. A turn that was cancelled or failed has one too: what was done by then is in the history. */
export interface TurnOutcome {
  readonly end: TurnEnd;
  /** The last answer; absent where there was none. */
  readonly response?: Response;
  /** The text of the last answer, also of one that the turn went on from; empty where there was none. */
  readonly text: string;
  /** Requests made. */
  readonly steps: number;
  /** What a request failed with, for the ends `failed`, `budget` and `context-overflow`. */
  readonly error?: unknown;
  /** What it was cancelled with, for the end `cancelled`. */
  readonly cause?: unknown;
}

/** What a turn and its tools need of their conversation. */
export interface TurnRoom extends BatchRoom {
  /** One request: sends the history, and appends the answer, which is not told of yet. */
  ask(signal: AbortSignal): Promise<Response>;
  append(message: Message): void | Promise<void>;
  emit(event: Happening): void;
  /** Tells of something while an error is on its way. */
  tell(event: Happening): void;
  /** Takes so many calls of tools out of the budget. @throws BudgetExceeded, BudgetBroken */
  reserveTools(calls: number): void | Promise<void>;
  /** Does something that is to stop when the budget's time is over. @throws BudgetExceeded when it is over already. */
  within<Result>(run: (signal: AbortSignal | undefined) => Promise<Result>): Promise<Result>;
  /** Appends what the user says, with a result for each call that is open. */
  say(parts: readonly Part[]): void | Promise<void>;
  /** The newest message of the history. */
  last(): Message | undefined;
  /** Whether the window is nearly full. */
  crowded(): boolean;
  /** Makes the history shorter, and says whether that helped. */
  compact(signal: AbortSignal): Promise<boolean>;
  /** Ends what children have under way. */
  stopChildren(cause: unknown): void;
}

const DEFAULT_MAX_STEPS = 500;

/** Compacting that is needed again so soon does not help. */
const MAX_COMPACTIONS = 2;

/** What a model is told whose answer filled the window. */
const goOn: Message = {
  role: "user",
  parts: [{ type: "text", text: "[Your answer was cut: the window was full. There is room again; go on.]" }],
};

/** One turn, from the user's message, which is in the history already, to rest. */
export class Turn {
  readonly #room: TurnRoom;
  readonly #options: TurnOptions;
  #guard: LoopGuard | undefined;
  readonly #controller = new AbortController();
  readonly #releases: (() => void)[] = [];
  #batch: ToolBatch | undefined;
  #calls: readonly ToolCallPart[] = [];
  #steps = 0;
  #pauses = 0;
  #compactions = 0;
  #stopReason: StopReason | undefined;
  #ended: TurnFacts["ended"];
  #looping = false;
  #failed: TurnFacts["failed"];
  #error: unknown;
  #response: Response | undefined;
  #steering: readonly Part[] | undefined;
  /** What was said after the step. */
  #told: readonly Part[] = [];
  /** What the answer says that it goes on from. */
  #before = "";

  constructor(room: TurnRoom, options: TurnOptions) {
    this.#room = room;
    this.#options = options;
  }

  /**
   * Carries out one move after another until one of them is to stop. Rejects only with what a listener threw.
   * @param signal cancels it, as that of its options does.
   * @param before why the answer stopped that an interrupted turn goes on from.
   */
  async run(signal: AbortSignal | undefined, before: StopReason | undefined): Promise<TurnOutcome> {
    const room = this.#room;
    this.#follow(signal);
    this.#follow(this.#options.signal);
    // Where it goes on from an answer, its calls come first.
    const last = room.last();
    if (last?.role === "assistant") {
      this.#asked(toolCalls(last));
      this.#stopReason = before;
      this.#before = messageText(last);
    }
    try {
      for (;;) {
        const move = next(this.#facts());
        switch (move.do) {
          case "call-model": {
            const newest = room.last();
            this.#steps++;
            try {
              this.#answered(await room.ask(this.#controller.signal));
            } catch (error) {
              this.#unanswered(error, newest);
            }
            break;
          }
          case "ask-leave":
            await this.#batch?.askLeave();
            break;
          case "await-leave":
            await this.#batch?.awaitLeave();
            break;
          case "run-tools":
            await this.#runTools();
            break;
          case "steer":
            await this.#steer();
            break;
          case "compact":
            await this.#compact();
            break;
          case "stop":
            return this.#outcome(move.end);
        }
      }
    } finally {
      for (const release of this.#releases) release();
      // A listener threw, or it was cancelled: whatever is open has a result before anybody goes on.
      await this.#close();
    }
  }

  #follow(signal: AbortSignal | undefined): void {
    if (signal !== undefined) this.#releases.push(follow(signal, (cause) => this.cancel(cause)));
  }

  /** Ends the turn: aborts the request, stops tools and children, keeps what is finished. */
  cancel(cause: unknown): void {
    if (this.#controller.signal.aborted) return;
    this.#controller.abort(cause);
    this.#batch?.stop(cause);
    this.#room.stopChildren(cause);
  }

  /** Requests made so far. */
  get steps(): number {
    return this.#steps;
  }

  get batch(): ToolBatch | undefined {
    return this.#batch;
  }

  #facts(): TurnFacts {
    return {
      cancelled: this.#controller.signal.aborted,
      failed: this.#failed,
      stopReason: this.#stopReason,
      open: this.#batch?.open ?? [],
      ended: this.#ended,
      steered: this.#mayBeSteered() && this.#said() !== undefined,
      steps: this.#steps,
      maxSteps: this.#options.maxSteps ?? DEFAULT_MAX_STEPS,
      pauses: this.#pauses,
      looping: this.#looping,
      compaction: this.#compactions >= MAX_COMPACTIONS ? "spent" : this.#room.crowded() ? "wanted" : "none",
    };
  }

  /** What is said is asked for only where it can be passed on. */
  #mayBeSteered(): boolean {
    return (
      !this.#controller.signal.aborted &&
      this.#failed === undefined &&
      this.#batch === undefined &&
      this.#ended === undefined
    );
  }

  #answered(response: Response): void {
    const room = this.#room;
    room.emit({ type: "response", response });
    this.#response = response;
    this.#stopReason = response.stopReason;
    this.#pauses = response.stopReason === "pause" ? this.#pauses + 1 : 0;
    // It has helped when the next answer leaves room.
    if (!room.crowded()) this.#compactions = 0;
    this.#asked(response.toolCalls);
  }

  /** @param newest the newest message when it was asked. */
  #unanswered(error: unknown, newest: Message | undefined): void {
    const room = this.#room;
    room.tell({ type: "error", error });
    // A listener may have thrown when the answer was in the history already: its calls are closed all the same.
    const last = room.last();
    const asked = last === undefined || last === newest ? [] : toolCalls(last);
    if (asked.length > 0) this.#batch = new ToolBatch(asked, room);
    if (!this.#controller.signal.aborted) this.#fail(error);
  }

  #asked(calls: readonly ToolCallPart[]): void {
    this.#calls = calls;
    this.#batch = calls.length === 0 ? undefined : new ToolBatch(calls, this.#room);
  }

  #fail(error: unknown): void {
    this.#error = error;
    if (error instanceof BudgetExceeded || error instanceof BudgetBroken) this.#failed = "budget";
    else if (error instanceof ModelError)
      this.#failed = error.kind === "context-overflow" ? error.kind : "error";
    else throw error;
  }

  async #compact(): Promise<void> {
    const overflowed = this.#failed === "context-overflow" || this.#stopReason === "context_overflow";
    let helped = false;
    try {
      helped = await this.#room.compact(this.#controller.signal);
    } catch (error) {
      if (this.#controller.signal.aborted) return;
      // A summary that failed leaves the history as it was; where there still is room, the turn goes on with it.
      if (!(error instanceof ModelError)) this.#fail(error);
    }
    this.#compactions = helped ? this.#compactions + 1 : MAX_COMPACTIONS;
    if (!helped || !overflowed) return;
    if (this.#stopReason !== undefined) await this.#room.append(goOn);
    this.#failed = undefined;
    this.#error = undefined;
    this.#stopReason = undefined;
  }

  async #runTools(): Promise<void> {
    const batch = this.#batch;
    if (batch === undefined) return;
    try {
      await this.#room.reserveTools(batch.unsettled);
    } catch (error) {
      this.#fail(error);
      return;
    }
    const { results, ended, broken } = await this.#runInTime(batch);
    const { loops = defaultLoopLimits } = this.#options;
    if (loops !== false) this.#guard ??= new LoopGuard(loops, this.#room.tools);
    const seen = this.#guard?.see(this.#calls, results);
    this.#looping = seen?.looping ?? false;
    this.#batch = undefined;
    this.#ended = ended;
    this.#stopReason = undefined;
    await this.#room.append({ role: "user", parts: seen?.results ?? results });
    if (broken !== undefined) throw broken.error;
    const { signal } = this.#controller;
    const { afterStep } = this.#options;
    if (afterStep === undefined || signal.aborted) return;
    const told = await afterStep(signal);
    if (told !== undefined && saysSomething(told)) this.#told = [text(told)];
  }

  /** Runs tools, and stops them when the budget's time is over; then the turn ends with what they came to. */
  async #runInTime(batch: ToolBatch): Promise<BatchResult> {
    let late: { readonly error: unknown } | undefined;
    try {
      return await this.#room.within(async (signal) => {
        const release = follow(signal, (error) => {
          late = { error };
          batch.stop(error);
        });
        try {
          return await batch.run();
        } finally {
          release();
        }
      });
    } catch (error) {
      late = { error };
      batch.stop(error);
      return await batch.run();
    } finally {
      if (late !== undefined && this.#failed === undefined) this.#fail(late.error);
    }
  }

  async #steer(): Promise<void> {
    const said = this.#said();
    this.#steering = undefined;
    this.#stopReason = undefined;
    if (said !== undefined) await this.#room.say(said);
  }

  /** What the user said meanwhile; it is asked for once, and kept until it is said to the model. */
  #said(): readonly Part[] | undefined {
    if (this.#steering !== undefined) return this.#steering;
    const said = this.#options.steering?.();
    const heard =
      said === undefined || !saysSomething(said) ? [] : typeof said === "string" ? [text(said)] : said;
    if (heard.length === 0 && this.#told.length === 0) return undefined;
    this.#steering = [...this.#told, ...heard];
    this.#told = [];
    return this.#steering;
  }

  async #close(): Promise<void> {
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#batch = undefined;
    const { signal } = this.#controller;
    batch.stop(signal.aborted ? signal.reason : (this.#error ?? "the turn ended"));
    const { results, broken } = await batch.run();
    await this.#room.append({ role: "user", parts: results });
    if (broken !== undefined) throw broken.error;
  }

  #outcome(end: TurnEnd): TurnOutcome {
    return {
      end,
      ...(this.#response !== undefined && { response: this.#response }),
      text: this.#response?.text ?? this.#before,
      steps: this.#steps,
      ...(this.#error !== undefined && { error: this.#error }),
      ...(end === "cancelled" && { cause: this.#controller.signal.reason as unknown }),
    };
  }
}
