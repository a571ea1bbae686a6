import type { ToolAnswer, ToolContext } from "../../conversation/tool.ts";
import type { Clock } from "../../providers/system.ts";
import { within } from "../within.ts";
import { paced } from "./paced.ts";
import { reportOn } from "./report.ts";
import { spentSince, toldSpent } from "./spent.ts";
import type { SubAgent } from "./sub-agent.ts";
import type { Work } from "./work.ts";

/** How often people are told how far a sub-agent is, in milliseconds. */
const EVERY_MS = 500;
/** A call that is cancelled has two seconds (`toolGraceMs`) to say what was done by then. */
const CANCEL_MS = 1500;

/** Waits for a task so many milliseconds, and tells people how far it is meanwhile. Whoever cancels the wait ends the task. */
export async function wait(
  clock: Clock,
  agent: SubAgent,
  work: Work,
  ms: number,
  { signal, progress }: ToolContext,
): Promise<ToolAnswer> {
  const { name, conversation } = agent;
  const live = paced(clock, EVERY_MS, () => {
    const spent = toldSpent(spentSince(work.before, conversation.usage()));
    progress({ type: "sub-agent", name, child: conversation.id, line: agent.line, spent });
  });
  const unwatch = agent.watch(live.poke);
  try {
    const came = await within(clock, work.over, ms, signal);
    if (came === "aborted") {
      work.abort.abort(signal.reason);
      const ended = await within(clock, work.over, CANCEL_MS);
      if (ended !== "done") throw signal.reason;
    }
  } finally {
    unwatch();
    live.stop();
  }
  return reportOn(agent, work, clock);
}
