import { ModelError } from "../llm/errors.ts";
import type { StreamEvent } from "../llm/event.ts";
import { cost } from "../llm/money.ts";
import type { Request } from "../llm/request.ts";
import { response, type Response } from "../llm/response.ts";
import type { Protocol, Target } from "../protocols/protocol.ts";
import { exchange, type Answer, type Caps } from "./exchange.ts";
import type { Model, ModelInfo } from "./model.ts";
import { Gate, type Place } from "./gate.ts";
import { decideRetry, type RetryDecision, type RetryPolicy } from "./retry.ts";
import { wait, type System } from "./system.ts";
import type { Timeouts } from "./timeouts.ts";
import type { Outgoing, Transport } from "./transport.ts";
import { WireBodies } from "./wire-body.ts";

/** A model's place and its ways, settled when it was opened. */
export interface Route {
  readonly info: ModelInfo;
  readonly protocol: Protocol;
  readonly target: Target;
  readonly url: string;
  /** What is sent with each request. A function, so that nobody sees the key who looks at a model. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly transport: Transport;
  readonly retries: RetryPolicy;
  readonly timeouts: Timeouts;
  readonly caps: Caps;
  readonly system: System;
}

/**
 * The function that asks a model, with the one retry layer there is. An attempt is repeated only while nothing of
 * its answer was seen; each wait is an event, and ends at once when the request is aborted.
 */
export function completeWithRetries(route: Route): Model["complete"] {
  const bodies = new WireBodies(route.protocol, route.target);
  const { transport, protocol, target, timeouts, caps } = route;
  const { clock } = route.system;
  const gate = new Gate(clock);
  // Who is never to try again asks at once, whatever others were told.
  const waits = route.retries.retries > 0;
  return async (request, { signal, onEvent, ready } = {}) => {
    signal?.throwIfAborted();
    const startedAt = clock.now();
    const began = clock.monotonic();
    let firstEventAt: number | undefined;
    let place: Place | undefined;
    const emit = (event: StreamEvent): void => {
      if (firstEventAt === undefined && event.type === "part-start") {
        firstEventAt = clock.monotonic();
        place?.answered();
      }
      onEvent?.(event);
    };
    for (let attempt = 1; ; attempt++) {
      if (waits && !gate.open) {
        const left = route.retries.deadlineMs - (clock.monotonic() - began);
        place = await gate.enter(signal, left, (delayMs, error) =>
          onEvent?.({ type: "wait", delayMs, error }),
        );
      }
      try {
        onEvent?.({ type: "request", attempt, model: `${route.info.provider}/${route.info.name}` });
        const held = ready?.();
        if (held !== undefined) await held;
        const outgoing = prepare(route, bodies, request);
        const answer = await exchange({
          transport,
          outgoing,
          protocol,
          target,
          clock,
          timeouts,
          caps,
          emit,
          signal,
        });
        place?.answered();
        const ended = clock.monotonic();
        const timing = { startedAt, firstEventMs: (firstEventAt ?? ended) - began, totalMs: ended - began };
        const whole = price(route.info, answer, timing);
        onEvent?.({ type: "response", response: whole });
        return whole;
      } catch (error) {
        if (!(error instanceof ModelError) || firstEventAt !== undefined || signal?.aborted === true)
          throw error;
        const elapsed = clock.monotonic() - began;
        const decision = decideRetry(error, attempt, elapsed, route.retries, route.system.random());
        if (isRefusal(error)) shut(gate, error, decision, route.retries);
        if (!decision.retry) throw error;
        onEvent?.({ type: "retry", attempt, delayMs: decision.delayMs, error });
        place?.leave();
        await wait(clock, decision.delayMs, signal);
      } finally {
        place?.leave();
        place = undefined;
      }
    }
  };
}

/** Whether other requests would be refused as this one was. */
function isRefusal({ kind, retryable }: ModelError): boolean {
  return retryable && (kind === "rate-limit" || kind === "overloaded");
}

/** Keeps others back for as long as the provider asked, or for as long as we wait ourselves. */
function shut(gate: Gate, error: ModelError, decision: RetryDecision, { deadlineMs }: RetryPolicy): void {
  const ms = error.retryAfterMs ?? (decision.retry ? decision.delayMs : 0);
  // Longer than anybody waits: each one is to hear it from the provider.
  if (ms > 0 && ms <= deadlineMs) gate.shut(error, ms);
}

function prepare(route: Route, bodies: WireBodies, request: Request): Outgoing {
  return {
    url: route.url,
    headers: route.headers(),
    body: bodies.body(request),
  };
}

function price(info: ModelInfo, answer: Answer, timing: Response["timing"]): Response {
  const { stop, requestId, rateLimits, vendor } = answer;
  return response({
    id: answer.id,
    model: answer.model,
    message: answer.message,
    stopReason: stop.reason,
    rawStopReason: stop.raw,
    ...(stop.sequence !== undefined && { stopSequence: stop.sequence }),
    usage: answer.usage,
    cost: cost(answer.usage, info.prices),
    timing,
    ...(requestId !== undefined && { requestId }),
    ...(rateLimits !== undefined && { rateLimits }),
    ...(vendor !== undefined && { vendor }),
  });
}
