import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { Folder } from "../../../src/agent/undo/folder.ts";
import { bytesOf, nameOf } from "../../../src/agent/undo/names.ts";

for (const byHandle of [true, false]) {
  test(`undo: an open folder stays the same wherever it goes (handles: ${byHandle})`, (t) => {
    if (byHandle && process.platform !== "linux") return t.skip("there are no such handles here");
    const base = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-folder-")));
    t.after(() => rmSync(base, { recursive: true }));
    const at = (name: string): string => path.join(base, name);
    mkdirSync(at("work/in"), { recursive: true });
    mkdirSync(at("other"));
    writeFileSync(at("work/in/a"), "mine");
    writeFileSync(at("other/a"), "another's");
    symlinkSync(at("other"), at("work/link"));
    const root = Folder.root(at("work"), byHandle);
    const inner = root.open("in");
    t.after(() => {
      inner.close();
      root.close();
    });
    assert.deepEqual(inner.names(), ["a"]);
    assert.throws(() => root.open("link"), /ENOTDIR|ELOOP/);
    renameSync(at("work/in"), at("work/away"));
    symlinkSync(at("other"), at("work/in"));
    if (byHandle) assert.equal(readFileSync(inner.at("a"), "utf8"), "mine");
    else {
      assert.throws(() => inner.at("a"), /has changed its place/);
      assert.throws(() => inner.names(), /has changed its place/);
    }
    // The same place by another link on the way.
    rmSync(at("work/in"));
    renameSync(at("work/away"), at("work/in"));
    renameSync(at("work"), at("moved"));
    symlinkSync(at("moved"), at("work"));
    if (byHandle) assert.equal(readFileSync(inner.at("a"), "utf8"), "mine");
    else assert.throws(() => inner.at("a"), /has changed its place/);
  });
}

test("undo: any bytes are a name and come back", () => {
  const byte = fc.oneof(
    fc.integer({ min: 1, max: 255 }),
    fc.constantFrom(0xc3, 0xa4, 0xed, 0xa0, 0x80, 0xef, 0xbf, 0xbd),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.array(byte, { maxLength: 12 }), (bytes, more) => {
      for (const each of [Buffer.from(bytes), Buffer.from(more)]) {
        const name = nameOf(each);
        assert.deepEqual(bytesOf(name), each);
        assert.deepEqual(bytesOf(JSON.parse(JSON.stringify(name)) as string), each);
      }
    }),
  );
});
