import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { commitWatch } from "../../../src/agent/git/commit-watch.ts";
import type { AgentEvent, CommitsEvent } from "../../../src/agent/event.ts";
import type { TurnOutcome } from "../../../src/conversation/turn.ts";
import { newCheckout, opened, type Checkout } from "./bench.ts";

const outcome: TurnOutcome = { end: "done", text: "", steps: 1 };
const { signal } = new AbortController();

/** A watch, with what it announced since it was last asked. */
async function watching(context: TestContext, { folder }: Checkout) {
  const watch = commitWatch(await opened(context, folder));
  const events: AgentEvent[] = [];
  const announce = (event: AgentEvent): void => void events.push(event);
  const said = (): string[] =>
    events
      .splice(0)
      .flatMap((event) =>
        event.type === "commits"
          ? [`${event.branch ?? "detached"}: ${shown(event)}`]
          : event.type === "notice"
            ? [event.text]
            : [],
      );
  return {
    begin: () => watch.beforeTurn?.(announce),
    step: async (): Promise<{ hint: string | undefined; said: string[] }> => {
      const hint = await watch.afterStep?.(announce, signal);
      return { hint, said: said() };
    },
    end: async (): Promise<string[]> => {
      assert.equal(await watch.afterTurn?.(outcome, announce, signal), undefined);
      return said();
    },
  };
}

function shown({ commits }: CommitsEvent): string {
  return commits.map(({ subject }) => subject).join(", ");
}

test("new commits are told after the step and at the end of the turn, oldest first, and once", async (context) => {
  const checkout = newCheckout(context);
  const { commit } = checkout;
  commit("a.txt", "0\n", "before");
  const { begin, step, end } = await watching(context, checkout);
  await begin();
  assert.deepEqual(await step(), { hint: undefined, said: [] });
  commit("a.txt", "1\n", "one");
  commit("a.txt", "2\n", "two");
  assert.deepEqual((await step()).said, ["main: one, two"]);
  assert.deepEqual((await step()).said, []);
  commit("a.txt", "3\n", "three");
  assert.deepEqual(await end(), ["main: three"]);
  // What its user commits between two turns is no news of the next.
  commit("a.txt", "4\n", "by somebody else");
  await begin();
  assert.deepEqual((await step()).said, []);
  assert.deepEqual(await end(), []);
});

test("amended and rebased commits are new; going to another branch, and back, is not", async (context) => {
  const checkout = newCheckout(context);
  const { commit, git } = checkout;
  const first = commit("a.txt", "0\n", "before");
  git("checkout", "--quiet", "-b", "old");
  commit("b.txt", "1\n", "of old");
  git("checkout", "--quiet", "main");
  const { begin, step } = await watching(context, checkout);
  await begin();
  git("checkout", "--quiet", "old");
  assert.deepEqual((await step()).said, []);
  git("checkout", "--quiet", "main");
  assert.deepEqual((await step()).said, []);

  const one = commit("c.txt", "1\n", "one");
  assert.deepEqual((await step()).said, ["main: one"]);
  git("commit", "--quiet", "--amend", "-m", "one, amended");
  assert.deepEqual((await step()).said, ["main: one, amended"]);
  git("reset", "--quiet", "--hard", first);
  assert.deepEqual((await step()).said, []);
  git("reset", "--quiet", "--hard", one);
  assert.deepEqual((await step()).said, []);
  commit("d.txt", "2\n", "two");
  assert.deepEqual((await step()).said, ["main: two"]);
  git("rebase", "--quiet", "old");
  assert.deepEqual((await step()).said, ["main: one, two"]);
  git("merge", "--quiet", "--no-edit", "old");
  git("checkout", "--quiet", "--detach");
  commit("e.txt", "3\n", "three");
  assert.deepEqual((await step()).said, ["detached: three"]);
  git("checkout", "--quiet", "--orphan", "anew");
  assert.deepEqual((await step()).said, []);
  commit("f.txt", "4\n", "four");
  assert.deepEqual((await step()).said, ["anew: four"]);
});

test("commit and reset and commit in one step: none is told twice, though it is no tip any more", async (context) => {
  const checkout = newCheckout(context);
  const { commit, git } = checkout;
  const first = commit("a.txt", "0\n", "before");
  const { begin, step } = await watching(context, checkout);
  await begin();
  commit("a.txt", "1\n", "one");
  const two = commit("a.txt", "2\n", "two");
  assert.deepEqual((await step()).said, ["main: one, two"]);
  git("reset", "--quiet", "--hard", first);
  assert.deepEqual((await step()).said, []);
  await begin();
  git("reset", "--quiet", "--hard", two);
  assert.deepEqual((await step()).said, []);
});

test("the first commit of a repository", async (context) => {
  const checkout = newCheckout(context);
  const { begin, step } = await watching(context, checkout);
  await begin();
  assert.deepEqual((await step()).said, []);
  checkout.commit("a.txt", "1\n", "first");
  assert.deepEqual((await step()).said, ["main: first"]);
});

test("of more than 100 commits the newest are told, and that there are more", async (context) => {
  const checkout = newCheckout(context);
  const { commit, git } = checkout;
  let parent = commit("a.txt", "0\n", "before");
  const { begin, step } = await watching(context, checkout);
  await begin();
  const tree = git("rev-parse", "HEAD^{tree}");
  for (let count = 1; count <= 101; count++) {
    parent = git("commit-tree", tree, "-p", parent, "-m", `number ${count}`);
  }
  git("update-ref", "HEAD", parent);
  const { said } = await step();
  assert.match(said[0] ?? "", /^main: number 2, .*, number 101$/);
  assert.equal(said[1], "101 commits are new; the newest 100 of them are told.");
});

test("one commit has the model format it, once in a turn, where the project has a formatter", async (context) => {
  const checkout = newCheckout(context);
  const { commit, git } = checkout;
  commit("go.mod", "module x\n");
  const { begin, step, end } = await watching(context, checkout);
  await begin();
  commit("a.go", "1\n");
  assert.match((await step()).hint ?? "", /gofmt -w FILES/);
  git("commit", "--quiet", "--amend", "-m", "formatted");
  assert.equal((await step()).hint, undefined);
  commit("a.go", "2\n");
  assert.equal((await step()).hint, undefined);
  await end();
  await begin();
  commit("a.go", "3\n");
  commit("a.go", "4\n");
  assert.equal((await step()).hint, undefined);
  commit("a.go", "5\n");
  assert.match((await step()).hint ?? "", /gofmt/);
  git("rm", "--quiet", "go.mod");
  git("commit", "--quiet", "-m", "no Go any more");
  await begin();
  commit("a.go", "6\n");
  assert.equal((await step()).hint, undefined);
});

test("where git failed, nothing old is told as new", async (context) => {
  const checkout = newCheckout(context);
  const { commit, git, folder } = checkout;
  commit("a.txt", "0\n", "before");
  const { begin, step, end } = await watching(context, checkout);
  const broken = path.join(folder, ".git/HEAD");
  const whole = readFileSync(broken);
  writeFileSync(broken, "no ref");
  await assert.rejects(async () => begin());
  writeFileSync(broken, whole);
  assert.deepEqual((await step()).said, []);
  await begin();
  commit("a.txt", "1\n", "one");
  writeFileSync(broken, "no ref");
  await assert.rejects(step());
  // Once is enough.
  assert.deepEqual(await end(), []);
  writeFileSync(broken, whole);
  await begin();
  assert.equal(git("log", "-1", "--format=%s"), "one");
  assert.deepEqual((await step()).said, []);
});
