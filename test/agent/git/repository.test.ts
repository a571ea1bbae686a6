import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { GitError, type GitErrorKind } from "../../../src/agent/git/error.ts";
import { openRepository } from "../../../src/agent/git/open-repository.ts";
import { VirtualClock } from "../../support/clock.ts";
import { temporaryFolder } from "../../sandbox/support.ts";
import { checkoutIn, newCheckout, opened, sandboxOf } from "./bench.ts";

function failsAs(kind: GitErrorKind, message = /./): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof GitError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    return true;
  };
}

test("what git knows of a worktree", async (context) => {
  const { folder, git, write, commit } = newCheckout(context);
  const first = commit("a.txt", "one\n", "first");
  for (const name of ["b.txt", "c.txt", "gone.txt", "old name.txt"]) commit(name, `${name}\n`.repeat(5));
  const start = git("rev-parse", "HEAD");
  write("a.txt", "two\n");
  const repository = await opened(context, folder);
  assert.equal(repository.root, folder);
  assert.equal(repository.start, start);
  assert.deepEqual(repository.startChanges, [{ path: "a.txt", status: "modified" }]);
  assert.equal(await repository.head(), start);
  assert.equal(await repository.branch(), "main");

  write("new ü\n.txt", "three\n");
  write("staged.txt", "four\n");
  git("add", "staged.txt");
  git("mv", "old name.txt", "new name.txt");
  rmSync(path.join(folder, "gone.txt"));
  const changes = [...(await repository.changes())].sort((a, b) => (a.path < b.path ? -1 : 1));
  assert.deepEqual(changes, [
    { path: "a.txt", status: "modified" },
    { path: "gone.txt", status: "deleted" },
    { path: "new name.txt", status: "renamed" },
    { path: "new ü\n.txt", status: "untracked" },
    { path: "staged.txt", status: "added" },
  ]);

  const diff = await repository.diff();
  assert.match(diff, /^-one\n\+two$/m);
  assert.match(diff, /^rename to new name\.txt$/m);
  assert.match(diff, /^\+three$/m);
  assert.match(diff, /^\+four$/m);
  assert.match(diff, /^-gone\.txt$/m);
  assert.match(await repository.diff(first), /^\+b\.txt$/m);
  assert.match(await repository.diffOf(first.slice(0, 7)), /^\+one$/m);

  // The diff from the start has what was committed since.
  const last = commit("d.txt", "five\n", "subject\n\nbody \u202E one\n\nbody two");
  assert.match(await repository.diff(), /^\+five$/m);
  const commits = await repository.commits(start);
  assert.equal(commits.length, 1);
  assert.deepEqual(commits[0], { hash: last, subject: "subject", body: "body ‹U+202E› one\n\nbody two" });
  const all = await repository.commits(undefined);
  assert.equal(all.length, 6);
  assert.equal(all[0]?.hash, first);
  assert.equal(all[5]?.hash, last);
});

test("a diff is as it is by itself, whatever the repository's settings say, and shows hidden characters", async (context) => {
  const { folder, git, write, commit } = newCheckout(context);
  commit("a.txt", "one\ntwo\n");
  git("config", "diff.noprefix", "true");
  git("config", "color.ui", "always");
  git("config", "diff.renames", "false");
  git("config", "status.showUntrackedFiles", "no");
  git("config", "diff.orderFile", "absent");
  write("a.txt", "one\n\u202Etwo\r\n");
  write("-", "dash\n");
  const repository = await opened(context, folder);
  const diff = await repository.diff();
  assert.match(diff, /^diff --git a\/a\.txt b\/a\.txt$/m);
  assert.match(diff, /^\+‹U\+202E›two‹U\+000D›$/m);
  assert.match(diff, /^\+dash$/m);
});

