import { isObject } from "../../llm/json.ts";
import type { History } from "../../llm/history.ts";
import type { ToolCallPart, ToolResultPart } from "../../llm/message.ts";
import { begins } from "./report.ts";

/** Of a task of before, and of its answer, so much is kept, in UTF-16 units. */
const MOST_KEPT = 4000;
/** So many tasks of before. */
const MOST_TASKS = 3;

/**
 * What the parent's history has of a sub-agent that is not there any more, for its process has ended: the newest tasks
 * and what came back, oldest first; undefined where there was none of that name.
 */
export function remembered(history: History, tool: string, name: string): string | undefined {
  const results = new Map<string, ToolResultPart>();
  const tasks: string[] = [];
  for (let at: History | undefined = history; at?.last !== undefined; at = at.parent) {
    for (const part of at.last.parts.toReversed()) {
      if (part.type === "tool-result") results.set(part.callId, part);
      if (part.type !== "tool-call" || part.name !== tool) continue;
      const answer = results.get(part.id);
      // A call without a result is the one that asks; others were refused.
      if (answer === undefined || !textOf(answer).startsWith(begins(name))) continue;
      tasks.unshift(`Task: ${taskIn(part) ?? "(to wait)"}\nWhat came back: ${textOf(answer)}`);
      if (tasks.length === MOST_TASKS) return tasks.join("\n\n");
    }
  }
  return tasks.length === 0 ? undefined : tasks.join("\n\n");
}

function taskIn({ input }: ToolCallPart): string | undefined {
  const task = isObject(input) ? input["task"] : undefined;
  return typeof task === "string" ? task.slice(0, MOST_KEPT) : undefined;
}

function textOf({ content }: ToolResultPart): string {
  return content
    .map((part) => (part.type === "text" ? part.text : `[${part.type}]`))
    .join("\n")
    .slice(0, MOST_KEPT);
}
