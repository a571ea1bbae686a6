import { isFree, type Prices } from "../llm/money.ts";
import { catalogue as ours } from "../providers/catalogue/index.ts";
import type { Catalogue } from "../providers/provider.ts";
import type { ModelRow } from "./models.ts";

const head = ["", "model", "window", "max output", "$ in", "$ out", "also called"] as const;

const toRight: ReadonlySet<string> = new Set(["window", "max output", "$ in", "$ out"]);

const LOCAL = "local, if it is running";

/** The rows as a table for people, by provider. Pure. */
export function modelTable(rows: readonly ModelRow[], catalogue: Catalogue = ours): string {
  const cells = new Map(rows.map((row) => [row, cellsOf(row)]));
  const widths = head.map((title, at) =>
    Math.max(title.length, ...[...cells.values()].map((line) => (line[at] ?? "").length)),
  );
  const lines = [format(head, widths)];
  const listed = new Set(rows.map(({ provider }) => provider));
  const bare = catalogue.providers.filter(({ id }) => !listed.has(id));
  const [usable, others] = [rows.filter((row) => row.usable), rows.filter((row) => !row.usable)];
  const write = (group: readonly ModelRow[]): void => {
    lines.push("", heading(group[0] as ModelRow));
    for (const row of group) lines.push(format(cells.get(row) ?? [], widths));
  };
  groups(usable).forEach(write);
  for (const { id, name, local } of bare)
    lines.push("", local === true ? `${name}: ${LOCAL}` : name, `   ${id}/NAME`);
  groups(others).forEach(write);
  const ids = catalogue.providers.map(({ id }) => id);
  lines.push(
    "",
    "Prices are dollars per million tokens. * is asked when --model and COLLOQUY_MODEL name none. ? is not known.",
    "Any other model: PROVIDER/NAME, as in ollama/llama3.2, with one of these before the slash:",
    `${ids.join(", ")}.`,
    "Your own models, providers and prices: ~/.config/colloquy/models.json.",
  );
  return `${lines.join("\n")}\n`;
}

function groups(rows: readonly ModelRow[]): ModelRow[][] {
  const groups: ModelRow[][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (last !== undefined && last[0]?.provider === row.provider) last.push(row);
    else groups.push([row]);
  }
  return groups;
}

function heading({ providerName, local, why }: ModelRow): string {
  if (why !== undefined) return `Not usable, ${why}`;
  return local ? `${providerName}: ${LOCAL}` : providerName;
}

function cellsOf({ ask, aliases, window, maxOutput, prices, ...row }: ModelRow): string[] {
  const others = aliases.filter((alias) => alias !== ask);
  return [
    row.default ? "*" : "",
    ask,
    tokens(window),
    tokens(maxOutput),
    price(prices, "input"),
    price(prices, "output"),
    others.join(", "),
  ];
}

function format(line: readonly string[], widths: readonly number[]): string {
  return line
    .map((cell, at) => {
      const width = widths[at] ?? 0;
      return toRight.has(head[at] ?? "") ? cell.padStart(width) : cell.padEnd(width);
    })
    .join("  ")
    .trimEnd();
}

function tokens(count: number | undefined): string {
  if (count === undefined) return "?";
  if (count >= 1_000_000) return `${Number((count / 1_000_000).toFixed(2))}M`;
  return count >= 10_000 ? `${Math.round(count / 1000)}k` : String(count);
}

function price(prices: Prices | undefined, side: "input" | "output"): string {
  if (prices !== undefined && isFree(prices)) return "free";
  return prices?.rates[side] ?? "?";
}
