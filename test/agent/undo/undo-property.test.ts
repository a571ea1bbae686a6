import assert from "node:assert/strict";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { makePlace, picture } from "./picture.ts";

/** Names as bytes: what shells trip over, what is no UTF-8, what is long. */
const names = [
  "a",
  "b",
  "c.txt",
  "two words",
  "new\nline",
  "-rf",
  "ü\u0301",
  "\\",
  "*",
  "\u{1f600}",
  "x".repeat(255),
]
  .map((name) => Buffer.from(name))
  .concat(Buffer.from([0xff, 0x61, 0xc3]), Buffer.from("\ufffd"), Buffer.from([0x62, 0xed, 0xa0, 0x80]));

const name = fc.constantFrom(...names);
const where = fc.array(name, { minLength: 1, maxLength: 3 });
/** Written out when it is used, so that what fails can be read. Some are longer than what is read in one piece. */
const length = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(0, 1, 40, 5000) },
  { weight: 1, arbitrary: fc.constant((1 << 20) + 3) },
);
const content = fc.record({ byte: fc.nat(255), length });
const mode = fc.constantFrom(0o644, 0o600, 0o755, 0o444, 0o700, 0o4755, 0o1777);

const mutation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("write" as const), at: where, content, mode }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("folder" as const), at: where, mode }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("link" as const), at: where, to: name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), at: where }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("rename" as const), at: where, to: where }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("chmod" as const), at: where, mode }) },
);
type Mutation = typeof mutation extends fc.Arbitrary<infer Value> ? Value : never;

/** Does it, whatever is in the way; what cannot be done is not. */
function mutate(workspace: string, mutation: Mutation): void {
  const at = wayTo(workspace, mutation.at, mutation.do !== "remove" && mutation.do !== "chmod");
  if (at === undefined) return;
  if (mutation.do !== "chmod" && mutation.do !== "rename") rmSync(at, { recursive: true, force: true });
  switch (mutation.do) {
    case "write":
      writeFileSync(at, Buffer.alloc(mutation.content.length, mutation.content.byte));
      chmodSync(at, mutation.mode);
      return;
    case "folder":
      mkdirSync(at);
      chmodSync(at, mutation.mode);
      return;
    case "link":
      symlinkSync(mutation.to, at);
      return;
    case "rename": {
      const to = wayTo(workspace, mutation.to, true);
      if (to === undefined || lstatSync(at, { throwIfNoEntry: false }) === undefined) return;
      if (to.equals(at) || isBelow(at, to) || isBelow(to, at)) return;
      rmSync(to, { recursive: true, force: true });
      renameSync(at, to);
      return;
    }
    case "chmod":
      if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === false) chmodSync(at, mutation.mode);
      return;
    case "remove":
  }
}

function isBelow(folder: Buffer, at: Buffer): boolean {
  return at.toString("latin1").startsWith(`${folder.toString("latin1")}/`);
}

/** The path, with folders on the way to it: files and links that are in the way give way to them. */
function wayTo(workspace: string, names: readonly Buffer[], make: boolean): Buffer | undefined {
  let at = Buffer.from(workspace);
  for (const [index, name] of names.entries()) {
    if (index > 0) {
      const status = lstatSync(at, { throwIfNoEntry: false });
      if (status?.isDirectory() !== true) {
        if (!make) return undefined;
        rmSync(at, { force: true });
        mkdirSync(at);
      }
    }
    at = Buffer.concat([at, Buffer.from("/"), name]);
  }
  return at;
}

test("undo: whatever was done to any tree is taken back, byte for byte, and that too", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(mutation, { maxLength: 25 }),
      fc.array(mutation, { maxLength: 15 }),
      fc.array(mutation, { maxLength: 15 }),
      async (first, second, third) => {
        const { workspace, open, remove } = makePlace();
        try {
          const undo = await open();
          for (const each of first) mutate(workspace, each);
          const before = picture(workspace);
          const one = await undo.snapshot("one");
          for (const each of second) mutate(workspace, each);
          const between = picture(workspace);
          const two = await undo.snapshot("two");
          for (const each of third) mutate(workspace, each);
          const after = picture(workspace);

          const planned = await undo.changes(one);
          const there = await undo.restore(one);
          assert.deepEqual(there.problems, []);
          assert.deepEqual(picture(workspace), before);
          assert.deepEqual(await undo.changes(one), []);
          const inOrder = (changes: typeof planned): string[] =>
            changes.map(({ path, does }) => `${does} ${path}`).sort();
          assert.deepEqual(inOrder(there.done), inOrder(planned));

          assert.ok(there.back !== undefined);
          assert.deepEqual((await undo.restore(there.back)).problems, []);
          assert.deepEqual(picture(workspace), after);
          assert.deepEqual((await undo.restore(two)).problems, []);
          assert.deepEqual(picture(workspace), between);
          assert.deepEqual(readdirSync(path.dirname(workspace)).length, 2);
        } finally {
          await remove();
        }
      },
    ),
    { numRuns: 30 },
  );
});
