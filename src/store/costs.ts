import type { BeginEntry, JournalEntry } from "../conversation/journal.ts";
import { readCost, readUsage } from "../conversation/journal-json.ts";
import { unknownCost } from "../llm/money.ts";
import { addAnswer, addCut, addToolUse, noUsage, type TotalUsage } from "../llm/total.ts";
import { unknownUsage } from "../llm/usage.ts";

/** What one purpose of a session used and cost. */
export interface CostLine {
  /**
   * `conversation` for the session's own, `fork` for forks of it, else what its children are there for, from the
   * outside in: `sub-agent: docs > compaction`.
   */
  readonly purpose: string;
  /** Who answered, as `provider/name`. */
  readonly models: readonly string[];
  /** How many conversations it is the purpose of. */
  readonly conversations: number;
  /** Of these conversations alone, without their children: the lines add up to the session's total. */
  readonly usage: TotalUsage;
}

/** What a session used and cost, by purpose, in the order in which each was first needed. Pure. */
export function costLines(entries: readonly JournalEntry[]): readonly CostLine[] {
  const lines = new Map<string, Line>();
  const of = new Map<string, Line>();
  for (const entry of entries) {
    const { conversation } = entry;
    let line = of.get(conversation);
    if (line === undefined) {
      const purpose = purposeOf(entry, of);
      line = lines.get(purpose) ?? new Line(purpose);
      lines.set(purpose, line);
      of.set(conversation, line);
      line.conversations++;
    }
    line.add(entry);
  }
  return [...lines.values()].map((line) => line.settled());
}

function purposeOf(first: JournalEntry, of: ReadonlyMap<string, Line>): string {
  const { parent, purpose = "child" }: Partial<BeginEntry> = first.type === "begin" ? first : {};
  if (parent === undefined) return of.size === 0 ? OWN : "fork";
  const above = of.get(parent)?.purpose ?? OWN;
  return above === OWN ? purpose : `${above} > ${purpose}`;
}

const OWN = "conversation";

class Line {
  readonly purpose: string;
  conversations = 0;
  readonly #models = new Set<string>();
  readonly #open = new Set<string>();
  readonly #started = new Set<string>();
  #usage: TotalUsage = noUsage;

  constructor(purpose: string) {
    this.purpose = purpose;
  }

  add(entry: JournalEntry): void {
    const { conversation } = entry;
    switch (entry.type) {
      case "call-start":
        this.#open.add(`${conversation} ${entry.call}`);
        return;
      case "call-end": {
        this.#open.delete(`${conversation} ${entry.call}`);
        const { how, usage, cost, model } = entry;
        if (how === "free" || usage === undefined || cost === undefined) return;
        if (model !== undefined) this.#models.add(model);
        const add = how === "answered" ? addAnswer : addCut;
        this.#usage = add(this.#usage, readUsage(usage), readCost(cost));
        return;
      }
      case "tool-start":
        this.#started.add(`${conversation} ${entry.callId}`);
        this.#usage = addToolUse(this.#usage, entry.name);
        return;
      case "tool-result": {
        const { callId, name = "" } = entry.result;
        if (!this.#started.has(`${conversation} ${callId}`)) this.#usage = addToolUse(this.#usage, name);
        return;
      }
      default:
    }
  }

  settled(): CostLine {
    const lost = unknownCost("the process ended while a request was under way", 0n);
    for (const _ of this.#open) this.#usage = addCut(this.#usage, unknownUsage, lost);
    const { purpose, conversations } = this;
    return { purpose, models: [...this.#models], conversations, usage: this.#usage };
  }
}
