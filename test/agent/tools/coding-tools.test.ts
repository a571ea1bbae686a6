import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { codingTools } from "../../../src/agent/tools/coding-tools.ts";
import { openToolRoom } from "../../../src/agent/tools/room.ts";
import { createConversation } from "../../../src/conversation/conversation.ts";
import { openModel } from "../../../src/providers/open-model.ts";
import { directSandbox } from "../../support/direct-sandbox.ts";

const web = {
  hosts: ["example.com"],
  fetch: () => Promise.reject(new Error("nobody asks")),
  addressesOf: () => Promise.resolve([]),
};

test("the coding tools in a conversation: arguments are checked, results are told, cancels leave what was captured", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "colloquy-coding-"));
  const sandbox = directSandbox(folder);
  const room = openToolRoom({ sandbox, logFolder: path.join(folder, "logs"), web });
  t.after(async () => {
    await room.close();
    await sandbox.close();
    rmSync(folder, { recursive: true });
  });
  writeFileSync(path.join(folder, "a.txt"), "one\n");
  const controller = new AbortController();
  let result = "";
  const conversation = createConversation({
    model: openModel("rehearsal"),
    tools: codingTools(room),
    onEvent: (event) => {
      if (event.type === "tool-result") {
        result = event.result.content.map((part) => (part.type === "text" ? part.text : part.type)).join("");
      } else if (event.type === "tool-progress" && JSON.stringify(event.update).includes("captured")) {
        controller.abort(new Error("enough"));
      }
    },
  });
  const told = async (name: string, input: object): Promise<string> => {
    const { end } = await conversation.turn(`tool: ${name} ${JSON.stringify(input)}`);
    assert.equal(end, "done");
    return result;
  };
  assert.match(await told("shell", { command: "echo hello" }), /^exit code 0 after .*\n\nhello\n$/);
  assert.match(
    await told("shell", { command: "echo hello", timeout: 3 }),
    /do not fit shell; nothing was run/,
  );
  assert.match(await told("shell", { command: 3 }), /do not fit shell; nothing was run/);
  assert.match(await told("shell_more", { id: "s1", action: "stop" }), /do not fit shell_more/);
  assert.match(await told("read", { path: "a.txt" }), /^a\.txt, lines 1 to 1 of 1\none$/);
  assert.match(
    await told("patch", { path: "a.txt", edits: [{ old: "one", new: "two" }] }),
    /^a\.txt: edit in line 1/,
  );
  assert.match(await told("patch", { path: "a.txt", edits: [] }), /do not fit patch/);
  assert.equal(readFileSync(path.join(folder, "a.txt"), "utf8"), "two\n");
  assert.equal(await told("write", { path: "b.txt", content: "" }), "b.txt created, 0 bytes");
  assert.equal(await told("search", { glob: "*.txt" }), "a.txt\nb.txt");
  assert.match(await told("web_fetch", { url: "https://evil.example/" }), /evil\.example is not allowed/);

  const command = "trap '' TERM; echo captured; sleep 100";
  const turn = conversation.turn(`tool: shell ${JSON.stringify({ command })}`, { signal: controller.signal });
  assert.equal((await turn).end, "cancelled");
  assert.match(result, /^cancelled while it ran\n.*\n\ncaptured\n$/);
});

test("the coding tools: names, kinds, and descriptions that are short", (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "colloquy-coding-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const tools = codingTools(openToolRoom({ sandbox: directSandbox(folder), logFolder: folder, web }));
  assert.deepEqual(
    tools.map(({ name, readOnly, idempotent }) => [name, readOnly, idempotent]),
    [
      ["shell", false, false],
      ["shell_more", false, false],
      ["read", true, true],
      ["write", false, true],
      ["patch", false, false],
      ["search", true, true],
      ["web_fetch", true, true],
    ],
  );
  for (const { name, description = "", inputSchema } of tools) {
    assert.ok(description.length < 700, `${name}: ${description.length}`);
    assert.ok(JSON.stringify(inputSchema).length < 1200, name);
  }
  assert.ok(
    JSON.stringify(tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })))
      .length < 8000,
  );
});
