import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { tidy } from "../../src/cli/tidy.ts";

test("what nobody has changed for long is deleted, and nothing else", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "colloquy-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const old = new Date(Date.now() - 31 * 24 * 3_600_000);
  for (const name of ["new", "old", "old outside", "in use"]) {
    const inner = path.join(folder, name, "inner");
    mkdirSync(inner, { recursive: true });
    writeFileSync(path.join(inner, "file"), "x");
    if (name !== "old outside" && name !== "new") utimesSync(inner, old, old);
    if (name !== "new") utimesSync(path.join(folder, name), old, old);
  }
  await tidy(folder, 30, "in use");
  assert.deepEqual(readdirSync(folder).toSorted(), ["in use", "new", "old outside"]);
  await tidy(path.join(folder, "nowhere"), 1);
});
