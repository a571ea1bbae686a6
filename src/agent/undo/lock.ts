import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { holderLine, isGone, readHolder, thisProcess } from "../../store/holder.ts";
import { codeOf, UndoError } from "./errors.ts";

/**
 * Takes a lock that one process has at a time; one whose holder is certainly no more is taken over. Returns what lets
 * it go.
 * @throws UndoError `held`
 */
export function takeLock(file: string): () => void {
  const own = `${file}.${randomBytes(8).toString("hex")}`;
  writeFileSync(own, holderLine(thisProcess()), { flag: "wx", mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 8; attempt++) {
      try {
        // Unlike a rename it never takes another one's place, and the lock is never seen without its holder.
        linkSync(own, file);
        return () => rmSync(file, { force: true });
      } catch (error) {
        if (codeOf(error) !== "EEXIST") throw error;
      }
      removeIfGone(file);
    }
    throw new UndoError("held", "another process keeps on taking the lock of this undo store; try again");
  } finally {
    rmSync(own, { force: true });
  }
}

function removeIfGone(file: string): void {
  const text = read(file);
  if (text === undefined) return;
  const holder = readHolder(text);
  if (holder !== undefined && !isGone(holder)) {
    const { host, pid } = holder;
    throw new UndoError(
      "held",
      `process ${pid} on ${host} works with these restore points; end that conversation first (or, where it is no more, delete ${file})`,
    );
  }
  const aside = `${file}.${randomBytes(8).toString("hex")}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  // Somebody who lives may have taken it in between: then it is his.
  if (read(aside) !== text) {
    try {
      linkSync(aside, file);
    } catch {
      // Yet another one has it; he who lost it is told when he sees that it is not his.
    }
  }
  rmSync(aside, { force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
