import type { Journal, JournalEntry } from "../conversation/journal.ts";
import { messageText } from "../llm/message.ts";
import type { Clock } from "../providers/system.ts";
import { StoreError } from "./errors.ts";
import { lineOf } from "./line.ts";
import type { Holder } from "./holder.ts";
import type { Awaitable, Change, Claimed, NewRow, SessionInfo, Shelf } from "./shelf.ts";
import { Writer, type Damage } from "./written.ts";

/** An entry that could not be read; the rest was. */
export interface DamagedEntry {
  /** The number of the entry, from 1. */
  readonly seq: number;
  readonly damage: Damage;
}

/** A session that is open for writing, in this process alone. */
export interface Session {
  readonly id: string;
  /** For `createConversation({ journal })`: one conversation goes on with it. */
  readonly journal: Journal;
  /** What of it could not be read. */
  readonly damage: readonly DamagedEntry[];
  /** Lets others open it. What is written later is refused. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A claim holds for so long, in milliseconds, unless it is renewed, which it is three times as often. */
export const CLAIM_MS = 30_000;

/** The longest title that is made of what was said. */
const TITLE = 80;

/** What an open session is made from. */
export interface Opening {
  readonly shelf: Shelf;
  readonly clock: Clock;
  readonly holder: Holder;
  /** What it begins with; for one that was there before, what is known of it. */
  readonly info: SessionInfo;
  /** Absent for a session that is written with its first entry. */
  readonly claimed: Claimed | undefined;
  readonly past: readonly JournalEntry[];
  readonly damage: readonly DamagedEntry[];
  /** The conversation that goes on. */
  readonly conversation: string;
  readonly onClose: () => void;
}

/** Writes the journal of one session, entry behind entry. */
export class OpenSession implements Session {
  readonly id: string;
  readonly journal: Journal;
  readonly damage: readonly DamagedEntry[];
  readonly #opening: Opening;
  readonly #writer = new Writer();
  #claimed: Claimed | undefined;
  #last: number;
  /** What ended the writing: nothing is written behind a gap. */
  #broken: { readonly error: unknown } | undefined;
  /** The append that later ones wait for, on a shelf that takes its time. */
  #writing: Promise<void> | undefined;
  #cancelRenewal: (() => void) | undefined;
  #closed = false;

  constructor(opening: Opening) {
    const { info, past, damage, claimed, conversation } = opening;
    this.#opening = opening;
    this.id = info.id;
    this.damage = damage;
    this.#claimed = claimed;
    this.#last = claimed?.last ?? 0;
    this.journal = { past, conversation, append: (entries) => this.#append(entries) };
    if (claimed !== undefined) this.#keepClaim();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelRenewal?.();
    await this.#writing?.catch(() => undefined);
    const { shelf, onClose } = this.#opening;
    onClose();
    if (this.#claimed !== undefined) await shelf.release(this.id, this.#claimed.fence);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #append(entries: readonly JournalEntry[]): void | Promise<void> {
    if (this.#broken !== undefined) throw this.#broken.error;
    if (this.#closed) throw new StoreError("taken", `session ${this.id} is closed; resume it to go on`);
    try {
      const rows = entries.map((entry) => this.#writer.row(entry, ++this.#last));
      const change = changeOf(entries);
      if (this.#writing !== undefined) return this.#later(this.#writing, rows, change);
      const written = this.#write(rows, change);
      return written instanceof Promise ? this.#later(written, [], change) : undefined;
    } catch (error) {
      this.#broken = { error };
      throw error;
    }
  }

  /** Writes behind what is being written. */
  #later(before: Promise<void>, rows: readonly NewRow[], change: Change): Promise<void> {
    const writing = before.then(async () => {
      if (this.#broken !== undefined) throw this.#broken.error;
      if (rows.length > 0) await this.#write(rows, change);
    });
    const settled = writing
      .catch((error: unknown) => {
        this.#broken ??= { error };
      })
      .then(() => {
        if (this.#writing === settled) this.#writing = undefined;
      });
    this.#writing = settled;
    return writing;
  }

  #write(rows: readonly NewRow[], change: Change): Awaitable<void> {
    const { shelf, info, clock, holder } = this.#opening;
    if (this.#claimed !== undefined) return shelf.append(this.id, this.#claimed.fence, rows, change);
    const { updated, messages, title = "", model = "" } = change;
    const known = { ...info, updated, messages, title: info.title || title, model };
    const claimed = shelf.add(known, rows, holder, clock.now() + CLAIM_MS);
    const begun = (by: Claimed): void => {
      this.#claimed = by;
      this.#keepClaim();
    };
    return claimed instanceof Promise ? claimed.then(begun) : begun(claimed);
  }

  /** Says again and again that we are there; who finds the session taken over stops writing. */
  #keepClaim(): void {
    const { shelf, clock } = this.#opening;
    const again = (): void => {
      if (!this.#closed) this.#keepClaim();
    };
    const later = clock.background?.bind(clock) ?? clock.timer.bind(clock);
    this.#cancelRenewal = later(CLAIM_MS / 3, () => {
      const { fence } = this.#claimed as Claimed;
      void (async () => shelf.renew(this.id, fence, clock.now() + CLAIM_MS))().then(
        again,
        (error: unknown) => {
          if (error instanceof StoreError && error.kind === "taken") this.#broken ??= { error };
          else again();
        },
      );
    });
  }
}

/** What entries change of what is known of their session. */
export function changeOf(entries: readonly JournalEntry[]): Change {
  let messages = 0;
  let title = "";
  let model = "";
  for (const entry of entries) {
    if (entry.type === "begin") {
      messages += entry.messages?.length ?? 0;
      if (model === "") model = lineOf(`${entry.model.provider}/${entry.model.name}`);
    }
    if (entry.type !== "message") continue;
    messages++;
    if (title === "" && entry.message.role === "user") title = lineOf(messageText(entry.message), TITLE);
  }
  return {
    updated: entries.at(-1)?.at ?? 0,
    messages,
    ...(title !== "" && { title }),
    ...(model !== "" && { model }),
  };
}
