import type { Tool, ToolContext } from "../../../conversation/tool.ts";
import type { Change, Repository } from "../../git/repository.ts";
import { inOneLine } from "../../text/file-text.ts";
import { agentTool } from "../agent-tool.ts";
import type { ToolRoom } from "../room.ts";
import type { Reviews } from "./reviews.ts";
import { runCheck } from "./run-check.ts";

/** So many paths are named. */
const MOST_NAMED = 20;

/** What the gate looks at. */
export interface DoneOptions {
  readonly room: ToolRoom;
  /** Undefined where there is none: then only the commands count. */
  readonly repository: Repository | undefined;
  /** Command lines of the project that have to succeed, run in the order given. */
  readonly commands: readonly string[];
  readonly reviews: Reviews;
}

interface Arguments {
  readonly summary: string;
  readonly checklist?: readonly { readonly text: string; readonly done: boolean }[];
}

/** Ends the turn once the work is in order; otherwise tells what to do about it. */
export function doneTool(options: DoneOptions): Tool {
  const { repository, commands } = options;
  const asked = [
    repository !== undefined && "all is committed",
    repository !== undefined && "what changed since the start was reviewed (review)",
    commands.length > 0 && "the project's own checks succeed, which are run then",
  ].filter((each) => each !== false);
  const condition = asked.length === 0 ? "" : ` It is refused, with the reason, unless ${asked.join(", ")}.`;
  const tool = agentTool<Arguments>({
    name: "done",
    description: `Call it when the whole task is done, as the last thing you do.${condition}`,
    properties: {
      summary: { type: "string", description: "What was done, for people, in a few sentences." },
      checklist: {
        type: "array",
        maxItems: 50,
        items: {
          type: "object",
          properties: { text: { type: "string" }, done: { type: "boolean" } },
          required: ["text", "done"],
          additionalProperties: false,
        },
        description: "What was asked for, point by point, and whether each is done.",
      },
    },
    required: ["summary"],
    // Checks are others' programs.
    readOnly: commands.length === 0,
    run: async ({ summary, checklist = [] }, context) => {
      const problems = await problemsOf(options, checklist, context);
      if (problems.length === 0) return { content: "done", display: { type: "done", summary } };
      return { content: `not done yet:\n${problems.map((each) => `- ${each}`).join("\n")}`, isError: true };
    },
  });
  return { ...tool, endsTurn: true };
}

async function problemsOf(
  { room, repository, commands, reviews }: DoneOptions,
  checklist: NonNullable<Arguments["checklist"]>,
  context: ToolContext,
): Promise<string[]> {
  const open = checklist
    .filter(({ done }) => !done)
    .map(({ text }) => `of your own list: ${inOneLine(text)}`);
  const found = [...open, ...(repository === undefined ? [] : await disorder(repository, reviews))];
  // What takes long is run only where nothing else is in the way.
  if (found.length > 0) return found;
  for (const command of commands) {
    context.signal.throwIfAborted();
    const problem = await runCheck(room, command, context);
    if (problem !== undefined) return [problem];
  }
  // A check may have changed files, as a formatter does.
  return repository === undefined || commands.length === 0 ? [] : disorder(repository, reviews);
}

/** What is not in order in a repository, each with what to do. */
async function disorder(repository: Repository, reviews: Reviews): Promise<string[]> {
  const operation = await repository.operation();
  if (operation !== undefined) {
    return [`git is in the middle of a ${operation}: finish it or give it up, as git status says`];
  }
  const problems: string[] = [];
  const before = new Set(repository.startChanges.map(({ path }) => path));
  const dirty = (await repository.changes()).filter(({ path }) => !before.has(path));
  if (dirty.length > 0) {
    problems.push(
      `these are not committed: ${named(dirty)}; commit what belongs to the task (git add PATHS, git commit), and remove or ignore the rest`,
    );
  }
  if ((await repository.head()) !== repository.start && !reviews.has(await repository.diff())) {
    problems.push(
      "what changed since the start was not reviewed as it is now: call review, once all is committed",
    );
  }
  return problems;
}

function named(changes: readonly Change[]): string {
  const shown = changes.slice(0, MOST_NAMED).map(({ path, status }) => `${inOneLine(path)} (${status})`);
  const rest = changes.length - shown.length;
  return shown.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
