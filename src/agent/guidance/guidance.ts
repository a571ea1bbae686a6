import { realpathSync } from "node:fs";
import path from "node:path";
import { isWithin } from "../sandbox/look.ts";
import { inOneLine } from "../text/file-text.ts";
import type { UserPlaces } from "../user-places.ts";
import { foldersDown } from "./folders.ts";
import { guidanceIn, guidanceOfUser, type GuidanceFile } from "./guidance-file.ts";
import { readSkills, type Skill } from "./skills.ts";

/** What the agent is told of the ways of a project and of its user. Text for a model: nothing of it is run. */
export interface Guidance {
  /** The user's own first, then from the root down: the nearest is the last, and wins. */
  readonly files: readonly GuidanceFile[];
  readonly skills: readonly Skill[];
  /** What people should know: what was left out, cut, or taken out of a text. */
  readonly notes: readonly string[];
  /** Folders of skills outside of the workspace, which the sandbox has to make readable. */
  readonly readable: readonly string[];
}

/** Where guidance is looked for. */
export interface GuidanceOptions {
  /** The folder that the agent works in. */
  readonly folder: string;
  /** The top of its repository; the folder itself by default. */
  readonly root?: string;
  /** The user's own places; without them there is no guidance of his. */
  readonly user?: UserPlaces;
}

/** All guidance together, in bytes of UTF-8; of more, what is farthest away is left out. */
const MOST_BYTES = 128 * 1024;

/**
 * Reads `AGENTS.md` from the root down to the folder, with `CLAUDE.md` in place of one that is not there, after the user's
 * own `AGENTS.md`; and what skills there are in `.agents/skills`. Project files are read without following links out of
 * the root. Nothing is executed, so it needs no trust; it is still the project's word and not the user's.
 */
export async function readGuidance({ folder, root = folder, user }: GuidanceOptions): Promise<Guidance> {
  const [place, top] = [realpathSync(folder), realpathSync(root)];
  const folders = foldersDown(top, place);
  const outermost = folders[0] ?? place;
  const notes: string[] = [];
  const own = await guidanceOfUser(user?.configFolder);
  const found = [own, ...(await Promise.all(folders.map((each) => guidanceIn(each, outermost))))];
  notes.push(...found.flatMap((each) => each.notes));
  const files = withinBytes(
    found.flatMap(({ file }) => (file === undefined ? [] : [file])),
    notes,
  );
  const skills: Skill[] = [];
  const homes = folders.map((each) => ({ at: path.join(each, ".agents", "skills"), within: outermost }));
  // The nearest of a name is the one that counts.
  for (const { at, within } of homes.reverse())
    await readSkills(at, { within, from: "project" }, skills, notes);
  const { skillsFolder } = user ?? {};
  if (skillsFolder !== undefined) {
    await readSkills(skillsFolder, { within: path.parse(skillsFolder).root, from: "user" }, skills, notes);
  }
  const outside = skills
    .map(({ path: at }) => path.dirname(path.dirname(at)))
    .filter((at) => !isWithin(place, at));
  return { files, skills, notes, readable: [...new Set(outside)] };
}

function withinBytes(files: readonly GuidanceFile[], notes: string[]): GuidanceFile[] {
  let left = MOST_BYTES;
  // The user's own first, then the nearest.
  const own = files.filter(({ from }) => from === "user");
  const others = files.filter(({ from }) => from !== "user");
  const kept = new Set<GuidanceFile>();
  for (const file of [...own, ...others.reverse()]) {
    const bytes = Buffer.byteLength(file.text);
    if (bytes <= left) kept.add(file);
    else
      notes.push(`${inOneLine(file.path)} is left out: there is more guidance than ${MOST_BYTES / 1024} KB`);
    left -= Math.min(bytes, left);
  }
  return files.filter((file) => kept.has(file));
}
