import type { Compared } from "./compare.ts";

export type Kind = "responses" | "errors" | "requests";

export interface Score {
  total: number;
  passed: number;
}

/** How many failures are shown in full. */
const MOST_FAILURES = 50;
const MOST_FILES = 10;

/** What was tried, what failed and what was left out: nothing is skipped in silence. */
export class Scoreboard {
  readonly #scores: Record<Kind, Score> = { responses: score(), errors: score(), requests: score() };
  /** Per provider and feature. */
  readonly #cells = new Map<string, Map<string, Score>>();
  readonly #failures: string[] = [];
  readonly #skipped = new Map<string, { exchanges: number; files: string[] }>();

  /** One exchange of a provider and what was found in it. */
  add(kind: Kind, provider: string, name: string, { shown, differences }: Compared): void {
    tally(this.#scores[kind], differences.length === 0);
    const row = entry(this.#cells, provider, () => new Map<string, Score>());
    const failed = new Set(differences.map(({ feature }) => feature));
    for (const feature of new Set([kind, ...shown, ...failed])) {
      tally(entry(row, feature, score), feature === kind ? failed.size === 0 : !failed.has(feature));
    }
    for (const { feature, detail } of differences) this.#failures.push(`${name}\n    ${feature}: ${detail}`);
  }

  /** Exchanges that were not tried, and why. A file that is no trace counts as one. */
  skip(reason: string, exchanges: number, file?: string): void {
    const skipped = entry(this.#skipped, reason, () => ({ exchanges: 0, files: [] as string[] }));
    skipped.exchanges += exchanges;
    if (file !== undefined) skipped.files.push(file);
  }

  get ok(): boolean {
    return Object.values(this.#scores).every(({ total, passed }) => total === passed);
  }

  /** The sums, counted in exchanges. One whose request was not tried is skipped in that respect. */
  sums(): Record<Kind, Score> & { skipped: number } {
    const skipped = [...this.#skipped.values()].reduce((sum, { exchanges }) => sum + exchanges, 0);
    return { ...structuredClone(this.#scores), skipped };
  }

  /** For people. */
  toString(): string {
    const lines = [...this.#cells]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([provider, row]) => table(provider, row));
    if (this.#failures.length > 0) {
      lines.push(`${this.#failures.length} differences:`);
      lines.push(...this.#failures.slice(0, MOST_FAILURES).map((failure) => `  ${failure}`));
      if (this.#failures.length > MOST_FAILURES)
        lines.push(`  and ${this.#failures.length - MOST_FAILURES} more`);
    }
    if (this.#skipped.size > 0) lines.push("skipped exchanges:");
    for (const [reason, { exchanges, files }] of this.#skipped) {
      const more = files.length > MOST_FILES ? ` and ${files.length - MOST_FILES} more` : "";
      const named = files.length > 0 ? ` (${files.slice(0, MOST_FILES).join(", ")}${more})` : "";
      lines.push(`  ${String(exchanges).padStart(5)}  ${reason}${named}`);
    }
    for (const [kind, { total, passed }] of Object.entries(this.#scores))
      lines.push(`${kind}: ${passed} of ${total}`);
    return lines.join("\n");
  }

  /** The same as a page: a row for each provider, a column for each feature that is worth one. */
  toMarkdown(): string {
    const cell = (found: Score | undefined): string =>
      found === undefined
        ? ""
        : found.passed === found.total
          ? `${found.total}`
          : `${found.passed}/${found.total}`;
    const rows = [...this.#cells]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([provider, row]) => `| ${[provider, ...columns.map((name) => cell(row.get(name)))].join(" | ")} |`,
      );
    const sums = Object.entries(this.#scores).map(
      ([kind, { total, passed }]) => `${kind}: ${passed} of ${total}`,
    );
    return [
      "# Scoreboard",
      "",
      "Recorded exchanges of real providers, read by our decoders and by a second reading that shares no code with them.",
      "A number is how many exchanges show the thing, and agree; `a/b` would mean that only `a` of `b` do. Written by",
      "`npm run conformance -- DIR --write`.",
      "",
      `${sums.join(", ")}.`,
      "",
      `| provider | ${columns.join(" | ")} |`,
      `| --- |${columns.map(() => " ---: |").join("")}`,
      ...rows,
      "",
    ].join("\n");
  }
}

const columns = [
  "responses",
  "requests",
  "errors",
  "text",
  "thinking",
  "signatures",
  "redacted",
  "tool calls",
  "citations",
  "opaque",
  "stop",
  "usage",
];

function table(provider: string, row: ReadonlyMap<string, Score>): string[] {
  const cells = [...row].map(([feature, { total, passed }]) => {
    const count = passed === total ? `${total}` : `${passed} of ${total} FAILED`;
    return `  ${feature.padEnd(24)} ${count}`;
  });
  return [provider, ...cells];
}

function score(): Score {
  return { total: 0, passed: 0 };
}

function tally(into: Score, passed: boolean): void {
  into.total++;
  if (passed) into.passed++;
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
