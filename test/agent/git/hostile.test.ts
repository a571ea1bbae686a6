import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import path from "node:path";
import { suite, test } from "node:test";
import { GitError } from "../../../src/agent/git/error.ts";
import { openRepository } from "../../../src/agent/git/open-repository.ts";
import { openSandbox } from "../../../src/agent/sandbox/open-sandbox.ts";
import type { Sandbox } from "../../../src/agent/sandbox/sandbox.ts";
import { withoutBwrap } from "../../sandbox/support.ts";
import { newCheckout, sandboxOf } from "./bench.ts";
import { contents, hostileCheckout, type Hostile } from "./hostile.ts";

suite("a hostile repository", () => {
  test("has what makes git run something", (context) => {
    const { git, ran, forget } = hostileCheckout(context);
    // As its user would look at it.
    const looked = (...args: readonly string[]): readonly string[] => {
      forget();
      try {
        git(...args);
      } catch {
        // A trap is no good filter.
      }
      return ran();
    };
    // Git goes no further than to the first filter that fails.
    const status = [...looked("status"), ...looked("status", "--", "sub")];
    for (const name of [
      "fsmonitor",
      "clean lfs",
      "process a=b",
      "fsmonitor of a submodule",
      "clean of a submodule",
    ]) {
      assert.ok(status.includes(name), `${name} is not among ${status.join()}`);
    }
    const diffed = looked("diff", "--", "text.conv", "external.ext");
    assert.ok(diffed.includes("diff of a kind") || diffed.includes("diff"), diffed.join());
    assert.ok(looked("diff", "--no-ext-diff", "--", "text.conv").includes("textconv"));
    assert.ok(looked("log").includes("gpg"));
    const branched = looked("checkout", "-b", "x");
    assert.ok(branched.includes("hook reference-transaction"), branched.join());
  });

  test("runs nothing when it is looked at, and nothing in it is written", async (context) => {
    const hostile = hostileCheckout(context);
    await lookedAt(hostile, sandboxOf(context, hostile.folder));
  });

  test("runs nothing in bubblewrap either", { skip: withoutBwrap }, async (context) => {
    const hostile = hostileCheckout(context);
    const sandbox = await openSandbox({ kind: "bwrap", workspace: hostile.folder });
    context.after(() => sandbox.close());
    await lookedAt(hostile, sandbox);
  });

  test("cannot have missing objects fetched", async (context) => {
    const { folder, git, commit, write } = newCheckout(context);
    commit("a.txt", "one\n");
    const mark = path.join(folder, ".git/fetched");
    const blob = git("rev-parse", "HEAD:a.txt");
    const commitHash = git("rev-parse", "HEAD");
    rmSync(path.join(folder, ".git/objects", blob.slice(0, 2), blob.slice(2)));
    // Git takes a file that it knows for the object.
    rmSync(path.join(folder, "a.txt"));
    git("config", "core.repositoryFormatVersion", "1");
    git("config", "extensions.partialClone", "origin");
    git("config", "remote.origin.promisor", "true");
    write(".git/fetch.sh", `echo x >'${mark}'\n`);
    git("config", "remote.origin.uploadpack", `sh ${folder}/.git/fetch.sh`);
    git("config", "protocol.allow", "always");
    git("config", "protocol.ext.allow", "always");
    git("config", "protocol.file.allow", "always");
    const isMarked = (): boolean => contents(path.join(folder, ".git")).has(mark);
    const repository = await openRepository({ sandbox: sandboxOf(context, folder) });
    assert.ok(repository !== undefined);
    for (const url of [`ext::sh ${folder}/.git/fetch.sh`, folder]) {
      git("config", "remote.origin.url", url);
      await assert.rejects(
        repository.diffOf(commitHash),
        (error) => error instanceof GitError && error.kind === "failed",
      );
      assert.deepEqual([...(await repository.committed(["a.txt", "a.txt"]))], []);
      assert.equal(isMarked(), false, url);
      // Its user's own git does fetch.
      assert.throws(() => git("show"));
      assert.equal(isMarked(), true, url);
      rmSync(mark);
    }
  });

  test("with more filters than can be turned off is refused", async (context) => {
    const { folder, commit, write } = newCheckout(context);
    commit("a.txt", "one\n");
    const filters = Array.from({ length: 201 }, (_, at) => `[filter "f${at}"]\n\tclean = false\n`);
    write(".git/more", filters.join(""));
    write(".git/config", "[include]\n\tpath = more\n");
    await assert.rejects(
      openRepository({ sandbox: sandboxOf(context, folder) }),
      (error) => error instanceof GitError && error.kind === "refused" && /filters/.test(error.message),
    );
  });
});

async function lookedAt({ folder, ran, git }: Hostile, sandbox: Sandbox): Promise<void> {
  const before = contents(folder);
  const repository = await openRepository({ sandbox });
  assert.ok(repository !== undefined);
  const changes = await repository.changes();
  assert.ok(changes.some(({ path }) => path === "filtered-0.txt"));
  assert.ok(!changes.some(({ path }) => path === "sub"));
  assert.equal(await repository.branch(), "main");
  assert.equal((await repository.commits(undefined)).length, 11);
  const diff = await repository.diff();
  assert.match(diff, /^\+two$/m);
  assert.match(diff, /^\+three$/m);
  assert.match(await repository.diffOf(repository.start ?? ""), /^\+/m);
  assert.equal((await repository.newCommits([])).count, 11);
  await repository.tips();
  await repository.branchRefs();
  await repository.operation();
  await repository.committed(["text.conv"]);
  assert.deepEqual(ran(), []);
  assert.deepEqual(contents(folder), before);
  await repository.createBranch("colloquy/x");
  assert.deepEqual(ran(), []);
  assert.equal(await repository.branch(), "colloquy/x");
  assert.match(git("for-each-ref"), /colloquy\/x/);
}
