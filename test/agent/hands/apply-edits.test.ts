import assert from "node:assert/strict";
import { test } from "node:test";
import { applyEdits } from "../../../src/agent/hands/edits/apply-edits.ts";
import type { Edit } from "../../../src/agent/hands/edits/edit.ts";
import { unifiedDiff } from "../../../src/agent/hands/edits/unified-diff.ts";

function apply(file: string | Uint8Array, ...edits: Edit[]): string {
  const result = applyEdits(Buffer.from(file), edits);
  if (result.type === "refused") return `refused: ${result.problem}`;
  const how = result.edits.map(({ found, lines, count }) => `${found} x${count} at ${lines.join(",")}`);
  return `${how.join("; ")}\n${Buffer.from(result.bytes).toString("latin1")}`;
}

const cases: readonly [name: string, file: string, edits: Edit[], result: string][] = [
  ["one place", "a\nb\nc\n", [{ old: "b", new: "B" }], "exact x1 at 2\na\nB\nc\n"],
  [
    "several edits, given in any order",
    "a\nb\nc\n",
    [
      { old: "c", new: "a" },
      { old: "a", new: "c" },
    ],
    "exact x1 at 3; exact x1 at 1\nc\nb\na\n",
  ],
  ["all places", "x x\nx\n", [{ old: "x", new: "xx", all: true }], "exact x3 at 1,1,2\nxx xx\nxx\n"],
  ["all places that share something", "aaaaa", [{ old: "aa", new: "b", all: true }], "exact x2 at 1,1\nbba"],
  [
    "two places where one is meant",
    "x\ny\nx\n",
    [{ old: "x", new: "z" }],
    "refused: old is there 2 times, in lines 1, 3; add lines around it until there is one such place, or set all",
  ],
  [
    "edits that touch the same text",
    "abc",
    [
      { old: "ab", new: "x" },
      { old: "bc", new: "y" },
    ],
    "refused: edits 1 and 2 touch the same text; make them one",
  ],
  [
    "edits of neighbours",
    "abcd",
    [
      { old: "ab", new: "x" },
      { old: "cd", new: "y" },
    ],
    "exact x1 at 1; exact x1 at 1\nxy",
  ],
  [
    "a line end of two characters is kept",
    "a\r\nb\r\nc",
    [{ old: "a\nb", new: "a\nB" }],
    "line ends x1 at 2\na\r\nB\r\nc",
  ],
  [
    "new lines end as the file's do",
    "a\r\nb\r\n",
    [{ old: "a", new: "a\na2" }],
    "exact x1 at 1\na\r\na2\r\nb\r\n",
  ],
  [
    "a line end is not cut in two",
    "a\r\nb\r\n",
    [{ old: "\nb", new: "\nB" }],
    "line ends x1 at 2\na\r\nB\r\n",
  ],
  [
    "who writes carriage returns means them",
    "a\nb\n",
    [{ old: "a", new: "x\r\ny" }],
    "exact x1 at 1\nx\r\ny\nb\n",
  ],
  [
    "blanks at line ends",
    "a  \nb\t\nc\n",
    [{ old: "a\nb\nc", new: "a\nbb\nc" }],
    "blanks at line ends x1 at 2\na  \nbb\t\nc\n",
  ],
  [
    "indentation that is missing",
    "if x:\n    a = 1\n    b = 2\n",
    [{ old: "a = 1\nb = 2\n", new: "a = 1\nif a:\n  c\nb = 3\n" }],
    "indentation x1 at 3\nif x:\n    a = 1\n    if a:\n      c\n    b = 3\n",
  ],
  [
    "indentation that is too much",
    "a\n  b\nc\n",
    [{ old: "    a\n      b\n", new: "    a\n      B\n" }],
    "indentation x1 at 2\na\n  B\nc\n",
  ],
  [
    "spaces where the file has tabs",
    "{\n\ta\n\t\tb\n}\n",
    [{ old: "    a\n        b\n", new: "    a\n        c\n        b\n" }],
    "indentation x1 at 3\n{\n\ta\n\t\tc\n\t\tb\n}\n",
  ],
  [
    "lines indented each in a way of its own",
    "a\n b\n",
    [{ old: " a\nb\n", new: " a\nc\n" }],
    "refused: old is in line 1, but its lines are indented differently; give them as they are",
  ],
  [
    "a deleted line that is indented otherwise",
    "x\n  a\ny\n",
    [{ old: "\ta\n", new: "" }],
    "indentation x1 at 2\nx\ny\n",
  ],
  [
    "nothing alike",
    "a\n",
    [{ old: "wholly different", new: "" }],
    "refused: old is not in the file. Nothing in it is alike; read it first.",
  ],
  [
    "the nearest place",
    "function one() {\n  return 1;\n}\nfunction two() {\n  return 2;\n}\n",
    [{ old: "function two() {\n  return 3;\n}", new: "" }],
    'refused: old is not in the file. The nearest is at line 4; it differs first in line 5, where the file has "2" and old has "3": the file "  return 2;", old "  return 3;".',
  ],
  [
    "a line that is there among others that are not",
    "a\nthe telling line\nb\n",
    [{ old: "x\nthe telling line\ny", new: "" }],
    "refused: old is not in the file. Line 2 of old stands in line 2 of the file, but what is around it differs.",
  ],
  [
    "what stands for what is left out",
    "a\nb\n",
    [{ old: "a", new: "A\n// ... rest of the code unchanged ..." }],
    'refused: new has "// ... rest of the code unchanged ...", which stands for text that would be lost; write out all of it, or edit less',
  ],
  [
    "which was there before",
    "// ... existing code ...\na\n",
    [{ old: "// ... existing code ...\na", new: "// ... existing code ...\nb" }],
    "exact x1 at 1\n// ... existing code ...\nb\n",
  ],
  ["nothing to do", "a", [{ old: "a", new: "a" }], "refused: old and new are the same"],
  [
    "an empty old",
    "a",
    [{ old: "", new: "a" }],
    "refused: old is empty, and the file is there; say what is to be replaced",
  ],
  [
    "half a character",
    "a",
    [{ old: "\ud800", new: "a" }],
    "refused: old or new has half a character (a lone surrogate)",
  ],
  [
    "all where it is not exactly there",
    "a\r\nb\r\na\r\nb\r\n",
    [{ old: "a\nb", new: "c", all: true }],
    "refused: old is not there exactly, apart from line ends it is in lines 1, 3; all takes exact matches only",
  ],
];

