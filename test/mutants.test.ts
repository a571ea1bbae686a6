import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

interface Mutant {
  readonly name: string;
  readonly from: string;
  readonly file: string;
  readonly text: string;
  readonly bug: string;
  readonly tests: readonly string[];
}

const root = path.join(import.meta.dirname, "..");
const list = new URL("../scripts/mutants/all.mjs", import.meta.url).href;
const { mutants } = (await import(list)) as { readonly mutants: readonly Mutant[] };

test("each mutant of scripts/mutants still has its place in the sources", () => {
  for (const { name, from, file, text, bug, tests } of mutants) {
    const times = readFileSync(path.join(root, file), "utf8").split(text).length - 1;
    assert.equal(times, 1, `${name}: write its text anew, it is ${times} times in ${file}`);
    assert.notEqual(text, bug, name);
    assert.notEqual(from, "", name);
    assert.ok(tests.length > 0, name);
    for (const each of tests) assert.ok(existsSync(path.join(root, each)), `${name}: there is no ${each}`);
  }
  assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length, "names are unique");
  assert.ok(mutants.length >= 30);
});
