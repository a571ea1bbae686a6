/** A piece of a file to be replaced. */
export interface Edit {
  /** As it stands in the file; empty only where there is no file yet. */
  readonly old: string;
  readonly new: string;
  /** Replace each place where it stands, and not the only one. */
  readonly all?: boolean;
}

/** A stretch of a text and what comes in its place. */
export interface Change {
  /** In UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** How what was to be replaced was found: exactly, or but for something that changes no meaning. */
type Found = "exact" | "line ends" | "blanks at line ends" | "Unicode look-alikes" | "indentation";

/** What became of an edit. */
export interface AppliedEdit {
  readonly found: Found;
  /** The lines of the file, as it was, in which the replaced stretches begin, the first being 1; at most 10 of them. */
  readonly lines: readonly number[];
  /** How many stretches were replaced. */
  readonly count: number;
}
