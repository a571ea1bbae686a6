import { ModelError } from "../../llm/errors.ts";
import type { DecodedEvent } from "../../llm/event.ts";
import { Fold } from "../../llm/fold.ts";
import { cost } from "../../llm/money.ts";
import type { Request } from "../../llm/request.ts";
import { response, type Response } from "../../llm/response.ts";
import { follow, unlessAborted } from "../follow.ts";
import type { ModelInfo, RunOptions } from "../model.ts";
import type { System } from "../system.ts";
import { callIds } from "./call-id.ts";
import { generate } from "./generate.ts";
import type { Loaded } from "./load.ts";
import type { EngineModel } from "./options.ts";
import { Telling } from "./telling.ts";

/** What the requests of one opened model have in common. */
export interface Stage {
  readonly options: EngineModel;
  readonly info: ModelInfo;
  readonly system: System;
  readonly loaded: () => Promise<Loaded>;
  /** Told of work that may outlast its request: the engine ends a step that it has begun. */
  readonly track: (work: Promise<unknown>) => void;
}

/** One request: its events as the engine makes them, and their sum. */
export async function answer(stage: Stage, request: Request, run: RunOptions): Promise<Response> {
  const { info, system, track } = stage;
  const { signal, onEvent } = run;
  signal?.throwIfAborted();
  const { clock } = system;
  const startedAt = clock.now();
  const began = clock.monotonic();
  onEvent?.({ type: "request", attempt: 1, model: `${info.provider}/${info.name}` });

  const fold = new Fold();
  const stop = new AbortController();
  let firstEventAt: number | undefined;
  const emit = (event: DecodedEvent): void => {
    if (stop.signal.aborted) return;
    if (event.type === "part-start") firstEventAt ??= clock.monotonic();
    const told = fold.push(event);
    try {
      onEvent?.(told);
    } catch (error) {
      // The engine would only log what a listener throws.
      stop.abort(error);
    }
  };
  const release = follow(signal, (reason) => stop.abort(reason));
  try {
    const telling = new Telling(emit, callIds(request.messages, system.random));
    const work = generate(stage, request, { emit, telling, signal: stop.signal });
    track(work);
    await unlessAborted(work, stop.signal);
  } catch (error) {
    // A reason is thrown as it is, also one that looks like an error of ours.
    if (stop.signal.aborted) throw stop.signal.reason;
    throw error instanceof ModelError ? withPartial(error, fold) : error;
  } finally {
    release();
  }

  const { id, model, message, usage, stop: stopped } = fold.result();
  const ended = clock.monotonic();
  const whole = response({
    id,
    model,
    message,
    stopReason: stopped.reason,
    rawStopReason: stopped.raw,
    ...(stopped.sequence !== undefined && { stopSequence: stopped.sequence }),
    usage,
    cost: cost(usage, info.prices),
    timing: { startedAt, firstEventMs: (firstEventAt ?? ended) - began, totalMs: ended - began },
  });
  onEvent?.({ type: "response", response: whole });
  return whole;
}

function withPartial(error: ModelError, fold: Fold): ModelError {
  const { message, usage } = fold.result();
  return error.with({
    ...(message.parts.length > 0 && { partial: message }),
    ...(usage.source !== "unknown" && { usage }),
  });
}
