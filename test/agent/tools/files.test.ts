import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { patchPath } from "../../../src/agent/hands/patch-file.ts";
import { toolBench } from "../../support/tool-room.ts";

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

test("read: a page tells where it is, and then is the text alone", async (t) => {
  const { call, folder } = toolBench(t);
  writeFileSync(path.join(folder, "a.txt"), "one\ntwo\nthree\n");
  const { parts } = await call("read", { path: "a.txt" });
  assert.deepEqual(parts, [
    { type: "text", text: "a.txt, lines 1 to 3 of 3\n" },
    { type: "text", text: "one\ntwo\nthree" },
  ]);
  const page = await call("read", { path: path.join(folder, "a.txt"), offset: 2, limit: 1 });
  assert.equal(page.text, "a.txt, lines 2 to 2 of 3; 1 more lines: go on with offset 3\ntwo");
  assert.equal(
    (await call("read", { path: "a.txt", offset: 9 })).text,
    "a.txt has no line 9; it has 3 lines",
  );
});

test("read: what a reader should know of a file is told", async (t) => {
  const { call, folder } = toolBench(t);
  const files: readonly [name: string, bytes: Buffer, text: string][] = [
    ["crlf", Buffer.from("a\r\nb\r\n"), "crlf, lines 1 to 2 of 2 (lines end with CRLF)\na\nb"],
    [
      "mixed",
      Buffer.from("a\r\nb\nc"),
      "mixed, lines 1 to 3 of 3 (some lines end with CRLF; no line end at the end)\na\nb\nc",
    ],
    ["bom", Buffer.from("\ufeffa\n"), "bom, lines 1 to 1 of 1 (begins with a BOM)\na"],
    ["utf16", Buffer.from("\ufeffé\n", "utf16le"), "utf16, lines 1 to 1 of 1 (UTF-16LE)\né"],
    [
      "broken",
      Buffer.from([0x61, 0xff, 0x0a]),
      "broken, lines 1 to 1 of 1 (some bytes are no text and shown as U+FFFD)\na\ufffd",
    ],
    ["empty", Buffer.alloc(0), "empty is empty"],
    ["escape", Buffer.from("a\x1b[31m\u202eb\n"), "escape, lines 1 to 1 of 1\na‹U+001B›[31m‹U+202E›b"],
    [
      "long",
      Buffer.from(`${"é".repeat(3000)}\nb\n`),
      `long, lines 1 to 2 of 2 (1 long line is cut)\n${"é".repeat(2000)}… (2000 more bytes)\nb`,
    ],
    [
      "zip",
      Buffer.from("504b030400000000", "hex"),
      "zip is no text (application/zip, 8 bytes), or too large to be shown; look into it with a program",
    ],
    [
      "noise",
      Buffer.from([1, 2, 0, 3]),
      "noise is no text (application/octet-stream, 4 bytes), or too large to be shown; look into it with a program",
    ],
  ];
  for (const [name, bytes, text] of files) {
    writeFileSync(path.join(folder, name), bytes);
    assert.equal((await call("read", { path: name })).text, text);
  }
});

test("read: pages have an end in lines and in bytes, and the rest is counted", async (t) => {
  const { call, folder } = toolBench(t);
  writeFileSync(path.join(folder, "lines"), "x\n".repeat(5000));
  assert.match(
    (await call("read", { path: "lines" })).text,
    /^lines, lines 1 to 2000 of 5000; 3000 more lines: go on with offset 2001\n/,
  );
  writeFileSync(path.join(folder, "wide"), `${"x".repeat(999)}\n`.repeat(100));
  assert.match(
    (await call("read", { path: "wide" })).text,
    /^wide, lines 1 to 51 of 100; 49 more lines: go on with offset 52\n/,
  );
});

test("read: a file of gigabytes is read in pages", async (t) => {
  const { call, folder } = toolBench(t);
  const file = path.join(folder, "large");
  writeFileSync(file, "line\n".repeat(5 * 1024 * 1024));
  const { text } = await call("read", { path: "large", offset: 5_000_000, limit: 1 });
  assert.equal(
    text,
    "large, lines 5000000 to 5000000 of 5242880; 242880 more lines: go on with offset 5000001\nline",
  );
  truncateSync(file, 2 * 1024 ** 3);
  assert.match(
    (await call("read", { path: "large", limit: 1 })).text,
    /^large, lines 1 to 1 of a file of 2147483648 bytes; many more lines/,
  );
});

test("read: pictures and documents come as such", async (t) => {
  const { call, folder } = toolBench(t);
  writeFileSync(path.join(folder, "p.png"), Buffer.from(PIXEL, "base64"));
  writeFileSync(path.join(folder, "d.pdf"), "%PDF-1.4\n");
  const [, image] = (await call("read", { path: "p.png" })).parts;
  assert.deepEqual(image, { type: "image", source: { kind: "base64", mediaType: "image/png", data: PIXEL } });
  const [, file] = (await call("read", { path: "d.pdf" })).parts;
  assert.equal(file?.type, "file");
});

