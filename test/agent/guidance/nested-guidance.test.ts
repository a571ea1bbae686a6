import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { around } from "../../../src/agent/around.ts";
import { readGuidance } from "../../../src/agent/guidance/guidance.ts";
import { nestedGuidance } from "../../../src/agent/guidance/nested-guidance.ts";
import { createConversation } from "../../../src/conversation/conversation.ts";
import { defineTool } from "../../../src/conversation/tool.ts";
import { scripted } from "../../../src/testing/scripted.ts";
import { folderOf, putFiles } from "../../support/folder.ts";

const read = defineTool({
  name: "read",
  input: { type: "object", properties: { path: { type: "string" } } },
  run: ({ path }) => {
    if (path === "missing/x") throw new Error("there is none");
    return "read";
  },
});

/** What is told behind the results of reading these paths, each in a step of its own. */
async function toldAfter(
  folder: string,
  paths: readonly string[],
  notices: string[] = [],
): Promise<string[]> {
  const told = await readGuidance({ folder });
  const notice = (text: string): void => void notices.push(text);
  const tool = around(read, [nestedGuidance({ folder, told, notice })]);
  const steps = paths.map((each) => ({ toolCalls: [{ name: "read", input: { path: each } }] }));
  const conversation = createConversation({ model: scripted([...steps, "Done."]), tools: [tool] });
  await conversation.turn("go");
  return conversation.history
    .toArray()
    .flatMap(({ parts }) =>
      parts.flatMap((part) =>
        part.type === "tool-result" ? [(part.content[1] as { text?: string })?.text ?? ""] : [],
      ),
    );
}

test("guidance further down is told once, when something there is touched", async (t) => {
  const folder = folderOf(t, {
    "AGENTS.md": "top",
    "a/AGENTS.md": "of a",
    "a/b/CLAUDE.md": "of b",
    "c/AGENTS.md": "of c",
    "d/AGENTS.md": "of d",
    "missing/AGENTS.md": "not told",
  });
  const outside = folderOf(t, { "AGENTS.md": "outside" });
  symlinkSync(outside, path.join(folder, "out"));
  symlinkSync("../a/AGENTS.md", path.join(folder, "e"));
  const notices: string[] = [];
  const paths = [
    "x",
    "a/b/x",
    "a/y",
    path.join(folder, "c"),
    "d/AGENTS.md",
    "d/x",
    "missing/x",
    "out/x",
    "../x",
    "a/../../x",
  ];
  const told = await toldAfter(folder, paths, notices);
  const texts = told.map((each) => [...each.matchAll(/^(of \w)$/gm)].map(([, text]) => text));
  assert.deepEqual(texts, [[], ["of a", "of b"], [], ["of c"], [], [], [], [], [], []]);
  assert.match(told[1] ?? "", /^Here holds, for what lies below:\n<guidance of="the project" file=/);
  assert.match(notices.join(), /out\/AGENTS\.md is not read: it is a link that leads out of the project/);
});

test("calls side by side are told it once", async (t) => {
  const folder = folderOf(t, { "a/AGENTS.md": "of a" });
  const tool = around(read, [nestedGuidance({ folder, told: { files: [] } })]);
  const toolCalls = ["a/x", "a/y", "a/z"].map((each) => ({ name: "read", input: { path: each } }));
  const conversation = createConversation({ model: scripted([{ toolCalls }, "Done."]), tools: [tool] });
  await conversation.turn("go");
  const all = JSON.stringify(conversation.history.toArray());
  assert.equal(all.split("of a").length, 2);
});

test("what a conversation is told has an end", async (t) => {
  const folder = folderOf(t);
  const names = Array.from({ length: 60 }, (_, at) => `f${at}`);
  for (const name of names) putFiles(folder, { [`${name}/AGENTS.md`]: "x".repeat(30_000) });
  const notices: string[] = [];
  const told = await toldAfter(
    folder,
    names.map((name) => `${name}/x`),
    notices,
  );
  assert.equal(told.filter((each) => each !== "").length, 4);
  assert.match(notices[0] ?? "", /there is too much guidance/);
});
