import type { Request } from "../../src/llm/request.ts";
import type { Message, Part } from "../../src/llm/message.ts";
import { Reservation, type Amounts } from "../../src/conversation/ledger.ts";
import type { ConversationEvent } from "../../src/conversation/event.ts";
import type { Tool } from "../../src/conversation/tool.ts";
import type { Model } from "../../src/providers/model.ts";
import type { Clock } from "../../src/providers/system.ts";

/**
 * A bug that is planted between the conversations and the world around them, or their ledger, to show that it is found.
 * Each stands for one that the engine could have; there is no switch for any in the engine itself.
 */
export interface Plants {
  /** Between conversations and their provider. */
  readonly ask?: (ask: Model["complete"]) => Model["complete"];
  /** Between conversations and their tools. */
  readonly tool?: (tool: Tool) => Tool;
  /** Between conversations and who listens. */
  readonly hear?: (hear: (event: ConversationEvent) => void) => (event: ConversationEvent) => void;
  readonly clock?: (clock: Clock) => Clock;
  /** How a conversation is cancelled. */
  readonly cancel?: (cancel: () => void) => void;
  /** A signal that somebody gives to the engine. */
  readonly signal?: (signal: AbortSignal) => AbortSignal;
  /** Whether messages to begin with go around the repair. */
  readonly unrepaired?: boolean;
  /** What a ledger is told of a call that is over. */
  readonly settle?: (actual: Amounts) => Amounts;
  /** In so many schedules it is found, where it is a rare one. */
  readonly within?: number;
  /** Whether children forget their parents. */
  readonly unlimited?: boolean;
}

/** Has every ledger settle with what a plant makes of it; returns what undoes that. */
export function plantInLedger({ settle }: Plants): () => void {
  if (settle === undefined) return () => undefined;
  const { prototype } = Reservation;
  const original = Reflect.get(prototype, "settle");
  prototype.settle = function (actual, call) {
    return original.call(this, settle(actual), call);
  };
  return () => (prototype.settle = original);
}

/** A request with its messages' parts changed. */
function changed(change: (part: Part) => readonly Part[]): NonNullable<Plants["ask"]> {
  return (ask) => (request: Request, options) => {
    const messages = [...request.messages].map((message): Message => {
      const parts = message.parts.flatMap(change);
      return { ...message, parts };
    });
    return ask({ ...request, messages }, options);
  };
}

/** All that can be planted, by name. */
export const plants: Readonly<Record<string, Plants>> = {
  "lost-result": {
    ask: changed((part) => (part.type === "tool-result" && /[05]$/.test(part.callId) ? [] : [part])),
  },
  "doubled-result": { ask: changed((part) => (part.type === "tool-result" ? [part, part] : [part])) },
  "vendor-ids": {
    ask: changed((part) =>
      part.type === "tool-call"
        ? [{ ...part, id: part.id.replace(/_\d+$/, "") }]
        : part.type === "tool-result"
          ? [{ ...part, callId: part.callId.replace(/_\d+$/, "") }]
          : [part],
    ),
  },
  "skipped-repair": { unrepaired: true },
  "tool-runs-twice": {
    tool: (tool) => ({
      ...tool,
      run: async (input, context) => {
        await tool.run(input, context);
        return tool.run(input, context);
      },
    }),
  },
  "result-thrown-away": {
    tool: (tool) => ({
      ...tool,
      run: async (input, context) => {
        const output = await tool.run(input, context);
        if (context.signal.aborted) throw context.signal.reason;
        return output;
      },
    }),
  },
  "deaf-to-cancel": { cancel: () => undefined },
  "request-without-signal": {
    ask: (ask) => (request, options) => ask(request, { ...options, signal: undefined }),
  },
  "usage-forgotten": {
    ask: (ask) => async (request, options) => {
      const answer = await ask(request, options);
      return { ...answer, usage: { ...answer.usage, output: 0 } };
    },
  },
  "cut-answer-for-nothing": {
    ask: (ask) => (request, options) =>
      ask(request, {
        ...options,
        onEvent: (event) => event.type === "usage" || options?.onEvent?.(event),
      }),
  },
  "unlimited-children": { unlimited: true },
  "ancestor-not-charged": { settle: forgetful, within: 3000 },
  "unreported-is-nothing": { settle: (actual) => ({ dollars: 0n, tokens: 0n, ...actual }) },
  "lost-event": { hear: (hear) => (event) => (event.type === "tool-start" ? undefined : hear(event)) },
  "event-told-twice": {
    hear: (hear) => (event) => {
      hear(event);
      if (event.type === "tool-result") hear(event);
    },
  },
  "timer-left": {
    clock: (clock) => ({ ...standing(clock), timer: (...of) => (clock.timer(...of), () => undefined) }),
  },
  "listener-left": { signal: sticky },
  "unhandled-rejection": {
    tool: (tool) => ({
      ...tool,
      run: (input, context) => {
        const output = tool.run(input, context);
        if (output instanceof Promise) void output.then(() => context.signal.throwIfAborted());
        return output;
      },
    }),
  },
};

function standing(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    timer: (ms, callback) => clock.timer(ms, callback),
  };
}

/** What was used, as the first who asks is told; those above are told of nothing. */
function forgetful(actual: Amounts): Amounts {
  const asked = new Set<string | symbol>();
  return new Proxy(actual, {
    get: (of, name) => {
      if (asked.has(name)) return 0n;
      asked.add(name);
      return Reflect.get(of, name) as unknown;
    },
  });
}

/** A signal that keeps its listeners. */
function sticky(signal: AbortSignal): AbortSignal {
  signal.removeEventListener = () => undefined;
  return signal;
}
