import type { Change, Edit } from "./edit.ts";
import { lineEndAt } from "./line-ends.ts";

/** A line of a file: where it begins, where its text ends, and where the next one begins. */
interface Line {
  readonly start: number;
  readonly textEnd: number;
  readonly end: number;
}

/** What a line's blanks at its beginning become; undefined where that is not known. */
type Shift = (indent: string) => string | undefined;

/** Where an edit fits but for blanks around its lines, with what it means there. */
export interface Reindented {
  /** The line where it fits, the first being 1; at most ten. */
  readonly lines: readonly number[];
  /** Where there is one such place, and the lines are shifted in one way. */
  readonly change: Change | undefined;
}

/** Looks for whole lines that are an edit's but for their indentation. */
export function reindented(file: string, edit: Edit): Reindented {
  const old = linesOfEdit(edit.old);
  const fresh = linesOfEdit(edit.new);
  const none = { lines: [], change: undefined };
  if (old.closed !== fresh.closed && edit.new !== "") return none;
  const keys = old.lines.map(trimmed);
  if (keys.every((key) => key === "")) return none;
  const lines = linesOfFile(file);
  const places = windows(lines, file, keys);
  const [at] = places;
  const shown = places.slice(0, 10).map((place) => place + 1);
  if (at === undefined || places.length > 1) return { lines: shown, change: undefined };
  const shift = shiftOf(
    old.lines.flatMap((line, each) => {
      const there = lines[at + each];
      return keys[each] === "" || there === undefined
        ? []
        : [[indentOf(line), indentOf(file.slice(there.start, there.textEnd))] as const];
    }),
  );
  return { lines: shown, change: shift && changeOf(file, lines, at, old, fresh.lines, shift) };
}

function changeOf(
  file: string,
  lines: readonly Line[],
  at: number,
  { lines: old, closed: oldClosed }: EditLines,
  fresh: readonly string[],
  shift: Shift,
): Change | undefined {
  const most = Math.min(old.length, fresh.length);
  let before = 0;
  while (before < most && old[before] === fresh[before]) before++;
  let after = 0;
  while (after < most - before && old.at(-1 - after) === fresh.at(-1 - after)) after++;
  const shifted = fresh.slice(before, fresh.length - after).map((line) => shiftLine(line, shift));
  if (shifted.includes(undefined)) return undefined;
  const [from, to] = [lines[at + before], lines[at + old.length - after - 1]];
  const lineEnd = lineEndAt(file, lines[at]?.start ?? 0);
  if (before + after < old.length && from !== undefined && to !== undefined) {
    if (shifted.length > 0) return { start: from.start, end: to.textEnd, text: shifted.join(lineEnd) };
    // What had no line end leaves the one after it.
    if (fresh.length === 0 && !oldClosed) return { start: from.start, end: to.textEnd, text: "" };
    const previous = to.end === to.textEnd ? lines[at + before - 1] : undefined;
    return { start: previous?.textEnd ?? from.start, end: to.end, text: "" };
  }
  if (from !== undefined) {
    return { start: from.start, end: from.start, text: shifted.map((line) => line + lineEnd).join("") };
  }
  const closed = to === undefined || to.end > to.textEnd;
  const text = closed ? shifted.map((line) => line + lineEnd).join("") : lineEnd + shifted.join(lineEnd);
  return { start: file.length, end: file.length, text };
}

function shiftLine(line: string, shift: Shift): string | undefined {
  if (trimmed(line) === "") return "";
  const indent = indentOf(line);
  const shifted = shift(indent);
  return shifted === undefined ? undefined : shifted + line.slice(indent.length);
}

/** How all lines are shifted, each from the edit's indentation to the file's; undefined where not all alike. */
function shiftOf(pairs: readonly (readonly [from: string, to: string])[]): Shift | undefined {
  const [first] = pairs;
  if (first === undefined) return undefined;
  const [from, to] = first;
  const added = to.slice(0, to.length - from.length);
  if (pairs.every(([from, to]) => to === added + from)) return (indent) => added + indent;
  const taken = from.slice(0, from.length - to.length);
  if (pairs.every(([from, to]) => from === taken + to)) {
    return (indent) => (indent.startsWith(taken) ? indent.slice(taken.length) : undefined);
  }
  for (const width of [2, 4, 8]) {
    const spaces = " ".repeat(width);
    const toTabs: Shift = (indent) =>
      onlyUnits(indent, spaces) ? indent.replaceAll(spaces, "\t") : undefined;
    const toSpaces: Shift = (indent) =>
      onlyUnits(indent, "\t") ? indent.replaceAll("\t", spaces) : undefined;
    for (const shift of [toTabs, toSpaces]) if (pairs.every(([from, to]) => shift(from) === to)) return shift;
  }
  return undefined;
}

function onlyUnits(indent: string, unit: string): boolean {
  return indent.replaceAll(unit, "") === "";
}

function windows(lines: readonly Line[], file: string, keys: readonly string[]): number[] {
  const there = lines.map(({ start, textEnd }) => trimmed(file.slice(start, textEnd)));
  const places: number[] = [];
  for (let at = 0; at + keys.length <= there.length; at++) {
    if (keys.every((key, each) => key === there[at + each])) places.push(at);
  }
  return places;
}

/** The lines of a part of an edit; the last one is closed where a line end stands after it. */
interface EditLines {
  readonly lines: readonly string[];
  readonly closed: boolean;
}

function linesOfEdit(text: string): EditLines {
  if (text === "") return { lines: [], closed: true };
  const lines = text.split(/\r?\n/);
  const closed = lines.at(-1) === "";
  return { lines: closed ? lines.slice(0, -1) : lines, closed };
}

function linesOfFile(file: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < file.length;) {
    const newline = file.indexOf("\n", start);
    const end = newline === -1 ? file.length : newline + 1;
    const text = newline === -1 ? end : newline > start && file[newline - 1] === "\r" ? newline - 1 : newline;
    lines.push({ start, textEnd: text, end });
    start = end;
  }
  return lines;
}

/** Without blanks at its beginning and end. */
function trimmed(line: string): string {
  let [start, end] = [0, line.length];
  while (start < end && isBlank(line.charCodeAt(start))) start++;
  while (end > start && isBlank(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}
