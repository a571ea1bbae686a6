import type { JsonValue } from "../llm/json.ts";
import type { Clock } from "../providers/system.ts";
import type { Journal, JournalEntry, ToolResultEntry, Written } from "./journal.ts";
import type { Interruption } from "./recovery.ts";

/** What a recorder has to know of its conversation. */
export interface Recorded {
  readonly id: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly parent: Recorder | undefined;
  /** What is written before all else: how it begins, or what an earlier process left without an end. */
  readonly first: (at: number) => readonly JournalEntry[];
  /** How many attempts of requests the journal has already. */
  readonly attempts?: number;
  readonly interrupted?: Interruption | undefined;
}

/** Writes what happens in one conversation into the journal that it shares with its relatives. */
export class Recorder {
  /** What the process that wrote before was doing when it ended; until something is done about it. */
  interrupted: Interruption | undefined;
  readonly #of: Recorded;
  #begun = false;
  #attempts: number;

  constructor(of: Recorded) {
    this.#of = of;
    this.#attempts = of.attempts ?? 0;
    this.interrupted = of.interrupted;
  }

  /** The number of the next attempt of a request. */
  number(): number {
    return ++this.#attempts;
  }

  /** Writes all of these or none, behind what comes first where that is not written yet. */
  record(...written: readonly Written[]): void | Promise<void> {
    if (this.#begun && written.length === 0) return undefined;
    const entries: JournalEntry[] = [];
    const { id: conversation, clock, journal } = this.#of;
    const at = clock.now();
    this.#begin(entries, at);
    for (const each of written) entries.push({ ...each, conversation, at });
    return entries.length === 0 ? undefined : journal.append(entries);
  }

  /** A parent begins before its children do. */
  #begin(entries: JournalEntry[], at: number): void {
    if (this.#begun) return;
    this.#begun = true;
    const { parent, first } = this.#of;
    if (parent !== undefined) parent.#begin(entries, at);
    entries.push(...first(at));
  }
}

/** What people see of a result, where JSON can say it. */
export function shown(display: unknown): Pick<ToolResultEntry, "display"> {
  if (display === undefined) return {};
  try {
    return { display: JSON.parse(JSON.stringify(display)) as JsonValue };
  } catch {
    return {};
  }
}

/** Writes what nobody waits for; where that fails, so does what is written next, and that is told. */
export async function quietly(write: () => void | Promise<void>): Promise<void> {
  try {
    await write();
  } catch {
    // See above.
  }
}
