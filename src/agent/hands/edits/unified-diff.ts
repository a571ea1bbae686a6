import type { Change } from "./edit.ts";

const CONTEXT = 3;
/** Longer diffs are cut, in UTF-16 units. */
const LONGEST = 64 * 1024;
/** Beyond so many pairs of lines no common ones are looked for in the middle of a change. */
const MOST_PAIRS = 250_000;

/** Changes of a text, from its beginning to its end, as a unified diff for people to read. */
export function unifiedDiff(path: string, before: string, changes: readonly Change[]): string {
  const created = before === "";
  let diff = `--- ${created ? "/dev/null" : `a/${path}`}\n+++ b/${path}\n`;
  const starts = lineStarts(before);
  let shift = 0;
  for (const group of groups(changes, starts)) {
    if (diff.length > LONGEST) return `${diff.slice(0, LONGEST)}\n… (the rest of the diff is left out)\n`;
    const first = Math.max(0, group.first - CONTEXT);
    const last = Math.min(starts.length - 1, group.last + CONTEXT);
    const [from, to] = [starts[first] ?? 0, starts[last + 1] ?? before.length];
    const old = before.slice(from, to);
    const hunk = hunkOf(lines(old), lines(withChanges(old, from, group.changes)));
    if (hunk.body === "") continue;
    const at = first + hunk.skipped;
    diff += `@@ -${range(at, hunk.removed)} +${range(at + shift, hunk.added)} @@\n${hunk.body}`;
    shift += hunk.added - hunk.removed;
  }
  return diff.length > LONGEST ? `${diff.slice(0, LONGEST)}\n… (the rest of the diff is left out)\n` : diff;
}

/** The change that makes one text of another: all but what they have in common at both ends. */
export function wholeChange(before: string, after: string): Change {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let end = 0;
  while (
    end < most - start &&
    before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)
  ) {
    end++;
  }
  return { start, end: before.length - end, text: after.slice(start, after.length - end) };
}

interface Group {
  readonly first: number;
  last: number;
  readonly changes: Change[];
}

/** Changes whose surroundings touch are shown together. */
function groups(changes: readonly Change[], starts: readonly number[]): Group[] {
  const found: Group[] = [];
  for (const change of changes) {
    const [first, last] = [lineAt(starts, change.start), lineAt(starts, change.end)];
    const open = found.at(-1);
    if (open !== undefined && first <= open.last + 2 * CONTEXT) {
      open.last = Math.max(open.last, last);
      open.changes.push(change);
    } else found.push({ first, last, changes: [change] });
  }
  return found;
}

function withChanges(old: string, from: number, changes: readonly Change[]): string {
  let [text, at] = ["", 0];
  for (const change of changes) {
    text += old.slice(at, change.start - from) + change.text;
    at = change.end - from;
  }
  return text + old.slice(at);
}

interface Hunk {
  readonly body: string;
  /** Lines that are the same and too far from a change to be shown. */
  readonly skipped: number;
  readonly removed: number;
  readonly added: number;
}

function hunkOf(old: readonly string[], fresh: readonly string[]): Hunk {
  const most = Math.min(old.length, fresh.length);
  let before = 0;
  while (before < most && old[before] === fresh[before]) before++;
  let after = 0;
  while (after < most - before && old.at(-1 - after) === fresh.at(-1 - after)) after++;
  if (before === old.length && before === fresh.length) return { body: "", skipped: 0, removed: 0, added: 0 };
  const skipped = Math.max(0, before - CONTEXT);
  const kept = Math.max(0, after - CONTEXT);
  const body = [
    ...old.slice(skipped, before).map((line) => marked(" ", line)),
    ...middle(old.slice(before, old.length - after), fresh.slice(before, fresh.length - after)),
    ...old.slice(old.length - after, old.length - kept).map((line) => marked(" ", line)),
  ].join("");
  return { body, skipped, removed: old.length - skipped - kept, added: fresh.length - skipped - kept };
}

/** What was changed, with the lines in between that were not: a longest common subsequence. */
function middle(old: readonly string[], fresh: readonly string[]): string[] {
  const whole = [...old.map((line) => marked("-", line)), ...fresh.map((line) => marked("+", line))];
  if (old.length * fresh.length > MOST_PAIRS) return whole;
  const width = fresh.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  for (let a = old.length - 1; a >= 0; a--) {
    for (let b = fresh.length - 1; b >= 0; b--) {
      const [down, right] = [common[(a + 1) * width + b] ?? 0, common[a * width + b + 1] ?? 0];
      common[a * width + b] =
        old[a] === fresh[b] ? (common[(a + 1) * width + b + 1] ?? 0) + 1 : Math.max(down, right);
    }
  }
  const out: string[] = [];
  let [a, b] = [0, 0];
  while (a < old.length || b < fresh.length) {
    const [line, added] = [old[a], fresh[b]];
    if (line !== undefined && line === added) {
      out.push(marked(" ", line));
      a++;
      b++;
    } else if (
      line !== undefined &&
      (added === undefined || (common[(a + 1) * width + b] ?? 0) >= (common[a * width + b + 1] ?? 0))
    ) {
      out.push(marked("-", line));
      a++;
    } else {
      out.push(marked("+", added ?? ""));
      b++;
    }
  }
  return out;
}

function marked(mark: string, line: string): string {
  const text = line.replace(/\r?\n$/, "");
  return `${mark}${text}\n${line.endsWith("\n") ? "" : "\\ No newline at end of file\n"}`;
}

function range(at: number, count: number): string {
  return count === 1 ? `${at + 1}` : `${count === 0 ? at : at + 1},${count}`;
}

/** The lines of a text, with their ends. */
function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lineAt(starts: readonly number[], place: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}
