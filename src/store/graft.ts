import { closeSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { openDamaged } from "./sqlite.ts";

/** Where things stand on the first page: https://www.sqlite.org/fileformat2.html#the_database_header */
const HEADER = { changes: 24, pages: 28, freeTrunk: 32, freeCount: 36, validFor: 92 } as const;

/** The page size of our files. */
const PAGE = 4096;

/**
 * Gives a damaged file the first page of a new one where its own says nothing sensible: it tells where the tables begin,
 * and is the same in all files of one version.
 */
export function graft(fresh: string, damaged: string): void {
  if (hasTables(damaged)) return;
  const page = Buffer.alloc(PAGE);
  const from = openSync(fresh, "r");
  readSync(from, page, 0, PAGE, 0);
  closeSync(from);
  page.writeUInt32BE(Math.max(1, Math.floor(statSync(damaged).size / PAGE)), HEADER.pages);
  page.writeUInt32BE(page.readUInt32BE(HEADER.changes), HEADER.validFor);
  page.writeUInt32BE(0, HEADER.freeTrunk);
  page.writeUInt32BE(0, HEADER.freeCount);
  const to = openSync(damaged, "r+");
  writeSync(to, page, 0, PAGE, 0);
  closeSync(to);
}

function hasTables(file: string): boolean {
  try {
    const database = openDamaged(file);
    try {
      for (const table of ["sessions", "entries", "blobs"])
        database.prepare(`SELECT * FROM ${table} LIMIT 0`).all();
      return true;
    } finally {
      database.close();
    }
  } catch {
    return false;
  }
}
