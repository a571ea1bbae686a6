import { statSync } from "node:fs";
import { applyEdits } from "./edits/apply-edits.ts";
import type { Edit } from "./edits/edit.ts";
import { unifiedDiff } from "./edits/unified-diff.ts";
import { absolute, checkVersion, missing, readWhole, realPath, replaceFile, versionOf } from "./files.ts";
import { HandsProblem } from "./problem.ts";
import type { PatchAnswer, PatchRequest } from "./protocol.ts";
import { nameOf, writePath } from "./write-file.ts";

/** Applies edits to a file, all or none, in one write. */
export function patchPath({ path: given, edits, known }: PatchRequest): PatchAnswer {
  const file = absolute(given);
  const real = realPath(file);
  const creating = newText(edits);
  if (real === undefined || (creating !== undefined && statSync(real).size === 0)) {
    if (creating === undefined) throw missing(file);
    const { path, version, created, diff } = writePath({ type: "write", path: given, text: creating });
    const found = [{ found: "exact", lines: [1], count: 1 } as const];
    return { type: "patched", path, ...(version !== undefined && { version }), created, edits: found, diff };
  }
  if (statSync(real).isDirectory()) throw new HandsProblem(`${real} is a folder`);
  const { bytes, stats } = readWhole(real);
  checkVersion(real, bytes, known);
  const applied = applyEdits(bytes, edits);
  if (applied.type === "refused") throw new HandsProblem(`${nameOf(real)} is unchanged: ${applied.problem}`);
  replaceFile(real, applied.bytes, stats);
  return {
    type: "patched",
    path: real,
    version: versionOf(applied.bytes),
    created: false,
    edits: applied.edits,
    diff: unifiedDiff(nameOf(real), applied.before, applied.changes),
  };
}

/** The text of a file that is to be made: that of an edit of nothing, alone. */
function newText([edit, ...others]: readonly Edit[]): string | undefined {
  return edit?.old === "" && others.length === 0 ? edit.new : undefined;
}
