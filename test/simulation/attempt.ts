import { BudgetBroken, BudgetExceeded, ModelError, type ModelErrorKind } from "../../src/llm/errors.ts";
import type { Part } from "../../src/llm/message.ts";
import { unknownUsage, type Usage } from "../../src/llm/usage.ts";
import type { RunOptions } from "../../src/providers/model.ts";
import type { Passage } from "./books.ts";
import type { World } from "./world.ts";

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

/** Whether it is certain that an attempt which failed so before it had begun cost nothing. */
export function isRefused(error: unknown): boolean {
  // A budget refuses an attempt before it is made.
  if (error instanceof BudgetBroken) return true;
  // But time stops one that was made.
  if (error instanceof BudgetExceeded) return error.limit !== "wallTimeMs";
  return error instanceof ModelError && refusals.has(error.kind);
}

/** One request on its way: what it emits, and how it waits. */
export class Attempt {
  readonly #world: World;
  readonly #options: RunOptions;
  readonly passage: Passage;
  /** What was reported since the answer began. */
  begun: Usage | undefined;
  /** Whether it is not on its way, but before another one. */
  waits = false;

  constructor(world: World, options: RunOptions, passage: Passage) {
    this.passage = passage;
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

/** One of all the ways in which a request can fail. */
export function failure(world: World): ModelError {
  const kind = world.random.pick(kinds) ?? "server";
  return new ModelError(`simulated: ${kind}`, { kind });
}
