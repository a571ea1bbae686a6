import type { ModelErrorKind } from "../../llm/errors.ts";
import { decimal } from "../../llm/money.ts";
import type { StopReason } from "../../llm/response.ts";
import { tokenClasses, type Usage } from "../../llm/usage.ts";
import { say, type Failure, type Plan } from "./plan.ts";
import type { Verb } from "./verb.ts";

/** A day: a longer wait is a slip of the pen. */
const MAX_DELAY_SECONDS = 86_400;

const stopReasons = Object.keys({
  end_turn: 0,
  tool_use: 0,
  max_tokens: 0,
  stop_sequence: 0,
  refusal: 0,
  content_filter: 0,
  pause: 0,
  context_overflow: 0,
  unknown: 0,
} satisfies Record<StopReason, 0>) as readonly StopReason[];

const errorKinds = Object.keys({
  authentication: 0,
  permission: 0,
  "not-found": 0,
  quota: 0,
  "invalid-request": 0,
  "context-overflow": 0,
  "content-filter": 0,
  "rate-limit": 0,
  overloaded: 0,
  server: 0,
  connection: 0,
  timeout: 0,
  truncated: 0,
  malformed: 0,
  "too-large": 0,
} satisfies Record<ModelErrorKind, 0>) as readonly ModelErrorKind[];

type Count = Exclude<keyof Usage, "source" | "billed">;

const counts: ReadonlyMap<string, Count> = new Map<string, Count>([
  ...[...tokenClasses, "reasoning" as const, "webSearches" as const].map((name) => [name, name] as const),
  ["in", "input"],
  ["out", "output"],
  ["cacheWrite", "cacheWrite5m"],
]);

/** The verbs that may stand before another line. Alone, each says what it did. */
export const leads: readonly Verb[] = [
  {
    head: "delay:",
    takes: "SECONDS",
    leads: true,
    does: "waits before it answers",
    read: (argument) => {
      if (!/^\d+(\.\d+)?$/.test(argument) || Number(argument) > MAX_DELAY_SECONDS) return undefined;
      return { ...say(`I waited for ${argument} seconds.`), delayMs: Number(argument) * 1000 };
    },
  },
  {
    head: "usage:",
    takes: "none | in=N out=N cacheRead=N ... [billed=DOLLARS]",
    leads: true,
    does: "reports this usage, or none",
    read: (argument) => {
      const usage = argument === "none" ? argument : readUsage(argument);
      return usage && { ...say("I reported the usage that you asked for."), usage };
    },
  },
  {
    head: "stop:",
    takes: "REASON",
    leads: true,
    does: `stops for this reason: ${stopReasons.join(", ")}`,
    read: (argument) => {
      const stop = stopReasons.find((reason) => reason === argument);
      return stop && { ...say(`I stopped: ${stop}.`), stop };
    },
  },
  {
    head: "retry:",
    takes: "N KIND",
    leads: true,
    does: "answers after N failed attempts",
    read: (argument) => {
      const [, count, word] = /^(\d{1,2})\s+(\S+)$/.exec(argument) ?? [];
      const kind = errorKinds.find((known) => known === word);
      if (kind === undefined) return undefined;
      const failure = { kind, message: `a rehearsed ${kind} error` };
      return { ...say(`I answered after ${count} retries.`), retries: { count: Number(count), failure } };
    },
  },
  {
    head: "fail:",
    takes: "[N] KIND [after DELTAS] [MESSAGE]",
    leads: true,
    does: `fails on each of N attempts, the last one after so many deltas; kinds: ${errorKinds.join(", ")}`,
    read: readFailure,
  },
];

function readUsage(argument: string): Partial<Usage> | undefined {
  const usage: { -readonly [name in keyof Usage]?: Usage[name] } = {};
  for (const word of argument.split(/\s+/)) {
    const [name = "", value = ""] = word.split("=", 2);
    const count = counts.get(name);
    if (count !== undefined && /^\d{1,15}$/.test(value)) usage[count] = Number(value);
    else if (name === "billed" && /^\d{1,9}(\.\d{1,12})?$/.test(value)) usage.billed = decimal(value, 12);
    else return undefined;
  }
  return usage;
}

function readFailure(argument: string): Plan | undefined {
  const words = /^(?:(\d{1,2})\s+)?([a-z-]+)(?:\s+after\s+(\d{1,6}))?(?:\s+([^]+))?$/.exec(argument);
  const [, attempts = "1", word, after, message] = words ?? [];
  const kind = errorKinds.find((known) => known === word);
  if (kind === undefined || attempts === "0") return undefined;
  const early: Failure = { kind, message: message ?? `a rehearsed ${kind} error` };
  const failure: Failure = after === undefined ? early : { ...early, after: Number(after) };
  // Without a line to cut, something longer than what is let through.
  const says = [{ type: "words", count: Number(after ?? 0) + 8, from: [] }] as const;
  if (attempts === "1") return { says, failure };
  return { says, failure, retries: { count: Number(attempts) - 1, failure: early } };
}