test("read: folders are listed", async (t) => {
  const { call, folder } = toolBench(t);
  assert.equal((await call("read", { path: "." })).text, ". is an empty folder");
  mkdirSync(path.join(folder, "sub"));
  writeFileSync(path.join(folder, "b"), "12345");
  writeFileSync(path.join(folder, "evil\n\x1b"), "");
  symlinkSync("b", path.join(folder, "link"));
  assert.equal(
    (await call("read", { path: "." })).text,
    ". is a folder:\nb (5 bytes)\nevil‹U+000A›‹U+001B› (0 bytes)\nlink (link)\nsub/",
  );
});

test("read: what is no file is refused, and never waited for", async (t) => {
  const { call, folder } = toolBench(t);
  spawnSync("sh", ["-c", "mkfifo pipe"], { cwd: folder });
  symlinkSync("nowhere", path.join(folder, "dangling"));
  symlinkSync("circle", path.join(folder, "circle"));
  writeFileSync(path.join(folder, "Readme.md"), "");
  for (const [name, why] of [
    ["pipe", /neither a file nor a folder/],
    ["/dev/zero", /neither a file nor a folder/],
    ["dangling", /is a link to what is not there/],
    ["circle", /its links go in circles/],
    ["a\0b", /NUL/],
    ["", /path is empty/],
    ["readme.txt", /there is no .*readme\.txt; there is Readme\.md$/],
    ["no/such", /nor the folder/],
    ["Readme.md/x", /a part of the path is no folder/],
  ] as const) {
    const said = await call("read", { path: name });
    assert.match(said.text, why, name);
    assert.equal(said.isError, true);
  }
});

test("write: new files with the folders on the way, and others in one step", async (t) => {
  const { call, folder } = toolBench(t);
  const file = path.join(folder, "a/b/c.txt");
  assert.equal(
    (await call("write", { path: "a/b/c.txt", content: "one\n" })).text,
    "a/b/c.txt created, 4 bytes",
  );
  assert.equal(readFileSync(file, "utf8"), "one\n");
  chmodSync(file, 0o755);
  const said = await call("write", { path: "a/b/c.txt", content: "two\n" });
  assert.equal(said.text, "a/b/c.txt overwritten, 4 bytes");
  assert.deepEqual(said.display, {
    type: "diff",
    path: "a/b/c.txt",
    diff: "--- a/a/b/c.txt\n+++ b/a/b/c.txt\n@@ -1 +1 @@\n-one\n+two\n",
  });
  assert.equal(statSync(file).mode & 0o777, 0o755);
  assert.equal(
    (await call("write", { path: "a/b/c.txt", content: "two\n" })).text,
    "a/b/c.txt is already so, 4 bytes",
  );
  assert.deepEqual(readdirSync(path.dirname(file)), ["c.txt"]);
});

test("write: what cannot or must not be written is refused", async (t) => {
  const { call, folder } = toolBench(t);
  writeFileSync(path.join(folder, "a.ts"), "all of it\n");
  assert.match((await call("write", { path: ".", content: "" })).text, /is a folder/);
  assert.match(
    (await call("write", { path: "a.ts/b", content: "" })).text,
    /a part of the path is no folder/,
  );
  assert.match(
    (await call("write", { path: "a.ts", content: "x\n// ... rest of the file unchanged ...\n" })).text,
    /stands for text that would be lost/,
  );
  assert.match((await call("write", { path: "b.ts", content: "\ud800" })).text, /half a character/);
  assert.equal(readFileSync(path.join(folder, "a.ts"), "utf8"), "all of it\n");
  assert.equal(existsSync(path.join(folder, "b.ts")), false);
});

test("patch: one line to the model, a diff for people, and the file's mode, links and bytes kept", async (t) => {
  const { call, folder } = toolBench(t);
  const file = path.join(folder, "real.sh");
  writeFileSync(file, Buffer.concat([Buffer.from("\ufeffone\r\ntwo\r\n"), Buffer.from([0xff])]), {
    mode: 0o750,
  });
  chmodSync(file, 0o750);
  symlinkSync("real.sh", path.join(folder, "link.sh"));
  const said = await call("patch", { path: "link.sh", edits: [{ old: "one\ntwo", new: "one\n2" }] });
  assert.equal(
    said.text,
    "real.sh: edit in line 2 (old was there apart from line ends, which were kept); lines as they were before",
  );
  assert.equal(
    readFileSync(file).toString("hex"),
    Buffer.concat([Buffer.from("\ufeffone\r\n2\r\n"), Buffer.from([0xff])]).toString("hex"),
  );
  assert.equal(statSync(file).mode & 0o777, 0o750);
  assert.match((said.display as { diff: string }).diff, /^-two$/m);
  assert.deepEqual(readdirSync(folder).sort(), ["link.sh", "real.sh"]);
});

