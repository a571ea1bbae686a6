import type { Tool, ToolAnswer } from "../../conversation/tool.ts";
import { inOneLine } from "../text/file-text.ts";
import { agentTool } from "../tools/agent-tool.ts";
import { freeBranch } from "./branches.ts";
import { GitError } from "./error.ts";
import type { GitRepository } from "./git-repository.ts";
import { slug } from "./slug.ts";

/** What {@link titleTool} needs of a repository. */
export type NamedRepository = Pick<GitRepository, "branchRefs" | "createBranch" | "branch">;

/** Whom the tool tells. */
export interface TitleListener {
  /** The work has a name, in one line, of 100 characters at most. */
  readonly onTitle: (title: string) => void | Promise<void>;
}

interface Arguments {
  readonly title: string;
  readonly branch?: string;
}

const LONGEST_TITLE = 100;
/** How often another name is tried when somebody else takes ours meanwhile. */
const TRIES = 5;

/**
 * Names the work, once, and begins a branch for it, `colloquy/NAME`, where there is a repository and the model gives a
 * name; never one that is there already, here or at a remote. What is not committed comes along.
 */
export function titleTool(repository: NamedRepository | undefined, { onTitle }: TitleListener): Tool {
  let named: string | undefined;
  return agentTool<Arguments>({
    name: "title",
    description:
      "Names this work, once, as soon as you know what it is about; the user sees it in the list of sessions. With " +
      "branch it also begins a git branch colloquy/BRANCH at HEAD and goes to it, taking along what is not committed: " +
      "do that before your first commit, unless the user wants the work on the branch that is there.",
    properties: {
      title: { type: "string", description: "Three to eight words." },
      branch: { type: "string", description: "Two to five words in small letters, with hyphens between." },
    },
    required: ["title"],
    run: async ({ title, branch }): Promise<ToolAnswer> => {
      if (named !== undefined) return refused(`the work has its title already: ${named}`);
      const clean = oneTitle(title);
      if (clean === "") return refused("the title is empty; say in a few words what the work is about");
      const name = branch === undefined ? undefined : slug(branch.replace(/^colloquy\//, ""));
      if (name === "") {
        return refused(
          "nothing of branch can be the name of one; give small letters a to z, digits, hyphens",
        );
      }
      // Two calls of one answer run side by side.
      named = clean;
      try {
        const begun = await begin(repository, name);
        await onTitle(clean);
        return { content: `The title is: ${clean}${begun}` };
      } catch (error) {
        named = undefined;
        if (error instanceof GitError) return refused(error.message);
        throw error;
      }
    },
  });
}

/** Begins the branch, and says so. */
async function begin(repository: NamedRepository | undefined, name: string | undefined): Promise<string> {
  if (name === undefined) return "";
  if (repository === undefined) return "\nThere is no git repository here, so no branch was begun.";
  const before = await repository.branch();
  for (let tried = 1; ; tried++) {
    const branch = freeBranch(`colloquy/${name}`, await repository.branchRefs());
    try {
      await repository.createBranch(branch);
    } catch (error) {
      if (error instanceof GitError && error.kind === "exists" && tried < TRIES) continue;
      throw error;
    }
    const from = before === undefined ? "" : ` (it was ${inOneLine(before)})`;
    return `\nYou are on the new branch ${branch} now${from}.`;
  }
}

function oneTitle(title: string): string {
  const line = inOneLine(title.trim().replace(/\s+/g, " "));
  return Array.from(line).slice(0, LONGEST_TITLE).join("").trim();
}

function refused(why: string): ToolAnswer {
  return { content: why, isError: true };
}
