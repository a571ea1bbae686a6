import type { AppliedEdit, Change, Edit } from "./edit.ts";
import { fold, folds, type Fold, type Folded } from "./fold.ts";
import { foldedChange, foldedPlaces } from "./folded-place.ts";
import { encodeText, lettersOf, type Letters } from "./letters.ts";
import { withLineEndsOf } from "./line-ends.ts";
import { nearest } from "./nearest.ts";
import { linesOf, placesOf } from "./places.ts";
import { placeholderIn } from "./placeholder.ts";
import { reindented } from "./reindent.ts";
import { shownMarkProblem } from "./shown-mark.ts";
import { quoted } from "./shown.ts";

/** A file with all edits applied, or why none was. */
export type Applied =
  | {
      readonly type: "applied";
      readonly bytes: Uint8Array;
      readonly edits: readonly AppliedEdit[];
      /** The text before, and what was changed in it, from its beginning to its end. */
      readonly before: string;
      readonly changes: readonly Change[];
    }
  | { readonly type: "refused"; readonly problem: string };

/** Matches are counted so far. */
const MOST_COUNTED = 10_000;

/**
 * Applies edits to a file: all or none, each matched against the file as it was. What is not replaced stays as it is,
 * to the byte.
 *
 * An edit that is nowhere in the file exactly is looked for with line ends, blanks at line ends, Unicode look-alikes,
 * and at last indentation left out of account; it is taken where there is one such place, and then only that is
 * replaced in which `old` and `new` differ.
 */
export function applyEdits(bytes: Uint8Array, edits: readonly Edit[]): Applied {
  if (edits.length === 0) return refused("there are no edits");
  const letters = lettersOf(bytes);
  const file = new File(letters.text);
  const applied: AppliedEdit[] = [];
  const changes: Owned[] = [];
  for (const [index, edit] of edits.entries()) {
    const outcome = file.locate(edit);
    const which = edits.length === 1 ? "" : `edit ${index + 1} of ${edits.length}: `;
    if ("problem" in outcome) return refused(`${which}${outcome.problem}`);
    for (const change of outcome.changes) changes.push({ ...change, index });
    const starts = outcome.changes.map(({ start }) => start);
    applied.push({
      found: outcome.found,
      lines: linesOf(letters.text, starts.slice(0, 10)),
      count: starts.length,
    });
  }
  changes.sort((a, b) => a.start - b.start || a.end - b.end);
  const overlap = overlapIn(changes);
  if (overlap !== undefined) return refused(overlap);
  const edited = replaced(bytes, letters, changes);
  if (Buffer.from(edited).equals(bytes))
    return refused("the edits change nothing: the file has what new says");
  return { type: "applied", bytes: edited, edits: applied, before: letters.text, changes };
}

interface Owned extends Change {
  /** Of the edit that it comes from. */
  readonly index: number;
}

type Outcome =
  | { readonly found: AppliedEdit["found"]; readonly changes: readonly Change[] }
  | { readonly problem: string };

/** A file's text in which edits are looked for. */
class File {
  readonly #text: string;
  readonly #folded = new Map<Fold, Folded>();

  constructor(text: string) {
    this.#text = text;
  }

