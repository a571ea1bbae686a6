import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

function check(files: Record<string, string>): { status: number | null; lines: string[] } {
  const root = mkdtempSync(path.join(tmpdir(), "colloquy-floors-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(root, "src", name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const script = path.join(import.meta.dirname, "../scripts/check-floors.mjs");
    const { status, stdout } = spawnSync(process.execPath, [script, root], { encoding: "utf8" });
    return { status, lines: stdout.trimEnd().split("\n").slice(0, -1) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const forbidden: [file: string, line: string, rule: RegExp][] = [
  ["llm/a.ts", 'import { b } from "../providers/b.ts";', /llm \(floor 0\) must not import from providers/],
  ["llm/a.ts", 'import "node:fs";', /imports nothing from outside/],
  ["llm/a.ts", 'import type { Schema } from "ajv";', /imports nothing from outside/],
  ["protocols/a.ts", 'import { readFileSync } from "fs";', /know nothing of Node/],
  ["protocols/x/a.ts", 'export * from "../../conversation/b.ts";', /protocols \(floor 1\)/],
  ["conversation/a.ts", 'const b = await import("../store/b.ts");', /conversation \(floor 3\)/],
  ["store/a.ts", 'type B = import("../agent/b.ts").B;', /store \(floor 4\)/],
  ["cli/a.ts", 'import {\n  b,\n} from "../server/b.ts";', /faces never import each other/],
  ["cli/a.ts", 'import { b } from "colloquy";', /relative paths only/],
  ["cli/a.ts", 'import { b } from "../../test/b.ts";', /outside src/],
  ["agent/a.ts", 'import { b } from "../index.ts";', /agent \(floor 5\) must not import from src\/\*\.ts/],
  ["attic/a.ts", 'import { b } from "../llm/b.ts";', /has no floor yet/],
];

for (const [file, line, rule] of forbidden) {
  test(`floors: ${file} may not contain ${line.replaceAll("\n", " ")}`, () => {
    const { status, lines } = check({ [file]: `// first\n${line}\n` });
    assert.equal(status, 1);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", new RegExp(`^src/${file}:[2-4]: `));
    assert.match(lines[0] ?? "", rule);
  });
}

test("floors: imports from below and beside, and words in comments and strings, are fine", () => {
  const { status, lines } = check({
    "llm/a.ts": '// import "../cli/main.ts"\n/* from "node:fs" */\nexport const a = "from \'node:fs\'";\n',
    "httprr/a.ts": 'import { b } from "../providers/b.ts";\nimport { open } from "node:fs/promises";\n',
    "cli/a.ts": 'import { b } from "../agent/b.ts";\nimport { c } from "./c.ts";\n',
    "testing/a.ts": 'import { b } from "../httprr/a.ts";\n',
    "index.ts": 'export * from "./conversation/index.ts";\n',
  });
  assert.deepEqual(lines, []);
  assert.equal(status, 0);
});
