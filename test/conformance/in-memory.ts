import { ModelError } from "../../src/llm/errors.ts";
import type { StreamEvent } from "../../src/llm/event.ts";
import type { Protocol, Target } from "../../src/protocols/protocol.ts";
import { defaultCaps, exchange, type Answer, type Caps } from "../../src/providers/exchange.ts";
import type { Clock } from "../../src/providers/system.ts";
import { defaultTimeouts, type Timeouts } from "../../src/providers/timeouts.ts";
import type { Transport } from "../../src/providers/transport.ts";

/** What became of an answer: either finished or failed, and what was seen of it on the way. */
export interface Outcome {
  readonly events: readonly StreamEvent[];
  readonly answer?: Answer;
  readonly error?: ModelError;
}

/** What a server sent. */
export interface Sent {
  readonly chunks: Iterable<Uint8Array>;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Time stands still: no timer fires. */
const clock: Clock = { now: () => 0, monotonic: () => 0, timer: () => () => undefined };
const timeouts: Timeouts = defaultTimeouts;
const outgoing = { url: "https://example.invalid/", headers: {}, body: [] };

/** A target without oddities, which sends no bound of its own. */
export const plainTarget: Target = { model: "any", stream: true, maxOutputTokens: 0, thinking: "budget" };

/**
 * Reads an answer the way a real one is read, with chunks in place of a network.
 * @throws whatever is not a ModelError: nothing else may come out of an exchange.
 */
export async function readAnswer(
  protocol: Protocol,
  sent: Sent,
  caps: Caps = defaultCaps,
  target: Target = plainTarget,
): Promise<Outcome> {
  const events: StreamEvent[] = [];
  const transport: Transport = async (_, receiver) => {
    receiver.connected();
    receiver.head(sent.status ?? 200, sent.headers ?? {});
    for (const chunk of sent.chunks) receiver.data(chunk);
  };
  const emit = (event: StreamEvent): void => void events.push(event);
  const attempt = { transport, outgoing, protocol, target, clock, timeouts, caps, emit, signal: undefined };
  try {
    return { events, answer: await exchange(attempt) };
  } catch (error) {
    if (error instanceof ModelError) return { events, error };
    throw error;
  }
}
