import { ConfigurationError } from "../../llm/errors.ts";

/** What sub-agents may come to; each limit is checked before a call is made. */
export interface SubAgentLimits {
  /** How deep they go: 1 by default, where a sub-agent has none of its own. */
  readonly depth?: number;
  /** How many work at once, in all depths together; 4 by default. */
  readonly atOnce?: number;
  /** How many tasks are given in a turn, in all depths together; 16 by default. */
  readonly perTurn?: number;
  /** A task's share of what is left of the budget: one in so many; 4 by default. */
  readonly part?: number;
  /** How many requests a task may take; 100 by default. */
  readonly maxSteps?: number;
}

export type AllLimits = Required<SubAgentLimits>;

const usual: AllLimits = { depth: 1, atOnce: 4, perTurn: 16, part: 4, maxSteps: 100 };

/** @throws ConfigurationError `invalid-option` for what is no whole number from 1. */
export function readLimits(given: SubAgentLimits): AllLimits {
  const limits: { -readonly [name in keyof AllLimits]: number } = { ...usual };
  for (const name of Object.keys(usual) as (keyof AllLimits)[]) {
    const value = given[name] ?? usual[name];
    limits[name] = value;
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new ConfigurationError("invalid-option", `${name} must be a whole number from 1, not ${value}`);
  }
  return limits;
}
