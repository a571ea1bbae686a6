import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { freeBranch } from "../../../src/agent/git/branches.ts";
import { GitError } from "../../../src/agent/git/error.ts";
import { slug } from "../../../src/agent/git/slug.ts";
import { titleTool, type NamedRepository } from "../../../src/agent/git/title-tool.ts";
import type { ToolAnswer, ToolContext } from "../../../src/conversation/tool.ts";
import { newCheckout, opened } from "./bench.ts";

function toolOf(repository: NamedRepository | undefined) {
  const titles: string[] = [];
  const tool = titleTool(repository, { onTitle: (title) => void titles.push(title) });
  const call = async (input: unknown): Promise<{ content: string; isError: boolean }> => {
    const { content, isError = false } = (await tool.run(input, {} as ToolContext)) as ToolAnswer;
    assert.ok(typeof content === "string");
    return { content, isError };
  };
  return { titles, call };
}

test("names the work once, and begins a branch with what is not committed", async (context) => {
  const { folder, git, commit, write } = newCheckout(context);
  commit("a.txt", "one\n");
  write("a.txt", "two\n");
  const { titles, call } = toolOf(await opened(context, folder));
  const first = await call({ title: "  Fix the\n login\u202E ", branch: "Fix the Login!" });
  assert.equal(
    first.content,
    "The title is: Fix the login‹U+202E›\nYou are on the new branch colloquy/fix-the-login now (it was main).",
  );
  assert.equal(git("branch", "--show-current"), "colloquy/fix-the-login");
  assert.equal(git("status", "--porcelain"), " M a.txt");
  const again = await call({ title: "Another", branch: "another" });
  assert.equal(again.isError, true);
  assert.match(again.content, /already: Fix the login/);
  assert.deepEqual(titles, ["Fix the login‹U+202E›"]);
  assert.equal(git("branch", "--list", "colloquy/another"), "");
});

test("never a branch that is there, here or at a remote", async (context) => {
  const { folder, git, commit } = newCheckout(context);
  const head = commit("a.txt", "one\n");
  git("branch", "colloquy/work");
  git("update-ref", "refs/remotes/origin/colloquy/work-2", head);
  git("update-ref", "refs/remotes/far/away/colloquy/Work-3", head);
  git("branch", "colloquy/work-4/below");
  const { call } = toolOf(await opened(context, folder));
  assert.match((await call({ title: "Work", branch: "colloquy/work" })).content, /colloquy\/work-5 now/);
  assert.equal(git("branch", "--show-current"), "colloquy/work-5");
});

test("where a branch is called colloquy, none can be below it", async (context) => {
  const { folder, git, commit } = newCheckout(context);
  commit("a.txt", "one\n");
  git("branch", "colloquy");
  const { call } = toolOf(await opened(context, folder));
  assert.match((await call({ title: "Work", branch: "work" })).content, /branch colloquy-work now/);
  assert.equal(git("branch", "--show-current"), "colloquy-work");
});

test("without a repository, without a name, and without commits", async (context) => {
  const without = toolOf(undefined);
  assert.match((await without.call({ title: "Work", branch: "work" })).content, /no git repository here/);
  const { folder, git } = newCheckout(context);
  const repository = await opened(context, folder);
  assert.equal((await toolOf(repository).call({ title: "Work" })).content, "The title is: Work");
  assert.equal(git("branch", "--show-current"), "main");
  assert.match(
    (await toolOf(repository).call({ title: "Work", branch: "work" })).content,
    /colloquy\/work now/,
  );
  assert.equal(git("branch", "--show-current"), "colloquy/work");
});

test("what is refused names nothing, and can be said again", async (context) => {
  const { folder, git, commit } = newCheckout(context);
  const head = commit("a.txt", "one\n");
  const { titles, call } = toolOf(await opened(context, folder));
  for (const input of [
    { title: " \n " },
    { title: "Work", branch: "" },
    { title: "Work", branch: "工作" },
    { title: "Work", branch: "colloquy/../.." },
  ]) {
    assert.equal((await call(input)).isError, true, JSON.stringify(input));
  }
  git("update-ref", "MERGE_HEAD", head);
  const merging = await call({ title: "Work", branch: "work" });
  assert.equal(merging.isError, true);
  assert.match(merging.content, /in the middle of a merge/);
  git("update-ref", "-d", "MERGE_HEAD");
  assert.deepEqual(titles, []);
  assert.equal((await call({ title: "x".repeat(200), branch: "work" })).isError, false);
  assert.deepEqual(titles, ["x".repeat(100)]);
});

test("two calls at once begin one branch; a name that is taken meanwhile is passed by", async () => {
  const branches = ["refs/heads/main"];
  let late = true;
  const repository: NamedRepository = {
    branch: () => Promise.resolve("main"),
    branchRefs: () => Promise.resolve([...branches]),
    createBranch: (name) => {
      branches.push(`refs/heads/${name}`);
      if (!late) return Promise.resolve();
      late = false;
      return Promise.reject(new GitError("exists", "it is there"));
    },
  };
  const { call, titles } = toolOf(repository);
  const [one, two] = await Promise.all([
    call({ title: "One", branch: "x" }),
    call({ title: "Two", branch: "y" }),
  ]);
  assert.match(one.content, /branch colloquy\/x-2 now/);
  assert.equal(two.isError, true);
  assert.deepEqual(titles, ["One"]);
});

test("whatever is given, a slug is plain, and git takes the branch", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
      assert.match(slug(text), /^(?:[a-z0-9](?:-?[a-z0-9])*)?$/);
      assert.ok(slug(text).length <= 48);
      assert.equal(slug(slug(text)), slug(text));
    }),
  );
  assert.equal(slug("Größe der Übergabe (v2)"), "grosse-der-ubergabe-v2");
});

test("a free name is never one that is there", () => {
  const name = fc.constantFrom("a", "a-2", "a-3", "b", "c/a", "A-2", "c");
  const ref = fc
    .tuple(fc.constantFrom("refs/heads/", "refs/remotes/origin/"), name)
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(name, fc.array(ref), (wanted, refs) => {
      const free = freeBranch(wanted, refs).toLowerCase();
      for (const each of refs) assert.ok(!each.toLowerCase().endsWith(`/${free}`), `${free} and ${each}`);
    }),
  );
});