test("patch: nothing is written when one edit does not fit", async (t) => {
  const { call, folder } = toolBench(t);
  const file = path.join(folder, "a");
  writeFileSync(file, "one\ntwo\n");
  const edits = [
    { old: "one", new: "1" },
    { old: "three", new: "3" },
  ];
  const said = await call("patch", { path: "a", edits });
  assert.match(said.text, /^a is unchanged: edit 2 of 2: old is not in the file\./);
  assert.equal(said.isError, true);
  assert.equal(readFileSync(file, "utf8"), "one\ntwo\n");
});

test("patch: an empty old makes a new file, and no other", async (t) => {
  const { call, folder } = toolBench(t);
  assert.equal((await call("patch", { path: "n/a", edits: [{ old: "", new: "x\n" }] })).text, "n/a created");
  assert.equal(readFileSync(path.join(folder, "n/a"), "utf8"), "x\n");
  assert.match(
    (await call("patch", { path: "n/a", edits: [{ old: "", new: "y\n" }] })).text,
    /old is empty, and the file is there/,
  );
  assert.match(
    (await call("patch", { path: "none", edits: [{ old: "a", new: "b" }] })).text,
    /there is no .*none/,
  );
});

test("patch and write: a file that was changed since it was read is left alone until it is read again", async (t) => {
  const { call, folder } = toolBench(t);
  const file = path.join(folder, "a");
  writeFileSync(file, "one\n");
  symlinkSync("a", path.join(folder, "b"));
  await call("read", { path: "b" });
  writeFileSync(file, "one and more\n");
  const edits = [{ old: "one", new: "two" }];
  assert.match(
    (await call("patch", { path: "a", edits })).text,
    /has changed since you read it; read it again/,
  );
  assert.match(
    (await call("write", { path: "b", content: "x" })).text,
    /has changed since you read it; read it again/,
  );
  await call("read", { path: "a" });
  assert.match((await call("patch", { path: "b", edits })).text, /^a: edit in line 1/);
  assert.match(
    (await call("patch", { path: "a", edits: [{ old: "two", new: "three" }] })).text,
    /^a: edit in line 1/,
  );
  assert.equal(readFileSync(file, "utf8"), "three and more\n");
});

test("patch: calls of one answer for the same file see what the ones before them did", async (t) => {
  const { call, folder } = toolBench(t);
  const file = path.join(folder, "a");
  writeFileSync(file, "one\ntwo\nthree\n");
  await call("read", { path: "a" });
  const names = ["one", "two", "three"];
  const said = await Promise.all(
    names.map((name) => call("patch", { path: "a", edits: [{ old: name, new: name.toUpperCase() }] })),
  );
  assert.deepEqual(
    said.map(({ isError }) => isError),
    [false, false, false],
  );
  assert.equal(readFileSync(file, "utf8"), "ONE\nTWO\nTHREE\n");
});

test("patch and write: what only shows what cannot be seen does not get into a file", async (t) => {
  const { call, folder } = toolBench(t);
  const file = path.join(folder, "a");
  writeFileSync(file, "pass\u200bword = 1;\n");
  const { parts } = await call("read", { path: "a" });
  const [, seen] = parts;
  const content = seen?.type === "text" ? seen.text : "";
  assert.equal(content, "pass‹U+200B›word = 1;");
  assert.match(
    (await call("write", { path: "a", content })).text,
    /^the text has ‹U\+200B›, which only shows/,
  );
  const edit = { old: content, new: content.replace("1", "2") };
  assert.match(
    (await call("patch", { path: "a", edits: [edit] })).text,
    /old has ‹U\+200B›, which only shows/,
  );
  await call("patch", { path: "a", edits: [{ old: "password = 1", new: "password = 2" }] });
  assert.equal(readFileSync(file, "utf8"), "pass\u200bword = 2;\n");
});

test("patch: another name of the same file keeps the old text", async (t) => {
  const { call, folder } = toolBench(t);
  writeFileSync(path.join(folder, "a"), "one\n");
  linkSync(path.join(folder, "a"), path.join(folder, "outside"));
  await call("patch", { path: "a", edits: [{ old: "one", new: "two" }] });
  assert.equal(readFileSync(path.join(folder, "outside"), "utf8"), "one\n");
});

test("patch: a file that must not be written is left alone", (t) => {
  const { folder } = toolBench(t);
  const file = path.join(folder, "a");
  writeFileSync(file, "one\n", { mode: 0o444 });
  chmodSync(folder, 0o777);
  const root = process.getuid?.() === 0;
  // Root may write anything, so it steps down.
  if (root) process.seteuid?.(65_534);
  try {
    assert.throws(
      () => patchPath({ type: "patch", path: file, edits: [{ old: "one", new: "two" }] }),
      /no permission/,
    );
  } finally {
    if (root) process.seteuid?.(0);
  }
  assert.equal(readFileSync(file, "utf8"), "one\n");
});
