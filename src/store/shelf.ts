import type { Holder } from "./holder.ts";

/** At once, or later. */
export type Awaitable<Value> = Value | Promise<Value>;

/** A long text that is kept outside its row, once in a session however often it is said. */
export interface Blob {
  /** The SHA-256 of the text, in hexadecimal, the first 32 digits. */
  readonly hash: string;
  readonly text: string;
}

/** One entry of a journal as a shelf keeps it. */
export interface Row {
  /** Counts the rows of a session from 1, without gaps. */
  readonly seq: number;
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly body: string;
  /** The CRC-32 of the body, as UTF-8. */
  readonly sum: number;
}

/** A row to be written, with what belongs to it. */
export interface NewRow extends Row {
  readonly blobs: readonly Blob[];
  /** What it can be found by, as `wordsIn` gives it; empty where it is not to be found. */
  readonly words: readonly string[];
}

/** What is known of a session without reading it. */
export interface SessionInfo {
  readonly id: string;
  /** Given by a person, or the beginning of what was said first; empty before that. */
  readonly title: string;
  /** In milliseconds since 1970. */
  readonly created: number;
  readonly updated: number;
  /** The folder that it was begun in; empty where there is none. */
  readonly folder: string;
  /** The model, as `provider/name`; empty before the first entry. */
  readonly model: string;
  /** How many messages were said in it. */
  readonly messages: number;
  /** The session that it was forked from; empty where it was not. */
  readonly origin: string;
}

/** What an append changes of what is known of its session. */
export interface Change {
  readonly updated: number;
  /** So many messages are new. */
  readonly messages: number;
  /** A title, for a session without one. */
  readonly title?: string;
  readonly model?: string;
}

/** A session that was claimed for writing. */
export interface Claimed {
  /** Grows with each claim: an append with an older number is refused. */
  readonly fence: number;
  /** The number of the last row. */
  readonly last: number;
}

/** Which sessions are listed, newest first. */
export interface ListQuery {
  readonly most: number;
  /** So many are left out before. */
  readonly skip?: number;
  /** Only those that were begun in this folder. */
  readonly folder?: string;
}

/**
 * What a store keeps rows on. It knows nothing of conversations. All that one call does is done or not, whatever
 * happens; an append is durable when it is done. Shelves that work at once return no promises.
 */
export interface Shelf {
  /** Adds a session with its first rows, claimed by this holder. @throws StoreError `taken` where its id is. */
  add(info: SessionInfo, rows: readonly NewRow[], holder: Holder, until: number): Awaitable<Claimed>;
  /** @throws StoreError `held` unless nobody holds it, its time is up by `now`, or `isGone` says so of its holder. */
  claim(
    id: string,
    holder: Holder,
    until: number,
    now: number,
    isGone: (holder: Holder) => boolean,
  ): Awaitable<Claimed>;
  /** Says that the holder is still there. @throws StoreError `taken` */
  renew(id: string, fence: number, until: number): Awaitable<void>;
  /** Lets go; nothing happens where another process has it meanwhile. */
  release(id: string, fence: number): Awaitable<void>;
  /** @throws StoreError `taken` when the claim is not the last one. */
  append(id: string, fence: number, rows: readonly NewRow[], change: Change): Awaitable<void>;
  /** The rows behind this one, oldest first, at most so many. */
  rows(id: string, after: number, most: number): Awaitable<readonly Row[]>;
  /** The text of a blob; undefined where it is not there or not what it was. */
  blob(id: string, hash: string): Awaitable<string | undefined>;
  /** What is known of a session, and the number of its last row. */
  info(id: string): Awaitable<(SessionInfo & { readonly last: number }) | undefined>;
  /** Ids that begin like this, at most so many. */
  complete(prefix: string, most: number): Awaitable<readonly string[]>;
  list(query: ListQuery): Awaitable<readonly SessionInfo[]>;
  /** Rows in which each of these words stands, or one that begins with it; of the newest sessions first. None finds nothing. */
  search(
    words: readonly string[],
    query: ListQuery,
  ): Awaitable<readonly { readonly id: string; readonly seq: number }[]>;
  rename(id: string, title: string): Awaitable<boolean>;
  remove(id: string): Awaitable<boolean>;
  /** What is wrong with the shelf itself, in words; nothing where all is well. */
  problems(): Awaitable<readonly string[]>;
  close(): Awaitable<void>;
}
