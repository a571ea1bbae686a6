import type { DecodedEvent } from "../../llm/event.ts";
import { Fold } from "../../llm/fold.ts";
import type { Message } from "../../llm/message.ts";
import { cost } from "../../llm/money.ts";
import { response, type Response } from "../../llm/response.ts";
import type { ModelInfo, RunOptions } from "../model.ts";
import { wait, type Clock } from "../system.ts";

/** Deltas between two turns of the event loop, so that an abort is heard in the midst of a long answer. */
const DELTAS_AT_A_TIME = 256;

/** The breaking off of an answer. */
export interface Break {
  /** How many deltas come before it; it comes at the latest before the usage is reported. */
  readonly after: number;
  readonly error: (partial: Message) => Error;
}

/** When an exchange began, by the same clock that plays it. */
export interface Beginning {
  readonly clock: Clock;
  readonly now: number;
  readonly monotonic: number;
}

/** The moment as a beginning. */
export function begin(clock: Clock): Beginning {
  return { clock, now: clock.now(), monotonic: clock.monotonic() };
}

/** Emits an answer's events, `pace` milliseconds between deltas, and resolves to their sum. */
export async function play(
  events: readonly DecodedEvent[],
  info: ModelInfo,
  { clock, now, monotonic }: Beginning,
  { signal, onEvent }: RunOptions,
  { pace = 0, broken }: { readonly pace?: number; readonly broken?: Break | undefined } = {},
): Promise<Response> {
  const fold = new Fold();
  const elapsed = (): number => clock.monotonic() - monotonic;
  let firstEventMs: number | undefined;
  let deltas = 0;
  for (const event of events) {
    if (broken !== undefined && isBroken(broken, event, deltas)) throw broken.error(fold.result().message);
    if (event.type === "part-delta") {
      if (pace > 0) await wait(clock, pace, signal);
      else if (deltas % DELTAS_AT_A_TIME === DELTAS_AT_A_TIME - 1) await wait(clock, 0, signal);
      deltas++;
    }
    signal?.throwIfAborted();
    if (event.type === "part-start") firstEventMs ??= elapsed();
    const told = fold.push(event);
    onEvent?.(told);
  }
  signal?.throwIfAborted();
  const { id, model, message, usage, stop } = fold.result();
  const totalMs = elapsed();
  const whole = response({
    id,
    model,
    message,
    stopReason: stop.reason,
    rawStopReason: stop.raw,
    ...(stop.sequence !== undefined && { stopSequence: stop.sequence }),
    usage,
    cost: cost(usage, info.prices),
    timing: { startedAt: now, firstEventMs: firstEventMs ?? totalMs, totalMs },
  });
  onEvent?.({ type: "response", response: whole });
  return whole;
}

function isBroken({ after }: Break, event: DecodedEvent, deltas: number): boolean {
  return event.type === "part-delta" ? deltas >= after : event.type === "usage" || event.type === "stop";
}
