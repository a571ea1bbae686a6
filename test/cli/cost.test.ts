import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { createConversation } from "../../src/conversation/conversation.ts";
import { usage } from "../../src/llm/usage.ts";
import { openStore } from "../../src/store/index.ts";
import { scripted } from "../../src/testing/scripted.ts";
import { run } from "./fake-io.ts";

const prices = { rates: { input: "2", output: "10" } };
const used = usage({ input: 1000, output: 100 });

test("cost: what helpers used is told apart, and adds up", async (t) => {
  const home = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-")));
  t.after(() => rmSync(home, { recursive: true }));
  const store = await openStore(path.join(home, "sessions.db"));
  const { id, journal } = await store.create({ folder: home });
  const model = scripted(
    Array.from({ length: 4 }, () => ({ text: "yes", usage: used })),
    { info: { prices } },
  );
  const talk = createConversation({ model, journal });
  await talk.send("begin");
  const review = talk.child({ purpose: "review" });
  await review.send("look");
  await review.child({ purpose: "compaction", hidden: true }).send("shorter");
  await talk.child({ purpose: "review" }).send("look again");
  await store.close();

  const env = { COLLOQUY_HOME: home };
  const { code, out } = await run(["cost", id], { env });
  assert.equal(code, 0);
  assert.equal(
    out,
    `session ${id}: begin
for                  answers  input  from cache  output    cost  model
conversation               1   1000           0     100  $0.003  scripted/scripted
review                     2   2000           0     200  $0.006  scripted/scripted
review > compaction        1   1000           0     100  $0.003  scripted/scripted
in all                     4   4000           0     400  $0.012
`,
  );
  const json = JSON.parse((await run(["cost", id, "--json"], { env })).out) as { purpose: string }[];
  assert.deepEqual(
    json.map(({ purpose }) => purpose),
    ["conversation", "review", "review > compaction"],
  );
  // This folder has none of its own.
  const none = await run(["cost"], { env });
  assert.equal(none.code, 2);
  assert.match(none.err, /no session was begun in this folder/);
});
