import { realpath } from "node:fs/promises";
import { addCost, formatCost, noCost } from "../llm/money.ts";
import { inputTokens, outputTokens } from "../llm/usage.ts";
import { StoreError } from "../store/errors.ts";
import type { CostLine, Store } from "../store/index.ts";
import { columnsOf, pad } from "./columns.ts";
import type { CostCommand } from "./command.ts";
import type { Io } from "./io.ts";
import { jsonText } from "./json-text.ts";
import { print } from "./outlet.ts";
import { withSessions } from "./sessions-file.ts";
import { oneLine, teller } from "./terminal.ts";
import { workingFolder } from "./working-folder.ts";

/** The face of `colloquy cost`: what a session used and cost, by what it was for. */
export async function runCost(command: CostCommand, io: Io): Promise<number> {
  const folder = await realpath(await workingFolder(command, io));
  const tell = teller(io, command);
  const { costLines } = await import("../store/index.ts");
  const text = await withSessions(io, async (store) => {
    const { info, entries, damage } = await store.read(command.id ?? (await lastOf(store, folder)));
    if (damage.length > 0)
      tell.notice(`${damage.length} entries could not be read: something may be missing here`);
    const lines = costLines(entries);
    return command.json
      ? jsonText(lines, io)
      : `session ${info.id}: ${oneLine(info.title)}\n${costTable(lines)}`;
  });
  return print(text, io);
}

async function lastOf(store: Store, folder: string): Promise<string> {
  const [last] = await store.list({ folder, most: 1 });
  if (last !== undefined) return last.id;
  throw new StoreError(
    "not-found",
    "no session was begun in this folder; name one: `colloquy sessions --all` lists them",
  );
}

/** A line for each purpose, and their sum. */
function costTable(lines: readonly CostLine[]): string {
  const rows = lines.map(({ purpose, usage, models }) => [
    oneLine(purpose),
    ...numbers([usage]),
    models.map((model) => oneLine(model)).join(", "),
  ]);
  const sum = ["in all", ...numbers(lines.map(({ usage }) => usage)), ""];
  const table = [["for", "answers", "input", "from cache", "output", "cost", "model"], ...rows, sum];
  const widths = (table[0] ?? []).map((_, at) => Math.max(...table.map((row) => columnsOf(row[at] ?? ""))));
  return table
    .map(
      (row) =>
        `${row
          .map((cell, at) => aligned(cell, widths[at] ?? 0, at))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** Names stand left, numbers right. */
function aligned(cell: string, width: number, at: number): string {
  return at === 0 || at === 6 ? pad(cell, width) : " ".repeat(Math.max(0, width - columnsOf(cell))) + cell;
}

function numbers(usages: readonly CostLine["usage"][]): readonly string[] {
  const sum = (of: (usage: CostLine["usage"]) => number): string =>
    String(usages.reduce((total, usage) => total + of(usage), 0));
  return [
    sum(({ responses }) => responses),
    sum(inputTokens),
    sum(({ cacheRead }) => cacheRead),
    sum(outputTokens),
    formatCost(usages.map(({ cost }) => cost).reduce(addCost, noCost)),
  ];
}
