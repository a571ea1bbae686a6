import type { Change } from "./repository.ts";

/** What `git status --porcelain=v2 -z` says (https://git-scm.com/docs/git-status#_porcelain_format_version_2). Pure. */
export function readStatus(text: string): Change[] {
  const changes: Change[] = [];
  const records = text.split("\0");
  for (let at = 0; at < records.length; at++) {
    const record = records[at] ?? "";
    switch (record.charAt(0)) {
      case "1":
        changes.push({ path: fieldsAfter(record, 8), status: statusOf(record.slice(2, 4)) });
        break;
      case "2":
        changes.push({
          path: fieldsAfter(record, 9),
          status: record.slice(2, 4).includes("R") ? "renamed" : "added",
        });
        at++; // Where it was before.
        break;
      case "u":
        changes.push({ path: fieldsAfter(record, 10), status: "conflict" });
        break;
      case "?":
        changes.push({ path: record.slice(2), status: "untracked" });
        break;
    }
  }
  return changes;
}

/** A path may hold blanks; what stands before it does not. */
function fieldsAfter(record: string, fields: number): string {
  let at = 0;
  for (let count = 0; count < fields; count++) at = record.indexOf(" ", at) + 1;
  return record.slice(at);
}

/** @param letters what became of it in the index, and then in the worktree. */
function statusOf(letters: string): Change["status"] {
  if (letters.includes("D")) return "deleted";
  return letters.includes("A") ? "added" : "modified";
}
