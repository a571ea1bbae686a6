import type { SearchAnswer } from "../../hands/protocol.ts";
import { capLine } from "../../text/cap-lines.ts";
import { inOneLine } from "../../text/file-text.ts";

/** A term with more than this is in too much to tell anything, in bytes of UTF-8. */
const MOST_OF_A_TERM = 64 * 1024;
/** All together stay below this. */
const MOST_OF_ALL = 128 * 1024;
const LONGEST_LINE = 300;

/** A file, and the lines of it that have one of the terms, ready to be shown, by their numbers. */
export interface FileHits {
  readonly path: string;
  readonly lines: ReadonlyMap<number, string>;
  /** Terms that are in it. */
  readonly terms: number;
}

/** What a search for several terms came to. */
export interface TermHits {
  /** Those with most terms first, then those with most lines. */
  readonly files: readonly FileHits[];
  /** Terms that are in too much, and terms that there was no room for. */
  readonly common: readonly string[];
  readonly peeled: readonly string[];
}

/** What was found for a term. */
export interface TermFound {
  readonly term: string;
  readonly answer: Pick<SearchAnswer, "matches" | "stopped">;
}

/** Drops terms that are everywhere, then the last ones until the rest is of a size that can be read. */
export function hitsOf(found: readonly TermFound[]): TermHits {
  const common = found.filter(({ answer }) => isCommon(answer)).map(({ term }) => term);
  const kept = found.filter(({ answer }) => !isCommon(answer));
  const peeled: string[] = [];
  for (;;) {
    const files = merged(kept);
    if (sizeOf(files) < MOST_OF_ALL) return { files, common, peeled };
    const last = kept.pop();
    if (last === undefined) return { files: [], common, peeled };
    peeled.unshift(last.term);
  }
}

function isCommon({ matches, stopped }: TermFound["answer"]): boolean {
  if (stopped === "limit" || stopped === "output") return true;
  return (
    matches.reduce((sum, { path, text }) => sum + Buffer.byteLength(path) + Buffer.byteLength(text) + 8, 0) >
    MOST_OF_A_TERM
  );
}

function merged(found: readonly TermFound[]): FileHits[] {
  const files = new Map<string, { lines: Map<number, string>; terms: Set<string> }>();
  for (const { term, answer } of found) {
    for (const { path, line, text } of answer.matches) {
      let file = files.get(path);
      if (file === undefined) files.set(path, (file = { lines: new Map(), terms: new Set() }));
      file.terms.add(term);
      file.lines.set(line, capLine(inOneLine(text), LONGEST_LINE));
    }
  }
  return [...files]
    .map(([path, { lines, terms }]) => ({ path: inOneLine(path), lines, terms: terms.size }))
    .sort((a, b) => b.terms - a.terms || b.lines.size - a.lines.size || (a.path < b.path ? -1 : 1));
}

function sizeOf(files: readonly FileHits[]): number {
  return Buffer.byteLength(listed(files));
}

/** The files by number, each with its lines below it; what is in a file stays in its line. */
export function listed(files: readonly FileHits[]): string {
  return files
    .map(({ path, lines }, at) => {
      const shown = [...lines].sort(([a], [b]) => a - b).map(([line, text]) => `   ${line}: ${text}`);
      return [`${at + 1}. ${path}`, ...shown].join("\n");
    })
    .join("\n");
}
