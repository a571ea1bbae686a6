import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { VirtualClock } from "../../support/clock.ts";
import { toolBench, type Bench } from "../../support/tool-room.ts";

/** Has the programs inside find no other program than these. */
function onPath(t: TestContext, programs: Record<string, string>): void {
  const bin = mkdtempSync(path.join(tmpdir(), "colloquy-path-"));
  for (const [name, file] of Object.entries(programs)) symlinkSync(file, path.join(bin, name));
  const before = process.env["PATH"];
  process.env["PATH"] = bin;
  t.after(() => {
    process.env["PATH"] = before;
    rmSync(bin, { recursive: true });
  });
}

function find(program: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .map((folder) => path.join(folder, program))
    .find((file) => existsSync(file));
}

const git = find("git") ?? "";
const ripgrep = find("rg");
// CI has to have one: there the test fails instead.
const withoutRipgrep =
  ripgrep === undefined && process.env["CI"] !== "true" && "there is no ripgrep on this machine";

function tree(t: TestContext): Bench {
  const bench = toolBench(t);
  const files: Record<string, string> = {
    "src/a.ts": "import b\nconst needle = 1;\n",
    "src/deep/b.ts": "Needle\r\nneedle\r\n",
    "src/c.js": "needle",
    "node_modules/x/index.js": "needle",
    ".hidden/d.ts": "needle",
    "binary.ts": "needle\0",
  };
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(bench.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return bench;
}

for (const [engine, programs] of [
  ["ourselves", {}],
  ["ripgrep", { rg: ripgrep ?? "" }],
] as const) {
  test(
    `search: lines, files, and lines in some files, by ${engine}`,
    { skip: engine === "ripgrep" && withoutRipgrep },
    async (t) => {
      onPath(t, programs);
      const { call } = tree(t);
      const said = async (input: object): Promise<string> => (await call("search", input)).text;
      assert.equal(
        await said({ pattern: "needle" }),
        ".hidden/d.ts:1: needle\nsrc/a.ts:2: const needle = 1;\nsrc/c.js:1: needle\nsrc/deep/b.ts:2: needle",
      );
      assert.equal(
        await said({ pattern: "^needle$", ignoreCase: true, glob: "b.*" }),
        "src/deep/b.ts:1: Needle\nsrc/deep/b.ts:2: needle",
      );
      assert.equal(await said({ glob: "*.ts" }), ".hidden/d.ts\nbinary.ts\nsrc/a.ts\nsrc/deep/b.ts");
      assert.equal(await said({ glob: "src/**/*.ts" }), "src/a.ts\nsrc/deep/b.ts");
      assert.equal(await said({ pattern: "needle", path: "src/c.js" }), "src/c.js:1: needle");
      assert.equal(
        await said({ pattern: "needle", path: "src", glob: "deep/*.ts" }),
        "src/deep/b.ts:2: needle",
      );
      assert.equal(
        await said({ pattern: "needle", path: "node_modules/x" }),
        "node_modules/x/index.js:1: needle",
      );
      assert.equal(await said({ pattern: "absent" }), "nothing found");
      assert.equal(
        await said({ pattern: "needle", limit: 1 }),
        ".hidden/d.ts:1: needle\n\nthere are more results; narrow the search, or raise limit",
      );
      assert.match(await said({ pattern: "(" }), /the pattern is no regular expression/);
      assert.match(await said({}), /give pattern, glob or both/);
      assert.match(await said({ pattern: "x", path: "nowhere" }), /there is no .*nowhere/);
    },
  );
}

test("search: what git ignores is passed over", async (t) => {
  onPath(t, { git });
  const { call, folder } = tree(t);
  spawnSync("git", ["init", "-q"], { cwd: folder });
  writeFileSync(path.join(folder, ".gitignore"), "*.js\nnode_modules\n");
  assert.equal(
    (await call("search", { pattern: "needle", path: "src" })).text,
    "src/a.ts:2: const needle = 1;\nsrc/deep/b.ts:2: needle",
  );
});

test("search: long lines and long answers are cut", async (t) => {
  const { call, folder } = toolBench(t);
  writeFileSync(path.join(folder, "long"), `${"x".repeat(5000)}\n`.repeat(500));
  const { text } = await call("search", { pattern: "x", limit: 1000 });
  assert.ok(text.length < 45_000, `${text.length}`);
  assert.match(text, /^long:1: x{300}… \(700 more characters\)\n/);
  assert.match(text, /\n\n\d+ more results are not shown; narrow the search$/);
});

test("search: an expression that takes for ever is given up, and the next one is answered", async (t) => {
  onPath(t, {});
  const clock = new VirtualClock();
  const { call, folder } = toolBench(t, { clock });
  writeFileSync(path.join(folder, "evil"), `${"a".repeat(60)}!\n`);
  const evil = call("search", { pattern: "^(a+)+$" });
  await clock.set(5000);
  clock.advance(5000);
  const said = await evil;
  assert.equal(said.text, "it was not done after 5 s, and was given up");
  assert.equal(said.isError, true);
  assert.equal((await call("search", { pattern: "a!" })).text, `evil:1: ${"a".repeat(60)}!`);
});

test("search: a call that is cancelled ends at once, and files can be read meanwhile", async (t) => {
  onPath(t, {});
  const { call, folder } = toolBench(t);
  writeFileSync(path.join(folder, "evil"), `${"a".repeat(60)}!\n`);
  const controller = new AbortController();
  const evil = call("search", { pattern: "^(a+)+$" }, controller.signal);
  assert.match((await call("read", { path: "evil" })).text, /^evil, lines 1 to 1 of 1\na+!$/);
  controller.abort(new Error("the user said stop"));
  assert.equal((await evil).text, "the user said stop");
});

test("search: ripgrep is asked where it is there", async (t) => {
  const { call, folder } = tree(t);
  // One that only tells what it was asked.
  const fake = path.join(folder, "fake");
  writeFileSync(fake, `#!/bin/sh\nfor last; do :; done\nprintf '%s/x\\0007:%s\\n' "$last" "$*"\n`);
  chmodSync(fake, 0o755);
  onPath(t, { rg: fake });
  const { text } = await call("search", { pattern: "-e", glob: "*.ts", path: "src" });
  assert.match(text, /^src\/x:7: --no-config .*--glob=\*\.ts .*--regexp=-e -- \.$/);
});
