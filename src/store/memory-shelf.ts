import type { Holder } from "./holder.ts";
import { held, noSession, taken, there } from "./refusals.ts";
import type { Change, Claimed, ListQuery, NewRow, Row, SessionInfo, Shelf } from "./shelf.ts";

interface Kept {
  info: SessionInfo;
  readonly rows: NewRow[];
  readonly blobs: Map<string, string>;
  fence: number;
  holder: Holder | undefined;
  until: number;
}

/** A shelf that is gone with its process: for tests, and for who wants sessions without a file. */
export class MemoryShelf implements Shelf {
  readonly #sessions = new Map<string, Kept>();

  add(info: SessionInfo, rows: readonly NewRow[], holder: Holder, until: number): Claimed {
    if (this.#sessions.has(info.id)) throw there(info.id);
    const kept: Kept = { info, rows: [], blobs: new Map(), fence: 1, holder, until };
    keep(kept, rows);
    this.#sessions.set(info.id, kept);
    return { fence: 1, last: kept.rows.length };
  }

  claim(
    id: string,
    holder: Holder,
    until: number,
    now: number,
    isGone: (holder: Holder) => boolean,
  ): Claimed {
    const kept = this.#of(id);
    if (kept.holder !== undefined && kept.until > now && !isGone(kept.holder)) throw held(id, kept.holder);
    kept.fence++;
    Object.assign(kept, { holder, until });
    return { fence: kept.fence, last: kept.rows.length };
  }

  renew(id: string, fence: number, until: number): void {
    this.#claimed(id, fence).until = until;
  }

  release(id: string, fence: number): void {
    const kept = this.#sessions.get(id);
    if (kept?.fence === fence) kept.holder = undefined;
  }

  append(id: string, fence: number, rows: readonly NewRow[], change: Change): void {
    const kept = this.#claimed(id, fence);
    keep(kept, rows);
    const { title, model, messages } = kept.info;
    kept.info = {
      ...kept.info,
      updated: change.updated,
      messages: messages + change.messages,
      title: title === "" ? (change.title ?? "") : title,
      model: model === "" ? (change.model ?? "") : model,
    };
  }

  rows(id: string, after: number, most: number): readonly Row[] {
    return this.#of(id).rows.slice(after, after + most);
  }

  blob(id: string, hash: string): string | undefined {
    return this.#of(id).blobs.get(hash);
  }

  info(id: string): (SessionInfo & { readonly last: number }) | undefined {
    const kept = this.#sessions.get(id);
    return kept && { ...kept.info, last: kept.rows.length };
  }

  complete(prefix: string, most: number): readonly string[] {
    const ids = [...this.#sessions.keys()].filter((id) => id.startsWith(prefix));
    return ids.sort().slice(0, most);
  }

  list({ most, skip = 0, folder }: ListQuery): readonly SessionInfo[] {
    return this.#newest()
      .map(({ info }) => info)
      .filter((info) => folder === undefined || info.folder === folder)
      .slice(skip, skip + most);
  }

  search(
    words: readonly string[],
    { most, skip = 0, folder }: ListQuery,
  ): readonly { readonly id: string; readonly seq: number }[] {
    if (words.length === 0) return [];
    return this.#newest()
      .filter(({ info }) => folder === undefined || info.folder === folder)
      .flatMap(({ info: { id }, rows }) =>
        rows
          .filter((row) => words.every((word) => row.words.some((each) => each.startsWith(word))))
          .map(({ seq }) => ({ id, seq })),
      )
      .slice(skip, skip + most);
  }

  rename(id: string, title: string): boolean {
    const kept = this.#sessions.get(id);
    if (kept !== undefined) kept.info = { ...kept.info, title };
    return kept !== undefined;
  }

  remove(id: string): boolean {
    return this.#sessions.delete(id);
  }

  problems(): readonly string[] {
    return [];
  }

  close(): void {
    this.#sessions.clear();
  }

  /** The newest first; of those that changed at once, the one that was added last. */
  #newest(): readonly Kept[] {
    return [...this.#sessions.values()].reverse().sort((a, b) => b.info.updated - a.info.updated);
  }

  #of(id: string): Kept {
    const kept = this.#sessions.get(id);
    if (kept === undefined) throw noSession(id);
    return kept;
  }

  #claimed(id: string, fence: number): Kept {
    const kept = this.#sessions.get(id);
    if (kept?.fence !== fence) throw taken(id);
    return kept;
  }
}

function keep(kept: Kept, rows: readonly NewRow[]): void {
  // All of them can be read, or none is kept.
  const blobs = rows.flatMap((row) => row.blobs);
  kept.rows.push(...rows);
  for (const { hash, text } of blobs) kept.blobs.set(hash, text);
}
