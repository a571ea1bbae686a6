import { BudgetExceeded, ModelError, type ModelErrorKind } from "../../src/llm/errors.ts";
import type { Message, Part } from "../../src/llm/message.ts";
import { cost, type Prices } from "../../src/llm/money.ts";
import type { Request } from "../../src/llm/request.ts";
import { response, type Response } from "../../src/llm/response.ts";
import { unknownUsage, type Usage } from "../../src/llm/usage.ts";
import { defineModel, type Model, type RunOptions } from "../../src/providers/model.ts";
import { someAnswer, someUsage } from "./answers.ts";
import type { RequestJudge } from "./judge-requests.ts";
import type { Node, World } from "./world.ts";

/** The window of models whose window is known, in tokens of four characters. */
const WINDOW = 800;

const rates = { input: "3", cacheRead: "0.3", cacheWrite5m: "3.75", output: "15" };
const nothing = { input: "0", cacheRead: "0", cacheWrite5m: "0", output: "0" };

const kinds: readonly ModelErrorKind[] = [
  "authentication",
  "permission",
  "not-found",
  "quota",
  "invalid-request",
  "content-filter",
  "rate-limit",
  "overloaded",
  "server",
  "connection",
  "timeout",
  "truncated",
  "malformed",
  "too-large",
];

/** A provider that keeps to its protocol, and has the faults of the schedule otherwise. */
export class Provider {
  readonly #world: World;
  readonly #judge: RequestJudge;
  readonly #prices: Prices;

  constructor(world: World, judge: RequestJudge) {
    this.#world = world;
    this.#judge = judge;
    this.#prices = { rates: world.faults.has("free") ? nothing : rates };
  }

  /** The model of one conversation; `of` is asked when the first request comes. */
  model(of: () => Node): Model {
    const window = this.#world.faults.has("overflow") ? { window: WINDOW } : {};
    const info = {
      name: "simulated",
      provider: "simulated",
      protocol: "none",
      prices: this.#prices,
      ...window,
    };
    const { plants } = this.#world;
    const ask: Model["complete"] = (request, options = {}) => this.#ask(of(), request, options);
    return defineModel(info, plants.ask?.(ask) ?? ask);
  }

  async #ask(node: Node, request: Request, options: RunOptions): Promise<Response> {
    const world = this.#world;
    options.signal?.throwIfAborted();
    const end = this.#judge.begin(node, request, options);
    const attempt = new Attempt(world, options);
    world.note(() => `${node.name} asks with ${request.messages.length} messages`);
    try {
      const answer = await this.#answer(node, attempt, request);
      node.books.answer(answer.usage, answer.cost);
      return answer;
    } catch (error) {
      this.#broke(node, attempt, error);
      world.note(() => `${node.name} request failed: ${String(error)}`);
      throw error;
    } finally {
      end();
    }
  }

  /** An attempt that fails, and is made again behind the conversation's back. */
  async #retry(node: Node, attempt: Attempt): Promise<void> {
    const world = this.#world;
    if (world.random.chance(0.5)) {
      attempt.begin();
      if (world.random.chance(0.5)) attempt.report(someUsage(world, 10));
    }
    const error = failure(world);
    this.#broke(node, attempt, error);
    attempt.waits = true;
    node.books.end();
    try {
      attempt.emit({ type: "retry", attempt: 1, delayMs: 10, error });
      await attempt.pause();
    } finally {
      node.books.resume();
    }
    attempt.waits = false;
    attempt.emit({ type: "request", attempt: 2, model: "simulated/simulated" });
  }

  /** An attempt has no answer: it cost nothing only where it was refused, or not made yet. */
  #broke(node: Node, attempt: Attempt, error: unknown): void {
    const { begun, waits } = attempt;
    attempt.begun = undefined;
    if (begun === undefined && (waits || isRefused(error))) return;
    node.books.cut(begun, this.#prices);
  }

  async #answer(node: Node, attempt: Attempt, request: Request): Promise<Response> {
    const world = this.#world;
    const startedAt = world.clock.now();
    const input = Math.ceil(charactersOf(request) / 4);
    attempt.emit({ type: "request", attempt: 1, model: "simulated/simulated" });
    await attempt.pause();
    if (world.faults.has("overflow") && input > WINDOW && !world.calm)
      throw new ModelError("too long", { kind: "context-overflow" });
    if (world.has("errors", 0.15)) throw failure(world);
    if (world.has("retries", 0.2)) await this.#retry(node, attempt);
    attempt.begin();
    const usage = someUsage(world, input);
    if (world.has("late-errors", 0.15)) {
      if (world.random.chance(0.5)) attempt.report(usage);
      await attempt.pause();
      throw failure(world);
    }
    const { parts, stop } = someAnswer(world, request.tools !== undefined);
    for (const [index, part] of parts.entries()) await attempt.say(index, part);
    if (usage !== unknownUsage) attempt.report(usage);
    attempt.emit({ type: "stop", reason: stop, raw: stop });
    const message: Message = { role: "assistant", parts };
    const answer = response({
      id: `answer_${world.count()}`,
      model: "simulated",
      message,
      stopReason: stop,
      rawStopReason: stop,
      usage,
      cost: cost(usage, this.#prices),
      timing: { startedAt, firstEventMs: 0, totalMs: world.clock.now() - startedAt },
    });
    attempt.emit({ type: "response", response: answer });
    return answer;
  }
}

