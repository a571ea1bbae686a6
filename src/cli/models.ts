import type { Prices } from "../llm/money.ts";
import { models as catalogue } from "../providers/catalogue.ts";
import { findModel } from "../providers/lookup.ts";
import { openModel } from "../providers/open-model.ts";
import type { ModelsCommand } from "./command.ts";
import { chooseModel, hasKey, providerOf, type Env } from "./choose-model.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { Outlet } from "./outlet.ts";

/** One model as `colloquy models` lists it. */
export interface ModelRow {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly provider: string;
  readonly usable: boolean;
  /** Whether it is asked when none is named. */
  readonly default: boolean;
  readonly window?: number;
  readonly maxOutput?: number;
  /** Dollars per million tokens; absent when unknown. */
  readonly prices?: Prices;
  /** Why it cannot be used. */
  readonly why?: string;
  /** Variables of which one has to hold a key. */
  readonly keyVariables?: readonly string[];
  readonly keyUrl?: string;
}

/** All models, those that can be used here first. Pure. */
export function modelRows(env: Env): ModelRow[] {
  const preferred = chooseModel({}, env).name;
  const { window, maxOutput, prices } = openModel("rehearsal").info;
  const rehearsal: ModelRow = {
    name: "rehearsal",
    aliases: [],
    provider: "built in",
    usable: true,
    default: preferred === "rehearsal",
    ...(window !== undefined && { window }),
    ...(maxOutput !== undefined && { maxOutput }),
    ...(prices !== undefined && { prices }),
  };
  const rows = catalogue.map((record): ModelRow => {
    const provider = providerOf(record);
    const usable = provider.auth === "none" || hasKey(provider, env);
    const { name, aliases, window, maxOutput, prices } = record;
    const { keyVariables, keyUrl } = provider;
    return {
      name,
      aliases,
      provider: provider.id,
      usable,
      default: isNamed(preferred, name),
      window,
      maxOutput,
      prices,
      ...(!usable && {
        why: `no key for ${provider.name}: set ${keyVariables.join(" or ")}${keyUrl === undefined ? "" : ` (a key can be had at ${keyUrl})`}`,
        keyVariables,
        ...(keyUrl !== undefined && { keyUrl }),
      }),
    };
  });
  return [...rows.filter((row) => row.usable), rehearsal, ...rows.filter((row) => !row.usable)];
}

function isNamed(given: string, name: string): boolean {
  try {
    return findModel(given).record.name === name;
  } catch {
    return false; // COLLOQUY_MODEL may name anything
  }
}

/** The rows as a table for people. Pure. */
export function modelTable(rows: readonly ModelRow[]): string {
  const head = ["", "model", "provider", "window", "max output", "$ in", "$ out", "also called"];
  const cells = rows.map((row) => [
    row.default ? "*" : "",
    row.name,
    row.provider,
    tokens(row.window),
    tokens(row.maxOutput),
    price(row.prices, "input"),
    price(row.prices, "output"),
    row.aliases.join(", "),
  ]);
  const widths = head.map((title, at) =>
    Math.max(title.length, ...cells.map((line) => (line[at] ?? "").length)),
  );
  const toRight = new Set(["window", "max output", "$ in", "$ out"]);
  const format = (line: readonly string[]): string =>
    line
      .map((cell, at) =>
        toRight.has(head[at] ?? "") ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const lines = [format(head)];
  let why: string | undefined;
  rows.forEach((row, at) => {
    if (row.why !== why) lines.push("", `Not usable, ${row.why}`);
    why = row.why;
    lines.push(format(cells[at] ?? []));
  });
  lines.push(
    "",
    "Prices are dollars per million tokens. * is asked when --model and COLLOQUY_MODEL name none.",
  );
  return `${lines.join("\n")}\n`;
}

function tokens(count: number | undefined): string {
  if (count === undefined) return "?";
  if (count >= 1_000_000) return `${count / 1_000_000}M`;
  return count >= 10_000 && count % 100 === 0 ? `${count / 1000}k` : String(count);
}

function price(prices: Prices | undefined, side: "input" | "output"): string {
  return prices?.rates[side] ?? "?";
}

/** The face of `colloquy models`. */
export async function runModels(command: ModelsCommand, io: Io): Promise<number> {
  const rows = modelRows(io.env);
  const out = new Outlet(io.stdout);
  out.write(command.json ? `${JSON.stringify(rows, null, 2)}\n` : modelTable(rows));
  await out.flush();
  return out.failure === undefined ? 0 : exitCode(out.failure);
}
