import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { MemoryShelf } from "../../src/store/memory-shelf.ts";
import type { Shelf } from "../../src/store/shelf.ts";
import { SqliteShelf } from "../../src/store/sqlite-shelf.ts";

/** Where sessions of one test are; each shelf of it has the same. */
export interface Place {
  shelf(): Shelf;
}

/** A kind of shelf, for tests that hold for every one. */
export interface Kind {
  readonly name: string;
  place(t: TestContext): Place;
  /** Why there is none here. */
  readonly skip?: string;
}

/** A folder that is gone with its test. */
export function folder(t: TestContext): string {
  const made = mkdtempSync(path.join(tmpdir(), "colloquy-"));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

export const memory: Kind = {
  name: "memory",
  place: () => {
    const shelf = new MemoryShelf();
    // Who closes one of them leaves it to the others.
    shelf.close = () => undefined;
    return { shelf: () => shelf };
  },
};

export const sqlite: Kind = {
  name: "sqlite",
  place: (t) => {
    const file = path.join(folder(t), "sessions.db");
    const open: Shelf[] = [];
    t.after(() => {
      for (const shelf of open) void shelf.close();
    });
    const shelf = (): Shelf => {
      const made = new SqliteShelf(file);
      open.push(made);
      return made;
    };
    return { shelf };
  },
};
