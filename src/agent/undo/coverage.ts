import { ConfigurationError } from "../../llm/errors.ts";

/** How much a snapshot covers, and what becomes of a call whose snapshot fails. */
export interface UndoLimits {
  /** The longest file that is kept, in bytes; 64 MB by default. */
  readonly fileBytes?: number;
  /** All files of a snapshot together, in bytes; 2 GB by default. */
  readonly totalBytes?: number;
  /** How many files and links; 200,000 by default. */
  readonly files?: number;
  /** What all snapshots may take of the disk, in bytes, before the oldest go; 8 GB by default. The newest stays. */
  readonly storeBytes?: number;
  /** Whether a call runs of which no snapshot could be taken: it does not by default. */
  readonly whenItFails?: "refuse" | "go-on";
}

/** The limits with what was not said filled in. @throws ConfigurationError `invalid-option` */
export function limitsOf(given: UndoLimits = {}): Required<UndoLimits> {
  const { fileBytes = 64 * MB, totalBytes = 2048 * MB, files = 200_000, storeBytes = 8192 * MB } = given;
  for (const [name, value] of Object.entries({ fileBytes, totalBytes, files, storeBytes })) {
    if (value >= 0) continue;
    throw new ConfigurationError("invalid-option", `${name} must be a number from 0 on, not ${value}`);
  }
  return { fileBytes, totalBytes, files, storeBytes, whenItFails: given.whenItFails ?? "refuse" };
}

const MB = 1024 * 1024;

/**
 * Why something is not covered: it is `too-big` for itself; with it the snapshot would have `too-many` files, or
 * `too-much` in all; it is `special`, neither file, folder nor link; it is `unreadable` for us; it is `too-deep`; it was
 * `changing` its kind while it was looked at.
 */
export type WhyLeftOut =
  | "too-big"
  | "too-many"
  | "too-much"
  | "special"
  | "unreadable"
  | "too-deep"
  | "changing";

/** Something of the workspace that a snapshot does not cover: a restore leaves it as it is. */
export interface LeftOut {
  /** From the workspace, parted by `/`; of a folder, with all in it. */
  readonly path: string;
  readonly why: WhyLeftOut;
}

const words: Readonly<Record<WhyLeftOut, string>> = {
  "too-big": "too big a file",
  "too-many": "too many files",
  "too-much": "too much in all",
  special: "no file, folder or link",
  unreadable: "not readable",
  "too-deep": "too deep",
  changing: "changing while it was read",
};

/** Why something is not covered, for people. */
export function whyLeftOut(why: WhyLeftOut): string {
  return words[why];
}

/** Whether it is a word for why something is left out. */
export function isWhyLeftOut(value: unknown): value is WhyLeftOut {
  return typeof value === "string" && Object.hasOwn(words, value);
}

/** What programs make and can make again; it is covered where there is room when all else is. */
const HEAVY: ReadonlySet<string> = new Set([
  "node_modules",
  "bower_components",
  ".venv",
  "venv",
  ".tox",
  "target",
  "build",
  "dist",
  "out",
  ".next",
  ".nuxt",
  ".turbo",
  ".parcel-cache",
  ".gradle",
  ".cache",
  ".mypy_cache",
  ".pytest_cache",
  "__pycache__",
  ".terraform",
  ".pnpm-store",
  "Pods",
  "DerivedData",
]);

export function isHeavy(name: string): boolean {
  return HEAVY.has(name);
}

/** What is no matter of undo, whatever the limits: the records of git, which has its own ways back. */
export function isHistory(name: string): boolean {
  return name === ".git";
}
