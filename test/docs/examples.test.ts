/*
 * Every example in the README and in docs/ runs, and prints what the text block after it says.
 * A `ts` block is a program that imports the built package; a `sh` block is one `colloquy` command.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
// Inside the package, so that `import "colloquy"` finds the package itself.
const scratch = path.join(root, "dist/.examples");
const built = existsSync(path.join(root, "dist/index.js"));
if (built) mkdirSync(scratch, { recursive: true });
after(() => rmSync(scratch, { recursive: true, force: true }));

interface Example {
  readonly line: number;
  readonly language: string;
  readonly code: string;
  readonly prints: string | undefined;
}

function examples(markdown: string): Example[] {
  const found: Example[] = [];
  const fences = /^```(ts|sh)\n([\s\S]*?)^```\n(?:\s*^```text\n([\s\S]*?)^```$)?/gm;
  for (const match of markdown.matchAll(fences)) {
    const line = markdown.slice(0, match.index).split("\n").length;
    const [, language = "", code = "", prints] = match;
    found.push({ line, language, code, prints });
  }
  return found;
}

function run({ language, code }: Example, page: string, name: string): string {
  // What a page keeps, its later examples find, and nobody else.
  const kept = path.join(scratch, `kept-${page.replace(/\W+/g, "-")}`);
  const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], COLLOQUY_HOME: kept };
  if (language === "ts") {
    const file = path.join(scratch, `${name}.ts`);
    writeFileSync(file, code);
    return output(spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", file], { env }));
  }
  assert.match(code, /^colloquy [^\n]*\n$/, "a sh block is one colloquy command");
  const command = code.replace(
    /^colloquy /,
    `"${process.execPath}" "${path.join(root, "bin/colloquy.cjs")}" `,
  );
  // Tools change what is in their folder, and here it is nobody else's.
  const cwd = path.join(scratch, `folder-${page.replace(/\W+/g, "-")}`);
  mkdirSync(cwd, { recursive: true });
  return output(spawnSync("sh", ["-c", command], { env, cwd, input: "" }));
}

function output({ status, stdout, stderr }: ReturnType<typeof spawnSync>): string {
  assert.equal(status, 0, String(stderr));
  return String(stdout);
}

const pages = ["README.md", ...globSync("docs/**/*.md", { cwd: root })].sort();
for (const page of pages) {
  for (const example of examples(readFileSync(path.join(root, page), "utf8"))) {
    const name = `${page.replace(/\W+/g, "-")}-${example.line}`;
    test(`${page}:${example.line} runs as it says`, { skip: !built && "the package is not built" }, () => {
      const printed = run(example, page, name);
      if (example.prints !== undefined) assert.equal(printed, example.prints);
    });
  }
}

test("the README has examples of both kinds", () => {
  const kinds = new Set(
    examples(readFileSync(path.join(root, "README.md"), "utf8")).map((each) => each.language),
  );
  assert.deepEqual([...kinds].sort(), ["sh", "ts"]);
});
