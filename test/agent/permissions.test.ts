import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { commandWords } from "../../src/agent/permissions/command-words.ts";
import { mcpToolName } from "../../src/agent/mcp/names.ts";
import { permissions, shownCall, type PermissionMode } from "../../src/agent/permissions/permissions.ts";
import { invisible, visible } from "../../src/agent/permissions/visible.ts";
import { defineTool, type Tool } from "../../src/conversation/tool.ts";
import type { JsonObject } from "../../src/llm/json.ts";

const shell = defineTool({ name: "shell", input: { type: "object" }, run: () => "" });
const read = defineTool({ name: "read", readOnly: true, run: () => "" });

function verdict(command: string, allow: readonly string[] = [], mode: PermissionMode = "ask"): unknown {
  const input = { command };
  const call = {
    type: "tool-call",
    id: "a",
    name: "shell",
    input,
    argumentsText: JSON.stringify(input),
  } as const;
  const said = permissions({ mode, allow })(call, shell);
  return typeof said === "object" ? "deny" : said;
}

test("each mode says what it promises", () => {
  assert.equal(verdict("make", [], "plan"), "deny");
  assert.equal(verdict("make", ["shell"], "plan"), "deny");
  assert.equal(verdict("make"), "ask");
  assert.equal(verdict("make", ["shell"]), "allow");
  assert.equal(verdict("make", [], "auto"), "allow");
  const call = { type: "tool-call", id: "a", name: "read", input: {}, argumentsText: "{}" } as const;
  for (const mode of ["plan", "ask", "auto"] as const)
    assert.equal(permissions({ mode })(call, read), "allow");
  for (const rule of ["", "shell(", "read(x)", "a b", "shell()"])
    assert.throws(() => permissions({ mode: "ask", allow: [rule] }), { code: "invalid-option" });
});

test("a line of several commands needs a rule for each of them", () => {
  const rules = ["shell(npm test *)", "shell(git status)", "shell(cd *)", "shell(tail *)"];
  for (const command of [
    "npm test",
    "npm test -- --watch=false",
    "git status",
    "cd src && npm test",
    "cd 'a folder' && npm test 2>&1 | tail -n 20",
    "npm test > /dev/null",
    "git status; npm test;",
    'npm test "one two"',
  ]) {
    assert.equal(verdict(command, rules), "allow", command);
  }
});

test("what is not understood to the last character is asked about", () => {
  const rules = ["shell(npm test *)", "shell(git status *)", "shell(echo *)", "shell(cat *)", "shell(rg *)"];
  for (const command of [
    "",
    "npm",
    "npm testing",
    "npm test && rm -rf /",
    "npm test; rm x",
    "npm test | sh",
    "npm test & rm x",
    "npm test &",
    "npm test\nrm x",
    "npm test \\\n rm",
    "npm test $(rm x)",
    "npm test `rm x`",
    'npm test "$(rm x)"',
    'npm test "`rm x`"',
    "npm test $HOME",
    "npm test > file",
    "npm test >> file",
    "npm test 2> file",
    "npm test < file",
    "npm test << E",
    "npm test <(rm x)",
    "npm test >& file",
    "npm test &> file",
    "X=1 npm test",
    "LD_PRELOAD=./x npm test",
    "npm test *",
    "npm test ?",
    "npm test {a,b}",
    "npm test ~",
    "npm test #",
    "(npm test)",
    "{ npm test; }",
    "! npm test",
    "if npm test; then rm x; fi",
    "eval npm test",
    "sudo npm test",
    "env npm test",
    "exec npm test",
    "npm test |& sh",
    "npm test ;; rm",
    "npm test && ",
    "&& npm test",
    "npm 'test",
    "npm $'test'",
    'npm $"test"',
    "n\\pm test",
    "npm test \u0000",
    "npm test \r rm",
    "npm test \u00a0rm",
    "npm test /dev/nul >/dev/nullx",
    "echo a>b",
    "git status !!",
  ]) {
    assert.equal(verdict(command, rules), "ask", JSON.stringify(command));
  }
});

