import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { GitError } from "../../../src/agent/git/error.ts";
import { openRepository } from "../../../src/agent/git/open-repository.ts";
import { createWorktree, removeWorktree } from "../../../src/agent/git/worktree.ts";
import { openSandbox } from "../../../src/agent/sandbox/open-sandbox.ts";
import { temporaryFolder, withoutBwrap } from "../../sandbox/support.ts";
import { checkoutIn, newCheckout, sandboxOf } from "./bench.ts";
import { hostileCheckout } from "./hostile.ts";

function folderFor(context: TestContext): string {
  const into = path.join(temporaryFolder(context), "worktrees");
  mkdirSync(into);
  return into;
}

test("a worktree is beside the user's checkout, which is not touched", async (context) => {
  const { folder, git, commit, write } = newCheckout(context);
  const start = commit("a.txt", "one\n");
  write("a.txt", "the user's\n");
  write("b.txt", "the user's\n");
  const into = folderFor(context);
  const setting = { sandbox: sandboxOf(context, folder), folder };
  const before = git("status", "--porcelain", "--branch");
  const worktree = await createWorktree({ ...setting, name: "Fix it", into });
  assert.deepEqual(worktree, {
    folder: path.join(into, "fix-it"),
    branch: "colloquy/fix-it",
    start,
    writable: [path.join(folder, ".git")],
  });
  assert.equal(readFileSync(path.join(worktree.folder, "a.txt"), "utf8"), "one\n");
  assert.equal(existsSync(path.join(worktree.folder, "b.txt")), false);
  const second = await createWorktree({ ...setting, name: "fix-it", into });
  assert.equal(second.branch, "colloquy/fix-it-2");
  assert.equal(second.folder, path.join(into, "fix-it-2"));
  assert.equal(git("status", "--porcelain", "--branch"), before);

  // From a worktree there is another one.
  const third = await createWorktree({ ...setting, folder: worktree.folder, name: "more", into });
  assert.deepEqual(third.writable, worktree.writable);

  const inside = checkoutIn(worktree.folder);
  inside.write("a.txt", "not committed\n");
  await assert.rejects(
    removeWorktree({ ...setting, worktree }),
    (error) =>
      error instanceof GitError && error.kind === "failed" && /modified or untracked/.test(error.message),
  );
  const last = inside.commit("a.txt", "two\n");
  await removeWorktree({ ...setting, worktree });
  assert.equal(existsSync(worktree.folder), false);
  assert.equal(git("rev-parse", worktree.branch), last);
  // Nothing was committed on it, so the branch goes too.
  checkoutIn(second.folder).write("c.txt", "lost\n");
  await removeWorktree({ ...setting, worktree: second, discard: true });
  assert.equal(git("branch", "--list", second.branch), "");
  assert.equal(git("status", "--porcelain", "--branch"), before);
});

test("without a commit, a name or a repository there is no worktree", async (context) => {
  const { folder, commit } = newCheckout(context);
  const into = folderFor(context);
  const sandbox = sandboxOf(context, folder);
  const fails = (kind: string) => (error: unknown) => error instanceof GitError && error.kind === kind;
  await assert.rejects(createWorktree({ sandbox, folder, name: "x", into }), fails("refused"));
  commit("a.txt", "one\n");
  await assert.rejects(createWorktree({ sandbox, folder, name: "..", into }), fails("invalid"));
  await assert.rejects(createWorktree({ sandbox, folder: into, name: "x", into }), fails("failed"));
});

test("a worktree of a hostile repository runs nothing of it", async (context) => {
  const { folder, ran } = hostileCheckout(context);
  const setting = { sandbox: sandboxOf(context, folder), folder };
  const worktree = await createWorktree({ ...setting, name: "x", into: folderFor(context) });
  assert.equal(readFileSync(path.join(worktree.folder, "filtered-0.txt"), "utf8"), "one\n");
  assert.deepEqual(ran(), []);
  await removeWorktree({ ...setting, worktree, discard: true });
  assert.deepEqual(ran(), []);
});

test("made in bubblewrap, it can be worked in", { skip: withoutBwrap }, async (context) => {
  const { folder, git, commit } = newCheckout(context);
  commit("a.txt", "one\n");
  const into = folderFor(context);
  const beside = await openSandbox({ kind: "bwrap", workspace: folder, writable: [into] });
  context.after(() => beside.close());
  const worktree = await createWorktree({ sandbox: beside, folder, name: "x", into });
  const sandbox = await openSandbox({
    kind: "bwrap",
    workspace: worktree.folder,
    writable: worktree.writable,
  });
  context.after(() => sandbox.close());
  const repository = await openRepository({ sandbox });
  assert.equal(repository?.root, worktree.folder);
  assert.equal(await repository?.branch(), "colloquy/x");
  const who = ["-c", "user.name=Agent", "-c", "user.email=agent@example.com"];
  const committing = sandbox.start({
    argv: ["git", ...who, "commit", "--quiet", "--allow-empty", "-m", "by the agent"],
  });
  assert.deepEqual(await committing.exit, { type: "code", code: 0 });
  assert.equal(git("log", "-1", "--format=%s", "colloquy/x"), "by the agent");
  assert.equal(git("branch", "--show-current"), "main");
});