/** Errors by which a provider says no, and charges nothing; the others may have cost something. */
const refusals: ReadonlySet<ModelErrorKind> = new Set([
  "authentication",
  "permission",
  "not-found",
  "quota",
  "invalid-request",
  "context-overflow",
  "rate-limit",
  "overloaded",
  "server",
  "connection",
]);

function isRefused(error: unknown): boolean {
  // A budget refuses an attempt before it is made.
  if (error instanceof BudgetExceeded) return true;
  return error instanceof ModelError && refusals.has(error.kind);
}

/** One request on its way: what it emits, and how it waits. */
class Attempt {
  readonly #world: World;
  readonly #options: RunOptions;
  /** What was reported since the answer began. */
  begun: Usage | undefined;
  /** Whether it is not on its way, but before another one. */
  waits = false;

  constructor(world: World, options: RunOptions) {
    this.#world = world;
    this.#options = options;
  }

  emit(event: Parameters<NonNullable<RunOptions["onEvent"]>>[0]): void {
    this.#options.onEvent?.(event);
  }

  begin(): void {
    this.begun = unknownUsage;
    this.emit({ type: "start", id: "answer", model: "simulated" });
  }

  report(usage: Usage): void {
    this.begun = usage;
    this.emit({ type: "usage", usage });
  }

  async say(index: number, part: Part): Promise<void> {
    this.emit({ type: "part-start", index, part });
    if (this.#world.has("slow", 0.1)) await this.pause();
    this.emit({ type: "part-end", index, part });
  }

  /** Waits for a while; most providers are told at once when somebody does not want to wait any longer. */
  async pause(): Promise<void> {
    const world = this.#world;
    const { signal } = this.#options;
    const ms = world.has("stalls", 0.05) ? 30_000 : world.random.below(world.faults.has("slow") ? 3000 : 50);
    if (world.has("deaf-provider", 0.5)) await world.clock.after(Math.min(ms, 3000));
    else if (signal === undefined) await world.clock.after(ms);
    else await heard(world, ms, signal);
    signal?.throwIfAborted();
  }
}

/** Resolves after a while, or as soon as the signal is aborted. */
export function heard(world: World, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      signal.removeEventListener("abort", over);
      resolve();
    };
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", over);
    if (ms < Infinity) void world.clock.after(ms).then(over);
  });
}

function failure(world: World): ModelError {
  const kind = world.random.pick(kinds) ?? "server";
  return new ModelError(`simulated: ${kind}`, { kind });
}

function charactersOf({ messages }: Request): number {
  let all = 0;
  for (const { parts } of messages) {
    for (const part of parts) {
      if (part.type === "text" || part.type === "thinking") all += part.text.length;
      else if (part.type === "tool-call") all += part.argumentsText.length;
      else if (part.type === "tool-result")
        for (const each of part.content) all += each.type === "text" ? each.text.length : 0;
    }
  }
  return all;
}
