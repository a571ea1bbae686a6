import { statSync } from "node:fs";
import path from "node:path";
import { placeholderProblem } from "./edits/apply-edits.ts";
import { encodeText, encodingOf, lettersOf } from "./edits/letters.ts";
import { placeholderIn } from "./edits/placeholder.ts";
import { shownMarkProblem } from "./edits/shown-mark.ts";
import { unifiedDiff, wholeChange } from "./edits/unified-diff.ts";
import { absolute, checkVersion, createFile, readWhole, realPath, replaceFile, versionOf } from "./files.ts";
import { HandsProblem } from "./problem.ts";
import type { WriteAnswer, WriteRequest } from "./protocol.ts";

/** Writes a whole file, new or in place of what was there. */
export function writePath({ path: given, text, known }: WriteRequest): WriteAnswer {
  const file = absolute(given);
  if (/\p{Cs}/u.test(text)) throw new HandsProblem("the text has half a character (a lone surrogate)");
  const real = realPath(file);
  if (real === undefined) return written(file, create(file, text), true, "", text);
  if (statSync(real).isDirectory()) throw new HandsProblem(`${real} is a folder`);
  const { bytes: was, stats } = readWhole(real);
  checkVersion(real, was, known);
  const before = lettersOf(was).text;
  refuse(text, before);
  // What was written in UTF-16 stays so where its mark does.
  const bytes = text.startsWith("\ufeff") ? encodeText(text, encodingOf(was)) : Buffer.from(text, "utf8");
  if (!was.equals(bytes)) replaceFile(real, bytes, stats);
  return written(real, bytes, false, before, text);
}

function create(file: string, text: string): Uint8Array {
  refuse(text, "");
  const bytes = Buffer.from(text, "utf8");
  createFile(file, bytes);
  return bytes;
}

function refuse(text: string, before: string): void {
  const mark = shownMarkProblem("the text", text, before);
  if (mark !== undefined) throw new HandsProblem(mark);
  const placeholder = placeholderIn(text, before);
  if (placeholder !== undefined) throw new HandsProblem(placeholderProblem(placeholder));
}

function written(
  file: string,
  bytes: Uint8Array,
  created: boolean,
  before: string,
  text: string,
): WriteAnswer {
  const change = wholeChange(before, text);
  const diff = before === text ? "" : unifiedDiff(nameOf(file), before, [change]);
  return { type: "written", path: file, version: versionOf(bytes), created, size: bytes.length, diff };
}

/** A path as it is shown: seen from the workspace where it is inside. */
export function nameOf(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative === "" || relative.startsWith("..") || path.isAbsolute(relative) ? file : relative;
}
