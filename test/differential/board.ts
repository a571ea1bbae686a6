import type { Verdict } from "./judge.ts";
import { knownDifferences } from "./known-differences.ts";
import type { Wire } from "./wire.ts";

/** How many differences are shown in full. */
const MOST_SHOWN = 50;

type Row = Record<Verdict["is"], number>;

/** What was compared and what came of it: nothing is left out in silence. */
export class Board {
  readonly #rows = new Map<string, Row>();
  /** Hits of each known difference, by protocol and name. */
  readonly #hits = new Map<string, number>();
  readonly #failures: string[] = [];
  readonly #skipped = new Map<string, number>();
  #caught = 0;
  #missed = 0;

  add(name: string, { protocol, streamed }: Wire, verdict: Verdict): void {
    this.#row(protocol, streamed)[verdict.is]++;
    if (verdict.is === "known")
      for (const rule of verdict.rules) increase(this.#hits, `${protocol} ${rule.name}`);
    if (verdict.is !== "different") return;
    for (const { feature, detail } of verdict.differences)
      this.#failures.push(`${name}\n    ${feature}: ${detail}`);
  }

  skip(reason: string, exchanges = 1): void {
    increase(this.#skipped, reason, exchanges);
  }

  /** Whether a change that was made on purpose was found. */
  selfCheck(what: string, found: boolean): void {
    if (found) this.#caught++;
    else {
      this.#missed++;
      this.#failures.push(`self-check: ${what} was not noticed`);
    }
  }

  get passed(): number {
    return this.#sum("equal") + this.#sum("both-fail") + this.#sum("known") + this.#caught;
  }

  get failed(): number {
    return this.#sum("different") + this.#missed;
  }

  /** Known differences that no answer showed. */
  get dead(): string[] {
    return this.#rules().flatMap(({ protocol, name, hits }) => (hits === 0 ? [`${protocol} ${name}`] : []));
  }

  /** For people. The last line is what CI adds up. */
  toString(): string {
    const lines = this.#table().map(([name = "", ...cells]) => {
      return name.padEnd(28) + cells.map((cell) => cell.padStart(11)).join("");
    });
    lines.push("known differences:");
    for (const { protocol, name, hits } of this.#rules())
      lines.push(`  ${String(hits).padStart(5)}  ${protocol} ${name}`);
    for (const key of this.dead) lines.push(`dead: no answer shows "${key}" any more`);
    for (const [reason, exchanges] of this.#skipped) lines.push(`skipped: ${exchanges}  ${reason}`);
    lines.push(...this.#failures.slice(0, MOST_SHOWN));
    if (this.#failures.length > MOST_SHOWN) lines.push(`and ${this.#failures.length - MOST_SHOWN} more`);
    lines.push(`self-check: ${this.#caught} of ${this.#caught + this.#missed} changes noticed`);
    lines.push(`${this.passed} passed, ${this.failed} failed`);
    return lines.join("\n");
  }

  /** The same as a page. */
  toMarkdown(versions: Readonly<Record<string, string>>): string {
    const [head = [], ...rows] = this.#table();
    const sdks = Object.entries(versions).map(([name, version]) => `\`${name}\` ${version}`);
    return [
      "# Beside the vendors' own SDKs",
      "",
      "The bytes of each recorded answer, read by the SDK of the language's vendor and by us: text, tool calls, stop reason",
      "and usage must be equal, and what is an error to one must be one to the other. What may differ stands below. Each",
      "difference is a rule over what was sent, names what the SDK should have said, and explains nothing beyond that.",
      "Written by `npm run differential -- DIR --write`.",
      "",
      `SDKs: ${sdks.join(", ")}.`,
      "",
      `| ${head.join(" | ")} |`,
      `| --- |${" ---: |".repeat(head.length - 1)}`,
      ...rows.map((row) => `| ${row.join(" | ")} |`),
      "",
      `Of ${this.#caught + this.#missed} changes made on purpose (a delta dropped, a text, a count, a name or a stop`,
      `reason changed, the end cut off) the comparison noticed ${this.#caught}.`,
      "",
      "## Known differences",
      "",
      "| language | what | seen | what the two do |",
      "| --- | --- | ---: | --- |",
      ...this.#rules().map(
        ({ protocol, name, reason, hits }) => `| ${protocol} | ${name} | ${hits} | ${reason} |`,
      ),
      "",
    ].join("\n");
  }

  #row(protocol: string, streamed: boolean): Row {
    const name = `${protocol}, ${streamed ? "streamed" : "whole"}`;
    let row = this.#rows.get(name);
    if (row === undefined) {
      row = { equal: 0, "both-fail": 0, known: 0, different: 0 };
      this.#rows.set(name, row);
    }
    return row;
  }

  #sum(verdict: Verdict["is"]): number {
    return [...this.#rows.values()].reduce((sum, row) => sum + row[verdict], 0);
  }

  #table(): string[][] {
    const rows = [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1));
    const cells = rows.map(([name, row]) => {
      const compared = row.equal + row["both-fail"] + row.known + row.different;
      return [name, compared, row.equal, row["both-fail"], row.known, row.different].map(String);
    });
    return [["answers", "compared", "equal", "both fail", "by rule", "different"], ...cells];
  }

  #rules(): Seen[] {
    return Object.entries(knownDifferences).flatMap(([protocol, rules]) =>
      rules.map(({ name, reason }) => {
        return { protocol, name, reason, hits: this.#hits.get(`${protocol} ${name}`) ?? 0 };
      }),
    );
  }
}

/** A known difference, and how many answers show it. */
interface Seen {
  readonly protocol: string;
  readonly name: string;
  readonly reason: string;
  readonly hits: number;
}

function increase(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
