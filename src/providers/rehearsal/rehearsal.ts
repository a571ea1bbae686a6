import { ConfigurationError, ModelError, type ModelErrorFacts } from "../../llm/errors.ts";
import type { Message } from "../../llm/message.ts";
import type { Prices } from "../../llm/money.ts";
import type { Request } from "../../llm/request.ts";
import type { Response } from "../../llm/response.ts";
import { defineModel, type Model, type ModelInfo, type RunOptions } from "../model.ts";
import { system, wait, type Clock } from "../system.ts";
import { compose } from "./compose.ts";
import { readMessages } from "./cue.ts";
import { rehearsalInfo } from "./info.ts";
import type { Failure, Plan } from "./plan.ts";
import { begin, play, type Break } from "./play.ts";
import { hash } from "./seed.ts";
import { requestTokens } from "./size.ts";

/** How a {@link rehearsal} is set up. */
export interface RehearsalOptions {
  /** Chooses ids and words. The same seed and request give the same answer, byte for byte; 0 when absent. */
  readonly seed?: number;
  /** Time to wait by and to measure with; the machine's own when absent. */
  readonly clock?: Clock;
  /** Milliseconds between two deltas; 0, as fast as it goes, when absent. */
  readonly pace?: number;
  /** The window in tokens; longer requests fail (`context-overflow`). 200,000, not enforced, when absent. */
  readonly window?: number;
  /** The largest answer in tokens; longer ones are cut. 8,192 when absent. */
  readonly maxOutput?: number;
  /** Prices to play with; it is free when absent. */
  readonly prices?: Prices;
}

interface Stage {
  readonly info: ModelInfo;
  readonly seed: number;
  readonly clock: Clock;
  readonly pace: number;
  readonly maxOutput: number;
  /** The window where it is enforced. */
  readonly window: number;
}

/**
 * A model without a provider, for demos, tests and benchmarks: it answers by a grammar of rules, offline. It
 * streams, and nothing in it is left to chance.
 *
 * @throws ConfigurationError `invalid-option` for a pace, window or largest answer that is none.
 * @example
 * const model = rehearsal({ seed: 1 });
 * await model.complete({ messages: [userMessage("echo: hi")] }); // says "hi"
 */
export function rehearsal(options: RehearsalOptions = {}): Model {
  const { seed = 0, clock = system.clock, pace = 0 } = options;
  const { window = Infinity, maxOutput = 8192, prices } = options;
  if (!(pace >= 0 && pace < Infinity)) throw invalid(`pace must be a number of milliseconds, not ${pace}`);
  if (!(window >= 1)) throw invalid(`window must be a number of tokens, not ${window}`);
  if (!(Number.isInteger(maxOutput) && maxOutput >= 1)) {
    throw invalid(`maxOutput must be a whole number of tokens, not ${maxOutput}`);
  }
  const info = rehearsalInfo(maxOutput, prices, options.window);
  const stage: Stage = { info, seed, clock, pace, maxOutput, window };
  return defineModel(info, (request, run = {}) => answer(stage, request, run));
}

async function answer(stage: Stage, request: Request, run: RunOptions): Promise<Response> {
  const { info, clock, pace } = stage;
  run.signal?.throwIfAborted();
  const beginning = begin(clock);
  const plan = readMessages(request.messages);
  await attempt(plan, stage, run);
  refuse(request, stage);
  if (plan.delayMs !== undefined) await wait(clock, plan.delayMs, run.signal);
  const { failure } = plan;
  if (failure !== undefined && failure.after === undefined) throw modelError(failure);
  const broken = failure && breakBy(failure);
  return play(perform(plan, request, stage), info, beginning, run, { pace, broken });
}

function breakBy(failure: Failure): Break {
  const error = (partial: Message): ModelError =>
    modelError(failure, partial.parts.length > 0 ? { partial } : {});
  return { after: failure.after ?? 0, error };
}

function perform(plan: Plan, request: Request, { info, seed, maxOutput }: Stage): ReturnType<typeof compose> {
  const { length } = request.messages;
  const mixed = hash(seed, length, requestTokens(request), JSON.stringify(plan.says));
  const maxOutputTokens = Math.min(request.maxOutputTokens ?? maxOutput, maxOutput);
  const { stopSequences } = request;
  // The length keeps the ids of one conversation apart; the rest keeps apart the ids of several.
  return compose(
    plan,
    request,
    { maxOutputTokens, ...(stopSequences !== undefined && { stopSequences }) },
    { model: info.name, key: `${length}_${mixed.toString(36).padStart(7, "0")}`, seed: mixed },
  );
}

/** The attempts that fail, and the beginning of the one that counts. */
async function attempt(
  { retries }: Plan,
  { clock, info }: Stage,
  { signal, onEvent, ready }: RunOptions,
): Promise<void> {
  const count = retries?.count ?? 0;
  for (let attempt = 1; attempt <= count + 1; attempt++) {
    signal?.throwIfAborted();
    onEvent?.({ type: "request", attempt, model: `${info.provider}/${info.name}` });
    await ready?.();
    if (retries === undefined || attempt > count) return;
    onEvent?.({ type: "retry", attempt, delayMs: 0, error: modelError(retries.failure) });
    await wait(clock, 0, signal);
  }
}

/** What a real model would not take either. */
function refuse(request: Request, { window }: Stage): void {
  const { maxOutputTokens: max } = request;
  if (max !== undefined && !(Number.isInteger(max) && max >= 1)) {
    throw new ModelError(`maxOutputTokens must be a whole number from 1, not ${max}`, {
      kind: "invalid-request",
    });
  }
  const tokens = requestTokens(request);
  if (tokens > window) {
    const message = `the request has ${tokens} tokens, and the window holds ${window}`;
    throw new ModelError(message, { kind: "context-overflow" });
  }
}

function modelError({ kind, message, retryable }: Failure, facts: Partial<ModelErrorFacts> = {}): ModelError {
  return new ModelError(message, { kind, ...(retryable !== undefined && { retryable }), ...facts });
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError("invalid-option", `rehearsal: ${message}`);
}
