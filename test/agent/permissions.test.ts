import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { commandWords } from "../../src/agent/permissions/command-words.ts";
import { permissions, shownCall, type PermissionMode } from "../../src/agent/permissions/permissions.ts";
import { invisible, visible } from "../../src/agent/permissions/visible.ts";
import { defineTool } from "../../src/conversation/tool.ts";

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
