import type { Change, Edit } from "./edit.ts";
import { fold, type Fold, type Folded } from "./fold.ts";
import { withLineEndsOf } from "./line-ends.ts";

/** Where the folded text stands in the folded file, at most two places: units of the folded file. */
export function foldedPlaces(needle: string, file: Folded, most: number): number[] {
  const places: number[] = [];
  if (needle === "") return places;
  for (let at = file.text.indexOf(needle); at !== -1; at = file.text.indexOf(needle, at + 1)) {
    if (isBoundary(file, at) && isBoundary(file, at + needle.length)) places.push(at);
    if (places.length === most) break;
  }
  return places;
}

/** A stretch that folds to more than one unit is not to be cut. */
function isBoundary({ starts }: Folded, at: number): boolean {
  return at === 0 || at >= starts.length || starts[at] !== starts[at - 1];
}

/**
 * The change of an edit that fits a place of the file once both are folded. Only that in which `old` and `new` differ
 * is replaced: what the edit does not mean to change stays as it is in the file.
 */
export function foldedChange(file: string, folded: Folded, place: number, edit: Edit, how: Fold): Change {
  const old = fold(edit.old, how);
  const length = old.text.length;
  const startAt = commonStart(edit.old, edit.new, old);
  const endAt = commonEnd(edit.old, edit.new, old, startAt);
  const first = countBefore(old, startAt);
  const last = countBefore(old, endAt);
  const begin = (unit: number): number => folded.starts[place + unit] ?? file.length;
  const finish = (unit: number): number => folded.ends[place + unit - 1] ?? 0;
  const start = first === 0 ? begin(0) : finish(first);
  // What folds to nothing and is part of the difference, as blanks at the end of a line that are to go.
  const loose = endAt > (last === 0 ? 0 : (old.ends[last - 1] ?? 0)) && endAt > startAt && last < length;
  const end = loose ? begin(last) : last === first ? start : finish(last);
  const text = edit.new.slice(startAt, edit.new.length - (edit.old.length - endAt));
  return { start, end: Math.max(start, end), text: withLineEndsOf(file, start, text, edit.old) };
}

/** How much of the beginning both have in common, up to where neither a pair nor a stretch is cut. */
function commonStart(old: string, fresh: string, folded: Folded): number {
  const most = Math.min(old.length, fresh.length);
  let at = 0;
  while (at < most && old.charCodeAt(at) === fresh.charCodeAt(at)) at++;
  if (splitsPair(old, at) || splitsPair(fresh, at)) at--;
  const next = countBefore(folded, at);
  const start = folded.starts[next];
  return start !== undefined && start < at ? start : at;
}

/** Where in the old text the end begins that both have in common. */
function commonEnd(old: string, fresh: string, folded: Folded, from: number): number {
  const most = Math.min(old.length, fresh.length) - from;
  let count = 0;
  while (
    count < most &&
    old.charCodeAt(old.length - 1 - count) === fresh.charCodeAt(fresh.length - 1 - count)
  ) {
    count++;
  }
  if (splitsPair(old, old.length - count) || splitsPair(fresh, fresh.length - count)) count--;
  const at = old.length - count;
  const next = countBefore(folded, at);
  const start = folded.starts[next];
  return start !== undefined && start < at ? (folded.ends[next] ?? old.length) : at;
}

/** How many folded units stand for what lies wholly before a place of the original. */
function countBefore({ ends }: Folded, at: number): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function splitsPair(text: string, at: number): boolean {
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}