test("many files that are not tracked are counted, and folders named", async (context) => {
  const { folder, git, write } = newCheckout(context);
  for (let count = 0; count < 203; count++) write(`many/${count}.txt`, `line ${count}\n`);
  const nested = checkoutIn(path.join(folder, "nested"));
  mkdirSync(nested.folder);
  nested.git("init", "--quiet");
  nested.commit("x.txt", "x\n");
  const repository = await opened(context, folder);
  assert.equal(repository.start, undefined);
  const diff = await repository.diff();
  assert.equal(diff.match(/^\+line/gm)?.length, 200);
  assert.match(diff, /^# nested\/ is not tracked/m);
  assert.match(diff, /^# 3 more files are not tracked/m);
  assert.equal(git("status", "--porcelain"), "?? many/\n?? nested/");
});

test("a repository without commits", async (context) => {
  const { folder, write, git, commit } = newCheckout(context);
  write("a.txt", "one\n");
  const repository = await opened(context, folder);
  assert.equal(repository.start, undefined);
  assert.equal(await repository.head(), undefined);
  assert.equal(await repository.branch(), "main");
  assert.deepEqual(await repository.commits(undefined), []);
  assert.deepEqual(await repository.changes(), [{ path: "a.txt", status: "untracked" }]);
  assert.match(await repository.diff(), /^\+one$/m);
  git("add", "a.txt");
  assert.match(await repository.diff(), /^\+one$/m);
  assert.deepEqual(await repository.newCommits(await repository.tips()), { commits: [], count: 0 });
  await repository.createBranch("work");
  assert.equal(await repository.branch(), "work");
  const first = commit("a.txt", "one\n");
  assert.deepEqual(
    (await repository.commits(repository.start)).map(({ hash }) => hash),
    [first],
  );
  assert.match(await repository.diff(), /^\+one$/m);
});

test("a detached head has no branch", async (context) => {
  const { folder, git, commit } = newCheckout(context);
  const first = commit("a.txt", "one\n");
  commit("a.txt", "two\n");
  git("checkout", "--quiet", first);
  const repository = await opened(context, folder);
  assert.equal(await repository.branch(), undefined);
  assert.equal(await repository.head(), first);
  await repository.createBranch("from-there");
  assert.equal(await repository.branch(), "from-there");
  assert.equal(git("rev-parse", "HEAD"), first);
});

test("no repository, a bare one, and the inside of one have no worktree", async (context) => {
  const folder = temporaryFolder(context);
  const clock = new VirtualClock();
  const bare = path.join(folder, "bare.git");
  checkoutIn(folder).git("init", "--quiet", "--bare", bare);
  // Something in a repository that looks like a bare one is not taken for it.
  const outer = newCheckout(context);
  const planted = path.join(outer.folder, "planted");
  outer.git("init", "--quiet", "--bare", planted);
  outer.git("--git-dir", planted, "config", "core.bare", "false");
  outer.git("--git-dir", planted, "config", "core.worktree", planted);
  for (const each of [folder, bare, path.join(outer.folder, ".git"), planted]) {
    assert.equal(await openRepository({ sandbox: sandboxOf(context, each), clock }), undefined, each);
  }
});

test("a folder in a worktree is of it", async (context) => {
  const { folder, commit, write } = newCheckout(context);
  commit("deep/in/a.txt", "one\n");
  write("b.txt", "two\n");
  const sandbox = sandboxOf(context, folder);
  const link = path.join(temporaryFolder(context), "link");
  symlinkSync(path.join(folder, "deep"), link);
  for (const at of [path.join(folder, "deep/in"), link]) {
    const repository = await openRepository({ sandbox, folder: at });
    assert.equal(repository?.root, folder);
    assert.deepEqual(await repository?.changes(), [{ path: "b.txt", status: "untracked" }]);
  }
});

test("a linked worktree has its own head and branch", async (context) => {
  const { git, commit } = newCheckout(context);
  commit("a.txt", "one\n");
  const linked = path.join(temporaryFolder(context), "linked");
  git("worktree", "add", "--quiet", "-b", "side", linked);
  const repository = await opened(context, linked);
  assert.equal(repository.root, linked);
  assert.equal(await repository.branch(), "side");
  await repository.createBranch("colloquy/x");
  assert.equal(await repository.branch(), "colloquy/x");
  assert.equal(git("branch", "--show-current"), "main");
});

test("a submodule: its commit is told of, and not what is changed in it", async (context) => {
  const inner = newCheckout(context, "inner");
  inner.commit("a.txt", "one\n");
  const { folder, git, commit } = newCheckout(context);
  commit("b.txt", "one\n");
  git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.folder, "sub");
  git("commit", "--quiet", "-m", "with a submodule");
  const sub = checkoutIn(path.join(folder, "sub"));
  const repository = await opened(context, folder);
  sub.write("a.txt", "changed\n");
  assert.deepEqual(await repository.changes(), []);
  const next = sub.commit("a.txt", "two\n");
  assert.deepEqual(await repository.changes(), [{ path: "sub", status: "modified" }]);
  assert.match(await repository.diff(), new RegExp(`^\\+Subproject commit ${next}$`, "m"));
  // In the submodule itself it is a repository as any other.
  const within = await openRepository({ sandbox: sandboxOf(context, folder), folder: sub.folder });
  assert.equal(within?.root, sub.folder);
  assert.equal(await within?.head(), next);
});

test("what git is in the middle of", async (context) => {
  const { folder, git, commit } = newCheckout(context);
  commit("a.txt", "one\n");
  git("branch", "other");
  const mine = commit("a.txt", "two\n");
  git("checkout", "--quiet", "other");
  const theirs = commit("a.txt", "three\n");
  const repository = await opened(context, folder);
  assert.equal(await repository.operation(), undefined);
  const inTheMiddle = async (operation: string, ...begin: readonly string[]): Promise<void> => {
    assert.throws(() => git(...begin));
    assert.equal(await repository.operation(), operation);
    assert.deepEqual(await repository.changes(), [{ path: "a.txt", status: "conflict" }]);
    await repository.diff();
    await assert.rejects(repository.createBranch("x"), failsAs("refused", new RegExp(operation)));
    git(operation, "--abort");
    assert.equal(await repository.operation(), undefined);
  };
  await inTheMiddle("merge", "merge", mine);
  await inTheMiddle("cherry-pick", "cherry-pick", mine);
  await inTheMiddle("rebase", "rebase", "main");
  commit("a.txt", "four\n");
  await inTheMiddle("revert", "revert", "--no-edit", theirs);
  git("bisect", "start");
  assert.equal(await repository.operation(), "bisect");
});

test("what a merge changed is what it brought to its first parent", async (context) => {
  const { folder, git, commit } = newCheckout(context);
  commit("a.txt", "one\n");
  git("checkout", "--quiet", "-b", "other");
  commit("b.txt", "two\n");
  git("checkout", "--quiet", "main");
  commit("c.txt", "three\n");
  git("merge", "--quiet", "--no-edit", "other");
  const repository = await opened(context, folder);
  const diff = await repository.diffOf(repository.start ?? "");
  assert.match(diff, /^\+two$/m);
  assert.doesNotMatch(diff, /three/);
});

test("at most 100 commits are told, the newest of them, and how many there are", async (context) => {
  const { folder, git, commit } = newCheckout(context);
  commit("a.txt", "one\n");
  const tree = git("rev-parse", "HEAD^{tree}");
  const repository = await opened(context, folder);
  const known = await repository.tips();
  let parent = git("rev-parse", "HEAD");
  for (let count = 0; count < 103; count++) {
    parent = git("commit-tree", tree, "-p", parent, "-m", `commit ${count}`);
  }
  git("update-ref", "HEAD", parent);
  const { commits, count } = await repository.newCommits([...known, "0".repeat(39) + "1"]);
  assert.equal(count, 103);
  assert.equal(commits.length, 100);
  assert.equal(commits[0]?.subject, "commit 3");
  assert.equal(commits[99]?.subject, "commit 102");
  assert.deepEqual(await repository.commits(repository.start), commits);
});

test("files as they were committed", async (context) => {
  const { folder, commit, write } = newCheckout(context);
  commit("a b.txt", "one\n");
  commit("folder/c.txt", "");
  write("a b.txt", "two\n");
  const repository = await opened(context, folder);
  const files = await repository.committed(["absent", "a b.txt", "folder", "folder/c.txt", "a b.txt"]);
  assert.deepEqual(
    [...files],
    [
      ["a b.txt", "one\n"],
      ["folder/c.txt", ""],
    ],
  );
});

test("a branch is begun where none is, and nothing else is touched", async (context) => {
  const { folder, git, commit, write } = newCheckout(context);
  const first = commit("a.txt", "one\n");
  commit("b.txt", "one\n");
  write("a.txt", "not committed\n");
  git("add", "a.txt");
  write("c.txt", "not tracked\n");
  const repository = await opened(context, folder);
  const before = git("status", "--porcelain");
  await repository.createBranch("colloquy/fix-it");
  assert.equal(git("branch", "--show-current"), "colloquy/fix-it");
  assert.equal(git("status", "--porcelain"), before);
  await assert.rejects(repository.createBranch("main"), failsAs("exists", /main/));
  await assert.rejects(repository.createBranch("colloquy/fix-it"), failsAs("exists"));
  for (const name of [
    "",
    "-f",
    "--orphan",
    "HEAD",
    "@",
    "a b",
    "a..b",
    "a~1",
    "x.lock",
    "/x",
    "x/",
    "a\nb",
    "refs/heads/x",
    "x\0y",
    "@{-1}",
  ]) {
    await assert.rejects(repository.createBranch(name), failsAs("invalid"), JSON.stringify(name));
  }
  assert.equal(git("branch", "--show-current"), "colloquy/fix-it");
  git("update-ref", "refs/heads/other", first);
  assert.deepEqual(await repository.branchRefs(), [
    "refs/heads/colloquy/fix-it",
    "refs/heads/main",
    "refs/heads/other",
  ]);
});

test("what is no commit is refused, options among it", async (context) => {
  const { folder, git, commit, write } = newCheckout(context);
  commit("a.txt", "one\n");
  const blob = git("rev-parse", "HEAD:a.txt");
  const repository = await opened(context, folder);
  const planted = `--output=${path.join(folder, "planted")}`;
  for (const name of [planted, "-", "", "zzz", "HEAD", blob, "f".repeat(40), "HEAD~1\0", "abc"]) {
    await assert.rejects(repository.diffOf(name), failsAs("invalid"), name);
    if (name === "HEAD") continue;
    await assert.rejects(repository.diff(name), failsAs("invalid"), name);
    await assert.rejects(repository.commits(name), failsAs("invalid"), name);
  }
  write("x.txt", "");
  assert.deepEqual(await repository.changes(), [{ path: "x.txt", status: "untracked" }]);
});

test("a worktree that is said to be elsewhere is refused", async (context) => {
  const elsewhere = temporaryFolder(context);
  const { folder, git, commit } = newCheckout(context);
  commit("a.txt", "one\n");
  git("config", "core.worktree", elsewhere);
  await assert.rejects(
    openRepository({ sandbox: sandboxOf(context, folder) }),
    failsAs("refused", /core\.worktree/),
  );
});

test("without git it says so", async (context) => {
  const { folder } = newCheckout(context);
  const sandbox = sandboxOf(context, folder);
  await assert.rejects(
    openRepository({ sandbox, program: "/absent/git" }),
    failsAs("not-there", /install it/),
  );
});

test("git that does not end is ended, and one that says too much is", async (context) => {
  const { folder, write, commit, git } = newCheckout(context);
  commit("a.txt", "one\n");
  const clock = new VirtualClock();
  const repository = await openRepository({ sandbox: sandboxOf(context, folder), clock });
  assert.ok(repository !== undefined);
  write("a.txt", `${"x".repeat(99)}\n`.repeat(50_000));
  await assert.rejects(repository.diff(), failsAs("too-much", /ask for less/));
  // Git reads more settings from a pipe that nobody writes to.
  git("config", "include.path", path.join(folder, "pipe"));
  execFileSync("sh", ["-c", "mkfifo pipe"], { cwd: folder });
  const ended = assert.rejects(repository.head(), failsAs("timed-out", /30 s/));
  await clock.set(30_000);
  clock.advance(30_000);
  await ended;
});