  locate(edit: Edit): Outcome {
    const problem = problemOf(edit, this.#text);
    if (problem !== undefined) return { problem };
    const places = this.#exact(edit);
    if (places.length === 0) return this.#nearly(edit);
    if (places.length > 1 && edit.all !== true) return { problem: this.#ambiguous(places, "") };
    const text = (place: number): string => withLineEndsOf(this.#text, place, edit.new, edit.old);
    const changes = (edit.all === true ? apart(places, edit.old.length) : places).map((start) => ({
      start,
      end: start + edit.old.length,
      text: text(start),
    }));
    return { found: "exact", changes };
  }

  /** Places where it stands as it is; not those in which it would begin within a line end of two characters. */
  #exact(edit: Edit): number[] {
    const places = placesOf(edit.old, this.#text, edit.all === true ? Infinity : MOST_COUNTED);
    if (!edit.old.startsWith("\n")) return places;
    return places.filter((place) => this.#text[place - 1] !== "\r");
  }

  #nearly(edit: Edit): Outcome {
    for (const how of folds) {
      const folded = this.#fold(how);
      const places = foldedPlaces(fold(edit.old, how).text, folded, MOST_COUNTED);
      const [place] = places;
      if (place === undefined) continue;
      const apartFrom = `, apart from ${how}`;
      if (edit.all === true)
        return { problem: `${this.#notExact(folded, places, apartFrom)}; all takes exact matches only` };
      if (places.length > 1) return { problem: this.#ambiguous(originals(folded, places), apartFrom) };
      return { found: how, changes: [foldedChange(this.#text, folded, place, edit, how)] };
    }
    if (edit.all !== true) {
      const { lines, change } = reindented(this.#text, edit);
      if (change !== undefined) return { found: "indentation", changes: [change] };
      if (lines.length > 1) {
        return {
          problem: `old is there in lines ${lines.join(", ")}, apart from indentation; ${MAKE_UNIQUE}`,
        };
      }
      if (lines.length === 1) {
        return {
          problem: `old is in line ${lines[0]}, but its lines are indented differently; give them as they are`,
        };
      }
    }
    const near = nearest(edit.old, this.#text);
    return { problem: `old is not in the file. ${near ?? "Nothing in it is alike; read it first."}` };
  }

  #ambiguous(places: readonly number[], apartFrom: string): string {
    const lines = linesOf(this.#text, places.slice(0, 10));
    const more = places.length > 10 ? " and others" : "";
    return `old is there ${places.length} times${apartFrom}, in lines ${lines.join(", ")}${more}; ${MAKE_UNIQUE}`;
  }

  #notExact(folded: Folded, places: readonly number[], apartFrom: string): string {
    const lines = linesOf(this.#text, originals(folded, places.slice(0, 10)));
    return `old is not there exactly${apartFrom} it is in lines ${lines.join(", ")}`;
  }

  #fold(how: Fold): Folded {
    let folded = this.#folded.get(how);
    if (folded === undefined) this.#folded.set(how, (folded = fold(this.#text, how)));
    return folded;
  }
}

const MAKE_UNIQUE = "add lines around it until there is one such place, or set all";

function problemOf(edit: Edit, file: string): string | undefined {
  if (edit.old === "") return "old is empty, and the file is there; say what is to be replaced";
  if (edit.old === edit.new) return "old and new are the same";
  if (/\p{Cs}/u.test(edit.old) || /\p{Cs}/u.test(edit.new))
    return "old or new has half a character (a lone surrogate)";
  const mark = shownMarkProblem("old", edit.old, file) ?? shownMarkProblem("new", edit.new, file);
  if (mark !== undefined) return mark;
  const placeholder = placeholderIn(edit.new, edit.old);
  return placeholder === undefined ? undefined : placeholderProblem(placeholder);
}

/** Why a text with such a line is not written. */
export function placeholderProblem(line: string): string {
  return `new has ${quoted(line)}, which stands for text that would be lost; write out all of it, or edit less`;
}

/** Places that share nothing, from the first one on. */
function apart(places: readonly number[], length: number): number[] {
  const kept: number[] = [];
  for (const place of places) if (place >= (kept.at(-1) ?? -length) + length) kept.push(place);
  return kept;
}

function originals(folded: Folded, places: readonly number[]): number[] {
  return places.map((place) => folded.starts[place] ?? 0);
}

/** Two edits of the same stretch, or at the same place, have no order. */
function overlapIn(changes: readonly Owned[]): string | undefined {
  for (const [at, change] of changes.entries()) {
    const next = changes[at + 1];
    if (next === undefined) continue;
    if (next.start < change.end || (next.start === change.start && next.index !== change.index)) {
      return `edits ${change.index + 1} and ${next.index + 1} touch the same text; make them one`;
    }
  }
  return undefined;
}

function replaced(bytes: Uint8Array, letters: Letters, changes: readonly Change[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const { start, end, text } of changes) {
    pieces.push(bytes.subarray(from, letters.offsets[start]), encodeText(text, letters.encoding));
    from = letters.offsets[end] ?? bytes.length;
  }
  pieces.push(bytes.subarray(from));
  return Buffer.concat(pieces);
}

function refused(problem: string): Applied {
  return { type: "refused", problem };
}
