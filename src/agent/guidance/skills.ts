import { opendir } from "node:fs/promises";
import path from "node:path";
import { readWithin } from "../read-within.ts";
import { capLine } from "../text/cap-lines.ts";
import { inOneLine } from "../text/file-text.ts";
import { withoutInvisible } from "../text/invisible.ts";
import { frontmatter } from "./frontmatter.ts";

/**
 * Something that the model can learn when it needs it: its name and what it is for stand in the prompt, the rest in a file
 * that it reads by itself (https://agentskills.io/specification).
 */
export interface Skill {
  readonly name: string;
  /** When to use it, on one line. */
  readonly description: string;
  /** Its SKILL.md, absolute, links followed. */
  readonly path: string;
  readonly from: "user" | "project";
}

/** So many of a folder are looked at, and so many are told of in all. */
const MOST_IN_FOLDER = 200;
const MOST = 100;

/** The front matter stands within so many bytes. */
const HEAD_BYTES = 16 * 1024;
const DESCRIPTION = 1024;

/** The specification's: up to 64 lower-case letters, digits and hyphens. Upper case and `_` are met with too. */
const NAME = /^[A-Za-z0-9][\w-]{0,63}$/;

/** Adds the skills of a folder, those whose name is not there yet. */
export async function readSkills(
  folder: string,
  { within, from }: { readonly within: string; readonly from: Skill["from"] },
  skills: Skill[],
  notes: string[],
): Promise<void> {
  for (const name of await foldersIn(folder)) {
    const at = path.join(folder, name, "SKILL.md");
    const read = await readWithin(within, at, HEAD_BYTES);
    if (read.type === "absent") continue;
    const problem = read.type === "refused" ? `it ${read.why}` : add(read);
    if (problem !== undefined) notes.push(`the skill ${inOneLine(at)} is left out: ${problem}`);
  }

  function add({ text, path: real }: { readonly text: string; readonly path: string }): string | undefined {
    const head = frontmatter(withoutInvisible(text).text);
    const [name = "", description = ""] = [head.get("name"), head.get("description")];
    if (!NAME.test(name)) return "its front matter gives it no name of letters, digits and hyphens";
    if (description === "") return "its front matter has no description";
    if (skills.some((each) => each.name === name)) return undefined;
    if (skills.length >= MOST) return `there are ${MOST} already`;
    const one = capLine(inOneLine(description), DESCRIPTION);
    skills.push({ name, description: one, path: real, from });
    return undefined;
  }
}

/** The folders in one, by name; links to folders are looked at too. */
async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      if (entry.isDirectory() || entry.isSymbolicLink()) names.push(entry.name);
      if (names.length >= MOST_IN_FOLDER) break;
    }
  } catch {
    // There is none.
  }
  return names.sort();
}
