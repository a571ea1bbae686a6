import path from "node:path";
import type { SessionInfo } from "../store/index.ts";
import { columnsOf, fit, pad } from "./columns.ts";
import { oneLine } from "./terminal.ts";

/** How a table of sessions is written. */
export interface TableStyle {
  /** In milliseconds since 1970. */
  readonly now: number;
  /** How wide a line may be; as wide as it gets by default. */
  readonly width?: number | undefined;
  /** Whether folders are shown. */
  readonly folders: boolean;
  /** The user's own folder, which is written as `~`. */
  readonly home?: string | undefined;
}

interface Column {
  readonly title: string;
  readonly of: (info: SessionInfo) => string;
  readonly toRight?: true;
}

const GAP = "  ";

/** So many columns a title has at least, before another one gives way. */
const LEAST_TITLE = 24;

/** Sessions as a table for people, a line each, the title last; narrow terminals see fewer columns. Pure. */
export function sessionTable(infos: readonly SessionInfo[], style: TableStyle): string[] {
  const { now, width = Infinity, folders, home } = style;
  const all: readonly (Column & { readonly rank: number })[] = [
    { title: "id", rank: 0, of: ({ id }) => oneLine(id) },
    { title: "when", rank: 1, of: ({ updated }) => ago(updated, now) },
    { title: "messages", rank: 3, toRight: true, of: ({ messages }) => String(messages) },
    { title: "model", rank: 4, of: ({ model }) => fit(shortModel(model), 24) },
    ...(folders
      ? [{ title: "folder", rank: 2, of: ({ folder }: SessionInfo) => shortFolder(folder, home) }]
      : []),
  ];
  let columns = all;
  let left = room(columns, infos, width);
  while (left < LEAST_TITLE && columns.length > 2) {
    const last = Math.max(...columns.map(({ rank }) => rank));
    columns = columns.filter(({ rank }) => rank !== last);
    left = room(columns, infos, width);
  }
  const widths = columns.map((column) => widthOf(column, infos));
  const line = (cells: readonly string[], title: string): string =>
    [
      ...cells.map((cell, at) => {
        const wide = widths[at] ?? 0;
        return columns[at]?.toRight === true ? " ".repeat(wide - columnsOf(cell)) + cell : pad(cell, wide);
      }),
      fit(title, Math.max(left, 1)),
    ]
      .join(GAP)
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title),
      "title",
    ),
    ...infos.map((info) =>
      line(
        columns.map(({ of }) => of(info)),
        oneLine(info.title),
      ),
    ),
  ];
}

function widthOf({ title, of }: Column, infos: readonly SessionInfo[]): number {
  return infos.reduce((most, info) => Math.max(most, columnsOf(of(info))), title.length);
}

/** What is left of a line for the title. */
function room(columns: readonly Column[], infos: readonly SessionInfo[], width: number): number {
  return columns.reduce((left, column) => left - widthOf(column, infos) - GAP.length, width);
}

function shortModel(model: string): string {
  return oneLine(model.slice(model.indexOf("/") + 1));
}

/** The end of a folder's path: that is what tells it from others. */
function shortFolder(folder: string, home: string | undefined): string {
  const inHome = home !== undefined && (folder === home || folder.startsWith(home + path.sep));
  const short = oneLine(inHome ? `~${folder.slice(home.length)}` : folder);
  const letters = Array.from(short);
  return letters.length <= 30 ? short : `…${letters.slice(-29).join("")}`;
}

const units: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
];

/** How long ago something was; the day, where that is more than a month. */
export function ago(then: number, now: number): string {
  const ms = now - then;
  // A clock that was set back, or a file from elsewhere.
  if (ms < -60_000 || ms > 31 * 86_400_000) return day(then);
  for (const [unit, name] of units) if (ms >= unit) return `${Math.floor(ms / unit)} ${name} ago`;
  return "now";
}

/** A day in the local time, as YYYY-MM-DD. */
function day(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "?";
  const two = (count: number): string => String(count).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
