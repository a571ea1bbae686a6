import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hitsOf, listed } from "../../../../src/agent/tools/tasks/term-hits.ts";
import { messageText } from "../../../../src/llm/message.ts";
import { rehearsal } from "../../../../src/providers/rehearsal/rehearsal.ts";
import { calls, prices, script, workBench } from "./bench.ts";

const files = {
  "src/retry.ts": "export function backoff() {}\n// wait, then try again\n",
  "src/money.ts": "const price = 3; // again and again\n",
  "docs/notes.md": "Nothing (here) matters.\n",
};

const ask = (query: string, ...terms: readonly string[]): string => calls("keyword_search", { query, terms });
const best = (...numbers: readonly number[]): string =>
  `echo: ${JSON.stringify({ files: numbers.map((file) => ({ file, why: "it waits" })) })}`;

test("files that have the terms are ranked by a child, and its cost is told", async (t) => {
  const b = workBench(t, {}, {}, files);
  await b.conversation.turn(script(ask(best(1, 99), "again", "backoff"), "echo: over"));
  const [text = ""] = b.told();
  assert.match(
    text,
    /^src\/retry\.ts: it waits \(lines 1, 2\)\n\nranked by rehearsal: \$0\.\d+, [\d,]+ tokens in 1 answer$/,
  );
  const asked = b.events.find(
    (event) => event.type === "message" && event.conversationId !== b.conversation.id,
  );
  assert.ok(asked?.type === "message" && asked.hidden === true);
  // The question is the last part, so that data stands before it.
  const said = messageText(asked.message);
  assert.match(said, /1\. src\/retry\.ts\n {3}1: export function backoff.*\n2\. src\/money\.ts\n/s);
  const cost = b.events.flatMap((event) =>
    event.type === "response" && event.conversationId !== b.conversation.id ? [event.response.cost] : [],
  );
  assert.ok(cost[0]?.known === true && text.includes(`$${cost[0].dollars}`), text);
});

test("what nobody has is said without any model, and terms are plain texts", async (t) => {
  const b = workBench(t, {}, {}, files);
  await b.conversation.turn(
    script(ask("echo: hm", "nowhere", "f.r"), ask(best(1), "(here)"), ask("none", " "), "echo: over"),
  );
  const [none = "", here = "", blank = ""] = b.told();
  assert.match(none, /none of the terms is in any file; try others\. No model was asked/);
  assert.match(here, /^docs\/notes\.md: it waits/);
  assert.match(blank, /none of the terms/);
  assert.equal(b.requests().below, 1);
});

test("a term that is everywhere is left out, and said so", async (t) => {
  const b = workBench(t, {}, {}, { ...files, "big.txt": "everywhere\n".repeat(1001) });
  await b.conversation.turn(
    script(ask(best(1), "everywhere", "backoff"), ask("hm", "everywhere"), "echo: over"),
  );
  const [one = "", none = ""] = b.told();
  assert.match(one, /^src\/retry\.ts.*\nin too many lines to be of use: everywhere$/s);
  assert.match(none, /no term tells files apart; give rarer ones\. No model was asked\nin too many lines/);
  assert.equal(b.requests().below, 1);
});

test("without an answer that helps, files with most terms are told, and why", async (t) => {
  const b = workBench(t, {}, {}, files);
  await b.conversation.turn(
    script(
      ask("error: overloaded", "again", "backoff"),
      ask(best(), "again"),
      ask("stop: refusal", "again"),
      "echo: over",
    ),
  );
  const [failed = "", none = "", refused = ""] = b.told();
  assert.match(
    failed,
    /^no model could say which matter \(overloaded\).*:\nsrc\/retry\.ts: 2 lines \(lines 1, 2\)\nsrc\/money\.ts/,
  );
  assert.match(none, /^of 2 files that have the terms, none seems to be about it/);
  assert.match(refused, /did not want to answer.*src\/money\.ts/s);
});

test("it keeps to the budget, and to the small model where there is one", async (t) => {
  const small = rehearsal({ prices: { rates: { input: "1", output: "1" } }, seed: 3 });
  const b = workBench(
    t,
    { smallModel: { ...small, info: { ...small.info, name: "small" } } },
    { model: rehearsal({ prices, maxOutput: 300 }), budget: { responses: 2 } },
    files,
  );
  await b.conversation.turn(script(ask(best(1), "again"), ask(best(1), "again"), "echo: over"));
  assert.match(b.told()[0] ?? "", /ranked by small/);
  assert.equal(b.conversation.budget().responses?.spent, 2);
  const poor = workBench(t, {}, { budget: { responses: 1 } }, files);
  await poor.conversation.turn(script(ask(best(1), "again"), "echo: over"));
  assert.match(poor.told()[0] ?? "", /no model could say which matter.*these have most of the terms/s);
  assert.equal(poor.requests().below, 0);
});

test("of terms that are too much together, the last ones are left out", () => {
  const found = ["a", "b", "c", "d"].map((term) => ({
    term,
    answer: {
      matches: Array.from({ length: 200 }, (_, line) => ({
        path: `${term}.ts`,
        line,
        text: "x".repeat(250),
      })),
    },
  }));
  const { files, common, peeled } = hitsOf(found);
  assert.deepEqual([files.map(({ path }) => path), common, peeled], [["a.ts", "b.ts"], [], ["c", "d"]]);
});

test("terms are dropped above 64 KiB, then from the last one on until all is below 128 KiB", () => {
  const line = fc.record({
    path: fc.constantFrom("a.ts", "b.ts", "c/d.ts"),
    line: fc.integer({ min: 1, max: 5000 }),
    text: fc.constantFrom("x".repeat(290), "y".repeat(100), "z\u202e\nz"),
  });
  const matches = fc.array(line, { maxLength: 400, size: "max" });
  const found = fc.uniqueArray(
    fc.record({ term: fc.string({ minLength: 1 }), answer: fc.record({ matches }) }),
    {
      selector: ({ term }) => term,
      maxLength: 5,
    },
  );
  fc.assert(
    fc.property(found, (found) => {
      const { files, common, peeled } = hitsOf(found);
      assert.ok(Buffer.byteLength(listed(files)) < 128 * 1024);
      const kept = found.map(({ term }) => term).filter((term) => !common.includes(term));
      // What is peeled are the last ones that were left.
      assert.deepEqual(kept.slice(kept.length - peeled.length), peeled);
      const inIt = new Set(
        found
          .filter(({ term }) => !common.includes(term) && !peeled.includes(term))
          .flatMap(({ answer }) => answer.matches.map(({ path, line }) => `${path}:${line}`)),
      );
      assert.equal(
        files.reduce((sum, { lines }) => sum + lines.size, 0),
        inIt.size,
      );
      // Nothing in a file can make a line that looks like another file.
      assert.equal(
        listed(files)
          .split("\n")
          .filter((line) => /^\d/.test(line)).length,
        files.length,
      );
    }),
    { numRuns: 60 },
  );
});
