import type { TurnOutcome } from "../../conversation/turn.ts";
import type { ToolAnswer } from "../../conversation/tool.ts";
import type { Clock } from "../../providers/system.ts";
import { fileText } from "../text/file-text.ts";
import { HeadAndTail } from "../text/head-and-tail.ts";
import { spentSince, toldSpent } from "./spent.ts";
import type { SubAgent } from "./sub-agent.ts";
import type { Work } from "./work.ts";

/** Of what a sub-agent says, so much is told, in UTF-16 units. */
const MOST_TOLD = 16 * 1024;
const LONGEST_LINE = 4000;

/** What the model is told, and people see. */
export interface Report extends ToolAnswer {
  readonly content: string;
}

/** How a sub-agent's task stands and what it cost, in a line, then its last message. */
export function reportOn(agent: SubAgent, work: Work, clock: Clock): Report {
  const { name, conversation } = agent;
  const { end } = work;
  const seconds = ((clock.monotonic() - work.begun) / 1000).toFixed(0);
  const how = end === undefined ? goesOn(name, seconds) : ended(end);
  const spent = toldSpent(spentSince(work.before, conversation.usage()));
  const text = (end?.type === "turn" && end.outcome.text.trim()) || agent.lastText();
  const said = end === undefined && text !== "" ? `So far:\n${text}` : text;
  agent.told(work);
  return {
    content: `${begins(name)}${how.status}; ${spent}\n\n${said === "" ? "(it said nothing)" : shortened(said)}`,
    isError: how.failed,
    display: { type: "sub-agent", name, child: conversation.id, working: end === undefined, spent },
  };
}

/** How a report begins, by which it is known again. */
export function begins(name: string): string {
  return `sub-agent ${name}: `;
}

interface How {
  readonly status: string;
  readonly failed: boolean;
}

function goesOn(name: string, seconds: string): How {
  const status =
    `still at work after ${seconds} s, and goes on; call sub_agent with the name ${name} and without a task to wait ` +
    `for it. When your turn ends, it is stopped`;
  return { status, failed: false };
}

function ended(end: NonNullable<Work["end"]>): How {
  if (end.type === "broken") return { status: `failed: ${messageOf(end.error)}`, failed: true };
  return afterTurn(end.outcome);
}

function afterTurn({ end, steps, error, cause }: TurnOutcome): How {
  const after = `after ${steps === 1 ? "1 step" : `${steps} steps`}`;
  const failed = (status: string): How => ({ status, failed: true });
  switch (end) {
    case "done":
    case "tool":
    case "no-reply":
      return { status: `done ${after}`, failed: false };
    case "budget":
      return failed(
        `stopped ${after}, because its budget does not reach (${messageOf(error)}); give it a further task with more ` +
          `budget_dollars, or finish it yourself`,
      );
    case "steps":
      return failed(`stopped ${after}, the most that it may take; a further task lets it go on`);
    case "loop":
      return failed(`stopped ${after}, because it went on doing the same; give it another task`);
    case "max-tokens":
      return failed(`its answer was cut ${after}; a further task lets it go on`);
    case "cancelled":
      return failed(`stopped ${after}: ${messageOf(cause)}; what it did by then is done`);
    case "context-overflow":
      return failed(`its window is full ${after}; begin anew under another name, with a smaller task`);
    case "refused":
      return failed(`its model refused ${after}`);
    case "failed":
    case "unknown":
      return failed(`failed ${after}${error === undefined ? "" : `: ${messageOf(error)}`}`);
  }
}

function messageOf(error: unknown): string {
  return fileText(error instanceof Error ? error.message : String(error)).slice(0, 2000);
}

/** What it said, without what cannot be seen, and cut in the middle where it is long. */
function shortened(text: string): string {
  const kept = new HeadAndTail(MOST_TOLD, LONGEST_LINE);
  kept.push(fileText(text));
  const { head, tail, omittedLines, omittedBytes } = kept.excerpt();
  if (omittedBytes === 0) return head;
  return `${head}\n[${omittedLines} lines (${omittedBytes} bytes) omitted here]\n\n${tail}`;
}
