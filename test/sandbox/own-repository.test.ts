import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { ownRepositoryElsewhere } from "../../src/agent/sandbox/git-places.ts";
import { temporaryFolder } from "./support.ts";

test("a worktree's repository is written for it only where that repository knows it", (t) => {
  const root = temporaryFolder(t);
  const home = path.join(root, "home");
  const linked = path.join(root, "linked");
  mkdirSync(home);
  const git = (...argv: readonly string[]): void => {
    const as = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
    execFileSync("git", [...as, ...argv], { cwd: home, stdio: "ignore" });
  };
  git("init", "-q");
  git("commit", "-q", "--allow-empty", "-m", "first");
  git("worktree", "add", "-q", linked);
  const own = path.join(home, ".git/worktrees/linked");
  assert.deepEqual(ownRepositoryElsewhere(linked), [own, path.join(home, ".git")]);
  assert.deepEqual(ownRepositoryElsewhere(home), []);

  // Others that say they are of that repository, or name any place at all.
  for (const told of [own, path.join(home, ".git"), "/etc", "../home"]) {
    const other = temporaryFolder(t);
    writeFileSync(path.join(other, ".git"), `gitdir: ${told}\n`);
    assert.deepEqual(ownRepositoryElsewhere(other), [], told);
  }
});
