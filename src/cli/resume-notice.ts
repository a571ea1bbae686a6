import type { Interruption } from "../conversation/recovery.ts";
import type { BudgetState } from "../conversation/budget.ts";
import { formatCost, type Cost } from "../llm/money.ts";
import type { SessionInfo } from "../store/index.ts";
import { oneLine } from "./terminal.ts";

/** What is told of a session that goes on. */
export interface Resumed {
  readonly info: Pick<SessionInfo, "id" | "title" | "messages" | "origin">;
  /** A new session that begins as another one. */
  readonly forked: boolean;
  readonly cost: Cost;
  /** The budget that it has from before, where that is one of money. */
  readonly budget: BudgetState["dollars"];
  readonly interrupted: Interruption | undefined;
  /** The last message has no answer. */
  readonly unanswered: boolean;
  /** How many entries could not be read. */
  readonly damaged: number;
}

/** A session that goes on, in a few lines. Pure. */
export function resumeNotice({ info, forked, cost, ...state }: Resumed): string {
  const { id, messages } = info;
  const [title, origin] = [oneLine(info.title), oneLine(info.origin)];
  const count = `${messages} ${messages === 1 ? "message" : "messages"}`;
  const what = `${title === "" ? "" : `“${title}”, `}${count}`;
  const lines = [
    forked
      ? `session ${id}, a fork of ${origin}: ${what}`
      : `session ${id}: ${what}, ${formatCost(cost)} so far`,
  ];
  const { budget } = state;
  if (budget !== undefined) {
    lines.push(`its budget holds: ${formatCost(budget.left)} of ${formatCost(budget.limit)} left`);
  }
  if (state.interrupted !== undefined) lines.push(interruptedLine(state.interrupted));
  else if (state.unanswered) lines.push("its last message was not answered");
  const { damaged } = state;
  if (damaged > 0) {
    const entries = damaged === 1 ? "1 of its entries" : `${damaged} of its entries`;
    lines.push(`${entries} could not be read, and the rest was; \`colloquy doctor --sessions\` says more`);
  }
  return lines.join("\n");
}

function interruptedLine({ turn, request, calls }: Interruption): string {
  const unknown = calls.filter(({ state }) => state === "unknown");
  if (unknown.length > 0) {
    const outcome = unknown.length === 1 ? "its outcome is" : "their outcomes are";
    return `the last turn was interrupted while ${named(unknown)} ran; ${outcome} unknown and the model is told`;
  }
  const waiting = calls.filter(({ state }) => state === "waiting");
  if (waiting.length > 0) {
    const calls = named(waiting);
    return turn
      ? `the last turn was interrupted before ${calls} ran`
      : `${calls} was asked for and did not run`;
  }
  if (request) {
    return "the last turn was interrupted while an answer came; what it used is unknown and the answer is lost";
  }
  return "the last turn was interrupted";
}

function named(calls: Interruption["calls"]): string {
  const names = [...new Set(calls.map(({ name }) => `\`${name}\``))];
  const last = names.pop() ?? "";
  return names.length === 0 ? last : `${names.join(", ")} and ${last}`;
}
