import { whyLeftOut, type LeftOut } from "../agent/undo/coverage.ts";
import type { Change, Counts } from "../agent/undo/change.ts";
import type { Restored, RestorePoint } from "../agent/undo/undo.ts";
import { inOneLine } from "../agent/text/file-text.ts";
import { fit, pad } from "./columns.ts";
import { ago } from "./session-table.ts";

/** Restore points as a table for people, a line each, what was about to happen last. Pure. */
export function pointTable(
  points: readonly RestorePoint[],
  { now, width = Infinity }: { readonly now: number; readonly width?: number | undefined },
): string {
  if (points.length === 0) return "there are no restore points\n";
  const rows = points.map(({ id, when, step, since, label, before }) => [
    String(id),
    ago(when, now),
    countsText(step),
    countsText(since),
    before.type === "call" ? inOneLine(label) : `(${label})`,
  ]);
  const head = ["point", "when", "step", "since", "before"];
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const lines = [head, ...rows].map((row) =>
    fit(row.map((cell, at) => (at === row.length - 1 ? cell : pad(cell, widths[at] ?? 0))).join("  "), width),
  );
  return `${lines.join("\n")}\n`;
}

function countsText(counts: Counts | undefined): string {
  if (counts === undefined) return "damaged";
  const { created, changed, removed } = counts;
  const said = [
    ...(created > 0 ? [`+${created}`] : []),
    ...(changed > 0 ? [`~${changed}`] : []),
    ...(removed > 0 ? [`-${removed}`] : []),
  ];
  return said.length === 0 ? "nothing" : said.join(" ");
}

const words: Readonly<Record<Change["does"], string>> = {
  create: "bring back",
  replace: "restore",
  remove: "remove",
  mode: "mode of",
};

/** What a restore would do, for people. */
export function planText(
  { id, label }: RestorePoint,
  { done, problems, leftOut }: Restored,
  most: number,
): string {
  const sorted = [...done].sort((a, b) => (a.path < b.path ? -1 : 1));
  const lines = sorted.slice(0, most).map(({ path, does, type }) => {
    const slash = type === "folder" ? "/" : "";
    return `  ${words[does].padEnd(10)}  ${inOneLine(path)}${slash}`;
  });
  const more = sorted.length - lines.length;
  return [
    `back to restore point ${id}, before: ${inOneLine(label)}`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more; --dry-run shows all`] : []),
    ...problems.map(({ path, why }) => `  not ${inOneLine(path)}: ${why}`),
    ...(leftOut.length > 0 ? [leftOutText(leftOut)] : []),
    "",
  ].join("\n");
}

/** What a restore point does not cover. */
export function leftOutText(leftOut: readonly LeftOut[]): string {
  const named = leftOut.slice(0, 5).map(({ path, why }) => `${inOneLine(path)} (${whyLeftOut(why)})`);
  const more = leftOut.length - named.length;
  return `not covered, left as it is: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
