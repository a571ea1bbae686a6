import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { around, type AgentEvent, type CallAround, type Undo } from "../../../src/agent/index.ts";
import { createConversation } from "../../../src/conversation/conversation.ts";
import { defineTool, type Tool } from "../../../src/conversation/tool.ts";
import { scripted } from "../../../src/testing/index.ts";
import { place } from "./picture.ts";

interface Asked {
  readonly path: string;
  readonly text: string;
}

/** Writes a file, as a shell would: nothing but the disk knows of it. */
function writer(workspace: string): Tool {
  return defineTool({
    name: "write",
    input: {
      type: "object",
      properties: { path: { type: "string" }, text: { type: "string" } },
      required: ["path", "text"],
    },
    run: (input) => {
      const { path: name, text } = input as unknown as Asked;
      writeFileSync(path.join(workspace, name), text);
      return "written";
    },
  });
}

const looker = defineTool({ name: "look", readOnly: true, run: () => "seen" });

/** What the model was told of each call. */
async function converse(
  workspace: string,
  undo: Undo,
  ...steps: readonly (readonly { readonly name: string; readonly input: Asked | object }[])[]
): Promise<string[]> {
  const conversation = createConversation({
    model: scripted([...steps.map((toolCalls) => ({ toolCalls: toolCalls as never })), { text: "done" }]),
    tools: [around(writer(workspace), [undo.around]), around(looker, [undo.around])],
  });
  await conversation.turn("go");
  const results = conversation.history
    .toArray()
    .flatMap(({ parts }) => parts.filter((part) => part.type === "tool-result"));
  return results.map(({ content }) =>
    content.map((part) => (part.type === "text" ? part.text : "")).join(""),
  );
}

const write = (name: string, text: string): { readonly name: string; readonly input: Asked } => ({
  name: "write",
  input: { path: name, text },
});

test("undo: a snapshot stands before each step that changes something, and calls of one answer share it", async (t) => {
  const { workspace, open } = place(t);
  const undo = await open();
  writeFileSync(path.join(workspace, "a"), "begun");
  const told = await converse(
    workspace,
    undo,
    [{ name: "look", input: {} }],
    [write("a", "one"), write("b", "one\nand\u202emore"), { name: "look", input: {} }],
    [write("a", "two")],
    [{ name: "look", input: {} }],
    [write("a", "two")],
  );
  assert.deepEqual(told, ["seen", "written", "written", "seen", "written", "seen", "written"]);
  assert.deepEqual(
    (await undo.list()).map(({ id, label, step, since }) => [
      id,
      label,
      step?.created,
      step?.changed,
      since?.changed,
    ]),
    [
      [1, "write a; write b", 1, 1, 1],
      [2, "write a", 0, 1, 1],
      [3, "write a", 0, 0, 0],
    ],
  );
  assert.deepEqual((await undo.restore(1)).problems, []);
  assert.equal(readFileSync(path.join(workspace, "a"), "utf8"), "begun");
});

test("undo: a call of which no snapshot can be taken does not run, or runs where that is wanted", async (t) => {
  const { workspace, store, open } = place(t);
  mkdirSync(path.dirname(store), { recursive: true });
  // A disk that takes nothing.
  writeFileSync(store, "");
  const firm = await open();
  const [told = ""] = await converse(workspace, firm, [write("a", "one")]);
  assert.match(
    told,
    /^This was not run, for no snapshot of the files could be taken before it: E(NOTDIR|EXIST)/,
  );
  assert.throws(() => readFileSync(path.join(workspace, "a")), /ENOENT/);

  const lenient = await open({ limits: { whenItFails: "go-on" } });
  assert.deepEqual(await converse(workspace, lenient, [write("a", "one")]), ["written"]);
  const notices: AgentEvent[] = [];
  await lenient.companion.afterTurn?.(
    { status: "done" } as never,
    (event) => notices.push(event),
    new AbortController().signal,
  );
  assert.equal(notices.length, 1);
  assert.match(JSON.stringify(notices), /no snapshot could be taken, so what write a does cannot be undone/);
});

test("undo: a snapshot that nobody waits for any more is given up, and one that somebody waits for is not", async (t) => {
  const { workspace, open } = place(t);
  // It takes many slices to look at these.
  for (let at = 0; at < 1000; at++) writeFileSync(path.join(workspace, `f${at}`), String(at));
  const undo = await open();
  for (const cancelled of ["all", "one"] as const) {
    const waiting: string[] = [];
    const watched: CallAround = {
      before: (call) => {
        if (waiting.push(call.context.callId) === 2) setImmediate(cancel);
        return undo.around.before?.(call) ?? Promise.resolve(undefined);
      },
    };
    const conversation = createConversation({
      model: scripted([{ toolCalls: [write("a", "one"), write("b", "one")] as never }, { text: "done" }]),
      tools: [around(writer(workspace), [watched])],
    });
    const cancel = (): void =>
      cancelled === "all"
        ? conversation.cancel("enough")
        : conversation.cancelTool(waiting[0] ?? "", "enough");
    const { end } = await conversation.turn("go");
    const made = ["a", "b"].map((name) => existsSync(path.join(workspace, name)));
    const points = (await undo.list()).map(({ label }) => label);
    if (cancelled === "all") assert.deepEqual([end, made, points], ["cancelled", [false, false], []]);
    else assert.deepEqual([end, made, points], ["done", [false, true], ["write a; write b"]]);
  }
});