test("the words of a command are what a shell makes of them", () => {
  assert.deepEqual(commandWords(`a 'b c'"d" e=f | g;h`), [["a", "b cd", "e=f"], ["g"], ["h"]]);
});

test("what is shown before a decision is what runs, with nothing hidden in it", () => {
  const odd = fc.string({
    unit: fc.oneof(
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
      fc.constantFrom("\\", "u{", "\u202e", "\u200b", "\u{e0041}", "\x1b[2J", "\n"),
    ),
  });
  fc.assert(
    fc.property(odd, (text) => {
      const shown = visible(text);
      assert.equal(invisible(shown), text);
      assert.doesNotMatch(shown, /[^\P{C}\n\t]/u);
    }),
    { numRuns: 10_000 },
  );
  const input = { command: "ls \u202etxt.exe", cwd: "/tmp\x07" };
  assert.equal(
    shownCall({ name: "shell", input, argumentsText: JSON.stringify(input) }),
    'shell\nls \\u{202e}txt.exe\ncwd: "/tmp\\u0007"',
  );
});

test("a rule for a server's tool lets that tool pass, however it is called, and no other", () => {
  const lazy = defineTool({ name: "mcp_call", input: { type: "object" }, run: () => "" });
  const direct = (name: string): Tool => ({ ...lazy, name });
  const said = (tool: Tool, input: JsonObject, rule: string): unknown => {
    const argumentsText = JSON.stringify(input);
    const call = { type: "tool-call", id: "a", name: tool.name, input, argumentsText } as const;
    return permissions({ mode: "ask", allow: [rule] })(call, tool);
  };
  const push = { server: "git-hub", tool: "push.now", input: { branch: "main" } };
  const name = mcpToolName("git-hub", "push.now");
  for (const rule of ["mcp_call(git-hub.push.now)", "mcp_call(git-hub.*)", name]) {
    assert.equal(said(lazy, push, rule), "allow", rule);
    assert.equal(said(direct(name), push, rule), "allow", rule);
    assert.equal(said(lazy, { ...push, server: "git-hubb" }, rule), "ask");
    assert.equal(said(direct(mcpToolName("other", "push.now")), {}, rule), "ask");
    assert.equal(said(shell, push, rule), "ask");
  }
  for (const rule of ["mcp_call(git-hub.push.now)", name]) {
    assert.equal(said(lazy, { ...push, tool: "push_now" }, rule), "ask");
    assert.equal(said(lazy, { ...push, tool: ["push.now"] }, rule), "ask");
  }
  assert.equal(said(lazy, push, "mcp_call"), "allow");
  for (const rule of ["mcp_call()", "mcp_call(git-hub)", "mcp_call(.x)", "mcp_call(a b.x)"]) {
    assert.throws(() => permissions({ mode: "ask", allow: [rule] }), { code: "invalid-option" });
  }
  const shown = shownCall({ name: "mcp_call", input: push, argumentsText: "" });
  assert.equal(shown, 'mcp_call\nserver: "git-hub"\ntool: "push.now"\ninput: {"branch":"main"}');
});

test("no two tools of servers have the same name, and each is one that vendors take", () => {
  const server = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/);
  const tool = fc.stringMatching(/^[A-Za-z0-9_./-]{1,128}$/);
  fc.assert(
    fc.property(server, tool, server, tool, (a, one, b, two) => {
      const [first, second] = [mcpToolName(a, one), mcpToolName(b, two)];
      assert.match(first, /^mcp__[a-zA-Z0-9_-]{1,59}$/);
      assert.equal(first === second, a === b && one === two);
    }),
  );
  assert.notEqual(mcpToolName("a", "b.c"), mcpToolName("a", "b/c"));
});