for (const [name, file, edits, result] of cases) {
  test(`edits: ${name}`, () => assert.equal(apply(file, ...edits), result));
}

test("edits: look-alikes are found, and those that are not meant stay", () => {
  const file = "say \u201chello\u201d \u2013 it\u2019s me\u00a0now\n";
  const result = applyEdits(Buffer.from(file), [
    { old: 'say "hello" - it\'s me now', new: 'say "hello" - it\'s you now' },
  ]);
  assert.equal(result.type, "applied");
  assert.equal(Buffer.from(result.bytes).toString(), "say \u201chello\u201d \u2013 it\u2019s you\u00a0now\n");
});

test("edits: an emoji is not cut where another begins with the same half", () => {
  const result = applyEdits(Buffer.from("a \u{1F600}\u00a0b\n"), [
    { old: "a \u{1F600} b", new: "a \u{1F601} b" },
  ]);
  assert.equal(result.type, "applied");
  assert.equal(Buffer.from(result.bytes).toString(), "a \u{1F601}\u00a0b\n");
});

test("edits: bytes that are no text stay as they are", () => {
  const file = Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff, 0xfe, 0x0d, 0x0a, 0xc3, 0x28, 0x62, 0x80]);
  const result = applyEdits(file, [{ old: "(b", new: "(é" }]);
  assert.equal(result.type, "applied");
  assert.equal(
    Buffer.from(result.bytes).toString("hex"),
    Buffer.concat([file.subarray(0, 9), Buffer.from("(é"), file.subarray(11)]).toString("hex"),
  );
});

test("edits: UTF-16 is edited as UTF-16", () => {
  const file = Buffer.from("\ufeffone\r\ntwo\r\n", "utf16le");
  const result = applyEdits(file, [{ old: "two", new: "zwei\n\u{1F600}" }]);
  assert.equal(result.type, "applied");
  assert.equal(Buffer.from(result.bytes).toString("utf16le"), "\ufeffone\r\nzwei\r\n\u{1F600}\r\n");
});

test("edits: a unified diff shows them with what is around them", () => {
  const file = Array.from({ length: 40 }, (_, index) => `line ${index + 1}\n`).join("");
  const result = applyEdits(Buffer.from(file), [
    { old: "line 5\n", new: "five\nand a half\n" },
    { old: "line 39\nline 40\n", new: "line 39" },
  ]);
  assert.equal(result.type, "applied");
  assert.equal(
    unifiedDiff("a.txt", result.before, result.changes),
    `--- a/a.txt
+++ b/a.txt
@@ -2,7 +2,8 @@
 line 2
 line 3
 line 4
-line 5
+five
+and a half
 line 6
 line 7
 line 8
@@ -36,5 +37,4 @@
 line 36
 line 37
 line 38
-line 39
-line 40
+line 39
\\ No newline at end of file
`,
  );
});

test("edits: half a million places at once", () => {
  const file = Buffer.from("a line of it\n".repeat(500_000));
  const result = applyEdits(file, [{ old: "line", new: "row", all: true }]);
  assert.equal(result.type, "applied");
  assert.equal(result.bytes.length, file.length - 500_000);
  assert.ok(unifiedDiff("a.txt", result.before, result.changes).length < 70_000);
});
