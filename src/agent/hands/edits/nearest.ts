import { codePoint } from "../../text/invisible.ts";
import { quoted } from "./shown.ts";

/** So many units are compared at most: a message about a failure is not worth seconds. */
const MOST_COMPARED = 20_000_000;
/** Less in common is chance. */
const LEAST_COMMON = 8;

/** Where a text that is not in a file comes nearest to it, in words; undefined where nothing is like it. */
export function nearest(old: string, file: string): string | undefined {
  const first = old.search(/\S/);
  if (first === -1) return undefined;
  const wanted = old.slice(first).replaceAll("\r\n", "\n");
  const best = longestStart(wanted, file);
  if (best !== undefined) {
    const line = best.line + count(wanted.slice(0, best.common));
    const [there, given] = [lineAt(file, best.at), lineAt(wanted, best.common)];
    const has = characterAt(file, best.at);
    const wants = characterAt(wanted, best.common);
    return `The nearest is at line ${best.line}; it differs first in line ${line}, where the file has ${has} and old has ${wants}: the file ${quoted(there)}, old ${quoted(given)}.`;
  }
  const lines = wanted.split("\n").map((line) => line.trim());
  const telling = lines.reduce((a, b) => (b.length > a.length ? b : a), "");
  if (telling.length < LEAST_COMMON) return undefined;
  const at = file.indexOf(telling);
  if (at === -1) return undefined;
  const where = count(file.slice(0, at)) + 1;
  return `Line ${lines.indexOf(telling) + 1} of old stands in line ${where} of the file, but what is around it differs.`;
}

interface Start {
  /** The line where it begins, the first being 1. */
  readonly line: number;
  /** How much is the same, in units of what is looked for. */
  readonly common: number;
  /** Where the file goes on differently. */
  readonly at: number;
}

/** The line that has most of the beginning of a text, blanks at its own beginning aside. */
function longestStart(wanted: string, file: string): Start | undefined {
  let best: Start | undefined;
  let compared = 0;
  let line = 0;
  for (let start = 0; start < file.length && compared < MOST_COMPARED;) {
    line++;
    let at = start;
    while (file[at] === " " || file[at] === "\t") at++;
    let common = 0;
    while (common < wanted.length && at < file.length) {
      if (file[at] === "\r" && file[at + 1] === "\n") at++;
      if (file[at] !== wanted[common]) break;
      common++;
      at++;
    }
    compared += common + 1;
    if (common >= LEAST_COMMON && common > (best?.common ?? 0)) best = { line, common, at };
    const newline = file.indexOf("\n", start);
    if (newline === -1) break;
    start = newline + 1;
  }
  return best;
}

function lineAt(text: string, at: number): string {
  const from = text.lastIndexOf("\n", at - 1) + 1;
  const newline = text.indexOf("\n", at);
  const end = newline === -1 ? text.length : newline;
  const shown = Math.max(from, at - 60);
  return text.slice(shown, Math.min(end, at + 40));
}

function characterAt(text: string, at: number): string {
  const point = text.codePointAt(at);
  if (point === undefined) return "its end";
  const character = String.fromCodePoint(point);
  if (character === "\n" || character === "\r") return "a line end";
  if (character === " ") return "a space";
  if (character === "\t") return "a tab";
  return point > 0x20 && point < 0x7f ? `"${character}"` : codePoint(character);
}

function count(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
