import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as macrotask } from "node:timers/promises";
import { shownDiff } from "../../../../src/agent/tools/tasks/shown-diff.ts";
import { defineTool } from "../../../../src/conversation/tool.ts";
import { messageText } from "../../../../src/llm/message.ts";
import { calls, script, workBench, type WorkBench } from "./bench.ts";

const findings = (...all: readonly object[]): string => `echo: ${JSON.stringify({ findings: all })}`;
const review = (task?: string): string => calls("review", { task });
const done = calls("done", { summary: "s" });
const DIFF = "diff --git a/src/a.ts b/src/a.ts\n-one\n+two\u202e\n";

/** What the reviewer was told first. */
function asked(b: WorkBench): string {
  const first = b.events.find(
    (event) => event.type === "message" && event.conversationId !== b.conversation.id,
  );
  assert.ok(first?.type === "message");
  return messageText(first.message);
}

test("a fresh reviewer sees the diff and the task, and tells what it found, with its cost", async (t) => {
  const b = workBench(t);
  b.repository.commit(DIFF);
  const found = [
    { file: "src/a.ts", line: 2, severity: "error", text: "two\nis wrong" },
    { file: "README.md", severity: "note", text: "say so" },
  ];
  await b.conversation.turn(script(review(findings(...found)), done));
  const [text = "", end] = b.told();
  assert.match(text, /^reviewed: 2 findings; \$0\.\d+, [\d,]+ tokens in 1 answer\n/);
  assert.match(text, /\nerror: src\/a\.ts:2: two‹U\+000A›is wrong\nnote: README\.md: say so$/);
  assert.equal(end, "done");
  assert.match(asked(b), /\+two‹U\+202E›/);
});

test("a reviewer looks around with tools that change nothing, and nobody's others", async (t) => {
  const look = defineTool({ name: "look", readOnly: true, run: () => "seen" });
  const change = defineTool({ name: "change", run: () => "changed" });
  const b = workBench(t, { reviewTools: () => [look, change] });
  b.repository.commit(DIFF);
  await b.conversation.turn(script(review(script("tool smorgasbord", findings())), "echo: over"));
  assert.match(b.told()[0] ?? "", /^reviewed: nothing was found; .* in 2 answers$/);
  const names = b.events.flatMap((event) => (event.type === "tool-start" ? [event.name] : []));
  assert.deepEqual(names, ["review", "look"]);
});

test("without a task it is told what people asked for; an answer in another form is asked for by schema", async (t) => {
  const b = workBench(t);
  b.repository.commit(DIFF);
  await b.conversation.turn(script("tool: review", "echo: over"));
  assert.match(asked(b), /What people asked for, oldest first:\n\n> script:\n> tool: review/);
  assert.match(b.told()[0] ?? "", /^reviewed: nothing was found; .* in 2 answers$/);
});

test("a review that fails marks nothing, and tells what it cost all the same", async (t) => {
  const b = workBench(t);
  b.repository.commit(DIFF);
  await b.conversation.turn(
    script(review("error: no such luck"), review("refusal"), review("maxTokens"), done, "echo: over"),
  );
  const [failed = "", refused = "", cut = "", gate = ""] = b.told();
  assert.match(failed, /the review failed \(no such luck\); \$0\.00.*does not count as reviewed/);
  assert.match(refused, /it ended with refused/);
  assert.match(cut, /it ended with max-tokens/);
  assert.match(gate, /was not reviewed/);
});

test("it ends with the call, and has a share of the budget alone", async (t) => {
  let stopped = false;
  const slow = defineTool({
    name: "slow",
    readOnly: true,
    run: (_, { signal }) =>
      new Promise<string>((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          stopped = true;
          reject(signal.reason as Error);
        });
      }),
  });
  const b = workBench(t, { reviewTools: () => [slow] });
  b.repository.commit(DIFF);
  const turn = b.conversation.turn(script(review("tool: slow"), "echo: over"));
  while (!b.events.some((event) => event.type === "tool-start" && event.name === "slow")) await macrotask();
  b.conversation.cancel(new Error("enough"));
  await turn;
  assert.ok(stopped);
  assert.match(b.told()[0] ?? "", /cancelled: enough/);

  const poor = workBench(t, {}, { budget: { responses: 8 } });
  poor.repository.commit(DIFF);
  const endless = script(...Array.from({ length: 9 }, (_, at) => `tool: look${at}`));
  await poor.conversation.turn(script(review(endless), "echo: over"));
  assert.match(poor.told()[0] ?? "", /the review failed \(.*responses/);
  assert.equal(poor.conversation.budget().responses?.spent, 3);
});

test("nothing changed is nothing to review, and nobody is asked", async (t) => {
  const b = workBench(t);
  await b.conversation.turn(script("tool: review", "echo: over"));
  assert.match(b.told()[0] ?? "", /nothing has changed since the start/);
  assert.equal(b.requests().below, 0);
});

test("a long diff is shown file by file, and what is left out is named to both", async (t) => {
  const file = (name: string, lines: number): string =>
    `diff --git a/${name} b/${name}\n${"+a line of a file that is long\n".repeat(lines)}`;
  const small = file("small.ts", 10) + file("two.ts", 10);
  assert.deepEqual(shownDiff(small), { text: small, leftOut: [] });
  const many = Array.from({ length: 12 }, (_, at) => file(`f${at}.ts`, 400)).join("");
  const { text, leftOut } = shownDiff(file("huge.ts", 100_000) + many);
  assert.ok(text.length < 97 * 1024);
  assert.match(leftOut[0] ?? "", /huge\.ts.*: the end of it$/);
  assert.match(leftOut.at(-1) ?? "", /f11\.ts/);
  assert.ok(text.includes("b/f0.ts") && !text.includes("b/f11.ts"));

  const b = workBench(t);
  b.repository.commit(file("huge.ts", 100_000) + many);
  await b.conversation.turn(script(review(findings()), done));
  assert.match(
    b.told()[0] ?? "",
    /nothing was found.*\nnot shown to the reviewer, or not whole:\n.*f11\.ts/s,
  );
  assert.match(asked(b), /too long to be shown whole.*f11\.ts/s);
  assert.equal(b.told()[1], "done");
});
