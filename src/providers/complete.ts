import { ModelError } from "../llm/errors.ts";
import type { StreamEvent } from "../llm/event.ts";
import { cost } from "../llm/money.ts";
import type { Request } from "../llm/request.ts";
import { response, type Response } from "../llm/response.ts";
import type { Protocol, Target } from "../protocols/protocol.ts";
import { exchange, type Answer, type Attempt, type Caps } from "./exchange.ts";
import type { Model, ModelInfo, RunOptions } from "./model.ts";
import { Gate, type Place } from "./gate.ts";
import { decideRetry, type RetryDecision, type RetryPolicy } from "./retry.ts";
import { wait, type Clock, type System } from "./system.ts";
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

/** What requests to one model share. */
interface Line extends Route {
  readonly bodies: WireBodies;
  readonly gate: Gate;
}

/**
 * The function that asks a model, with the one retry layer there is. An attempt is repeated only while nothing of
 * its answer was seen; each wait is an event, and ends at once when the request is aborted.
 */
export function completeWithRetries(route: Route): Model["complete"] {
  const { protocol, target, system } = route;
  const line = { ...route, bodies: new WireBodies(protocol, target), gate: new Gate(system.clock) };
  return (request, options = {}) => new Asking(line, request, options).run();
}

/** One request on its way, in all its attempts. */
class Asking implements Attempt {
  readonly signal: AbortSignal | undefined;
  readonly #line: Line;
  readonly #request: Request;
  readonly #options: RunOptions;
  readonly #startedAt: number;
  readonly #began: number;
  #firstEventAt: number | undefined = undefined;
  #place: Place | undefined = undefined;

  constructor(line: Line, request: Request, options: RunOptions) {
    const { clock } = line.system;
    this.signal = options.signal;
    this.#line = line;
    this.#request = request;
    this.#options = options;
    this.#startedAt = clock.now();
    this.#began = clock.monotonic();
  }

  async run(): Promise<Response> {
    const { gate, retries } = this.#line;
    this.signal?.throwIfAborted();
    for (let attempt = 1; ; attempt++) {
      // Who is never to try again asks at once, whatever others were told.
      if (retries.retries > 0 && !gate.open) await this.#enter();
      try {
        this.#tell({ type: "request", attempt, model: this.#name });
        const held = this.#options.ready?.();
        if (held !== undefined) await held;
        return this.#whole(await exchange(this));
      } catch (error) {
        const delayMs = this.#again(error, attempt);
        await wait(this.clock, delayMs, this.signal);
      } finally {
        this.#place?.leave();
        this.#place = undefined;
      }
    }
  }

  emit(event: StreamEvent): void {
    if (this.#firstEventAt === undefined && event.type === "part-start") {
      this.#firstEventAt = this.clock.monotonic();
      this.#place?.answered();
    }
    this.#tell(event);
  }

  get outgoing(): Outgoing {
    const { url, headers, bodies } = this.#line;
    return { url, headers: headers(), body: bodies.body(this.#request) };
  }

  get transport(): Transport {
    return this.#line.transport;
  }

  get protocol(): Protocol {
    return this.#line.protocol;
  }

  get target(): Target {
    return this.#line.target;
  }

  get clock(): Clock {
    return this.#line.system.clock;
  }

  get timeouts(): Timeouts {
    return this.#line.timeouts;
  }

  get caps(): Caps {
    return this.#line.caps;
  }

  get #name(): string {
    const { provider, name } = this.#line.info;
    return `${provider}/${name}`;
  }

  #tell(event: StreamEvent): void {
    this.#options.onEvent?.(event);
  }

  /** Waits for a place where others were refused. */
  async #enter(): Promise<void> {
    const { gate, retries } = this.#line;
    const left = retries.deadlineMs - (this.clock.monotonic() - this.#began);
    this.#place = await gate.enter(this.signal, left, (delayMs, error) =>
      this.#tell({ type: "wait", delayMs, error }),
    );
  }

  #whole(answer: Answer): Response {
    this.#place?.answered();
    const ended = this.clock.monotonic();
    const whole = price(this.#line.info, answer, {
      startedAt: this.#startedAt,
      firstEventMs: (this.#firstEventAt ?? ended) - this.#began,
      totalMs: ended - this.#began,
    });
    this.#tell({ type: "response", response: whole });
    return whole;
  }

  /**
   * In how many milliseconds it is tried again.
   * @throws the error where it is not.
   */
  #again(error: unknown, attempt: number): number {
    const { gate, retries, system } = this.#line;
    if (!(error instanceof ModelError) || this.#firstEventAt !== undefined || this.signal?.aborted === true)
      throw error;
    const elapsed = this.clock.monotonic() - this.#began;
    const decision = decideRetry(error, attempt, elapsed, retries, system.random());
    if (isRefusal(error)) shut(gate, error, decision, retries);
    if (!decision.retry) throw error;
    const { delayMs } = decision;
    this.#tell({ type: "retry", attempt, delayMs, error });
    this.#place?.leave();
    return delayMs;
  }
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
