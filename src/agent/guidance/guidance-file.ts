import path from "node:path";
import { readOwn, readWithin, type FileRead } from "../read-within.ts";
import { inOneLine } from "../text/file-text.ts";
import { withoutInvisible } from "../text/invisible.ts";

/** What one file says. */
export interface GuidanceFile {
  /** Absolute, links followed. */
  readonly path: string;
  /** Whose words it has. */
  readonly from: "user" | "project";
  /** Without what cannot be seen, and what could be taken for our own marks. */
  readonly text: string;
  /** There was more of it. */
  readonly cut: boolean;
}

/** A file, where there is one, and what people should know of it. */
interface FoundGuidance {
  readonly file: GuidanceFile | undefined;
  readonly notes: readonly string[];
}

/** So much of a file is read, in bytes. */
const FILE_BYTES = 32 * 1024;

/** The names of a folder's guidance; the first that is there counts. */
const NAMES = ["AGENTS.md", "CLAUDE.md"] as const;

/** The guidance that lies in a folder of a project. @param within links out of this folder are not followed */
export async function guidanceIn(folder: string, within: string): Promise<FoundGuidance> {
  for (const name of NAMES) {
    const at = path.join(folder, name);
    const read = await readWithin(within, at, FILE_BYTES);
    if (read.type !== "absent") return told(read, at, "project");
  }
  return nothing;
}

/** The user's own, for all projects. */
export async function guidanceOfUser(configFolder: string | undefined): Promise<FoundGuidance> {
  if (configFolder === undefined) return nothing;
  const at = path.join(configFolder, NAMES[0]);
  const read = await readOwn(at, FILE_BYTES);
  return read.type === "absent" ? nothing : told(read, at, "user");
}

const nothing: FoundGuidance = { file: undefined, notes: [] };

function told(
  read: Exclude<FileRead, { readonly type: "absent" }>,
  at: string,
  from: GuidanceFile["from"],
): FoundGuidance {
  const name = inOneLine(at);
  if (read.type === "refused") return { file: undefined, notes: [`${name} is not read: it ${read.why}`] };
  const { text, removed, first } = withoutInvisible(read.text);
  const notes: string[] = [];
  if (removed > 0)
    notes.push(`${name}: characters that cannot be seen were taken out: ${removed}, the first ${first}`);
  if (read.cut) notes.push(`${name}: only its first ${FILE_BYTES / 1024} KB are read`);
  const said = withoutMarks(text).trim();
  return { file: said === "" ? undefined : { path: read.path, from, text: said, cut: read.cut }, notes };
}

/** Nobody ends, or begins, what is marked as his words. */
function withoutMarks(text: string): string {
  return text.replace(/<(\s*\/?\s*)(guidance)/gi, "<$1_$2");
}

/** A file's words as a model is told them, so that it knows whose they are. */
export function marked({ path: at, from, text, cut }: GuidanceFile): string {
  const whose = from === "user" ? "the user" : "the project";
  const more = cut ? "\n[the file goes on; read it for the rest]" : "";
  return `<guidance of="${whose}" file=${JSON.stringify(inOneLine(at))}>\n${text}${more}\n</guidance>`;
}
