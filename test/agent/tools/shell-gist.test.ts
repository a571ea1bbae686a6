import assert from "node:assert/strict";
import { test } from "node:test";
import { createConversation } from "../../../src/conversation/conversation.ts";
import { scripted } from "../../../src/testing/scripted.ts";
import { codingTools } from "../../../src/agent/tools/coding-tools.ts";
import { reportGist } from "../../../src/agent/tools/shell/report.ts";
import { toolBench } from "../../support/tool-room.ts";

test("a command that is run for ever is found out, though it takes another time each time", async (t) => {
  const { room } = toolBench(t);
  let runs = 0;
  const command = 'echo same; echo "# duration_ms $RANDOM.5"; echo "1 passed in 0.$RANDOM s"';
  const conversation = createConversation({
    model: scripted(() => ({ toolCalls: [{ name: "shell", id: `c${++runs}`, input: { command } }] })),
    tools: codingTools(room),
  });
  const { end } = await conversation.turn("go");
  assert.deepEqual([end, runs], ["loop", 6]);
});

test("what differs each time though nothing has changed is no part of a report's gist", () => {
  const report = (took: string, log: string): string =>
    `exit code 1 after ${took}\n\n3 failed\n[9 lines (90 bytes) omitted here; the whole log is at /x/shell-${log}/s1.log, and so on]`;
  assert.equal(reportGist(report("0.1 s", "aaaaaa")), reportGist(report("12.7 s", "bbbbbb")));
  for (const [one, other] of [
    ["3 failed", "4 failed"],
    ["line 12 of 30", "line 13 of 30"],
    ["v1.2.3", "v1.2.4"],
    ["12:30", "12:31"],
    ["5 statements", "6 statements"],
  ] as const) {
    assert.notEqual(reportGist(one), reportGist(other));
  }
});
