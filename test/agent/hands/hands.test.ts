import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { Hands } from "../../../src/agent/hands/hands.ts";
import { evaluated, handsProgram } from "../../../src/agent/hands/program.ts";
import { VirtualClock } from "../../support/clock.ts";
import { directSandbox } from "../../support/direct-sandbox.ts";

/** Hands whose program is a script that the test writes; it is given the count of its starts. */
function handsWith(t: TestContext, script: string, clock = new VirtualClock()): Hands {
  return helperWith(t, script, clock).hands;
}

function helperWith(
  t: TestContext,
  script: string,
  clock: VirtualClock,
): { readonly hands: Hands; readonly folder: string } {
  const folder = mkdtempSync(path.join(tmpdir(), "colloquy-hands-"));
  const file = path.join(folder, "helper.mjs");
  writeFileSync(
    file,
    `import { createInterface } from "node:readline";
     import { existsSync, writeFileSync } from "node:fs";
     const first = !existsSync("started"); writeFileSync("started", "");
     const say = (value) => process.stdout.write(typeof value === "string" ? value : JSON.stringify(value) + "\\n");
     const answer = { type: "text", path: "/x", text: "t", from: 1, lines: 1, total: 1, size: 1, notes: [] };
     createInterface({ input: process.stdin }).on("line", (line) => { const { id, type } = JSON.parse(line); ${script} });`,
  );
  const sandbox = directSandbox(folder);
  const hands = new Hands({ sandbox, clock, program: [process.execPath, file] });
  t.after(async () => {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { hands, folder };
}

const never = new AbortController().signal;
const read = { type: "read", path: "x", offset: 1, limit: 1 } as const;

test("hands: an answer is taken as it is, and questions are asked one after the other", async (t) => {
  const hands = handsWith(t, "say({ id, answer })");
  const answers = await Promise.all([1, 2, 3].map(() => hands.ask(read, { signal: never, timeoutMs: 1000 })));
  assert.deepEqual(
    answers.map(({ path }) => path),
    ["/x", "/x", "/x"],
  );
});

const hostile: readonly [name: string, says: string, why: RegExp][] = [
  ["no JSON", 'say("nonsense\\n")', /makes no sense/],
  ["another id", "say({ id: id + 1, answer })", /makes no sense/],
  ["no answer", "say({ id })", /makes no sense/],
  [
    "another kind of answer",
    'say({ id, answer: { type: "found", matches: [], files: [], skipped: 0 } })',
    /makes no sense/,
  ],
  ["fields of another type", "say({ id, answer: { ...answer, lines: -1 } })", /makes no sense/],
  ["fields that nobody knows", "say({ id, answer: { ...answer, more: 1 } })", /makes no sense/],
  ["a prototype", 'say(`{"id":${id},"answer":{"__proto__":{"type":"text"}}}\\n`)', /makes no sense/],
  [
    "JSON without end",
    'say(`{"id":${id},"answer":${"[".repeat(100000)}${"]".repeat(100000)}}\\n`)',
    /makes no sense/,
  ],
  [
    "two answers at once",
    "say(`${JSON.stringify({ id, answer })}\\n${JSON.stringify({ id, answer })}\\n`)",
    /more than one thing/,
  ],
  ["an answer that is too long", 'say("x".repeat(20 * 1024 * 1024))', /too long/],
  [
    "its end",
    'console.error("out of order"); process.exit(3)',
    /it ended \(exit code 3\): out of order; try again/,
  ],
];
for (const [name, says, why] of hostile) {
  test(`hands: a helper that gives ${name} is not believed, and the next one is`, async (t) => {
    const hands = handsWith(t, `if (first) { ${says} } else say({ id, answer })`);
    await assert.rejects(hands.ask(read, { signal: never, timeoutMs: 60_000 }), why);
    assert.equal((await hands.ask(read, { signal: never, timeoutMs: 60_000 })).path, "/x");
  });
}

test("hands: what a helper says of a problem is cleaned and cut", async (t) => {
  const hands = handsWith(t, 'say({ id, problem: "\\u001b[31mno\\u202e" + "x".repeat(100000) })');
  const said = await hands.ask(read, { signal: never, timeoutMs: 1000 }).then(
    () => "",
    (error: Error) => error.message,
  );
  assert.match(said, /^‹U\+001B›\[31mno‹U\+202E›x+$/);
  assert.ok(said.length < 5000);
});

test("hands: what takes too long is ended", async (t) => {
  const clock = new VirtualClock();
  const { hands, folder } = helperWith(t, "if (!first) say({ id, answer })", clock);
  const asked = hands.ask(read, { signal: never, timeoutMs: 30_000 });
  await clock.set(30_000);
  while (!existsSync(path.join(folder, "started"))) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(30_000);
  await assert.rejects(asked, /not done after 30 s/);
  assert.equal((await hands.ask(read, { signal: never, timeoutMs: 30_000 })).path, "/x");
});

test("hands: what is being written when nobody wants it any more comes to its end", async (t) => {
  const clock = new VirtualClock();
  const written = '{ type: "written", path: "/x", created: true, size: 1, diff: "" }';
  const hands = handsWith(t, `setTimeout(() => say({ id, answer: ${written} }), 20)`, clock);
  const controller = new AbortController();
  const asked = hands.ask(
    { type: "write", path: "x", text: "x" },
    { signal: controller.signal, timeoutMs: 30_000 },
  );
  await clock.set(30_000);
  controller.abort(new Error("stop"));
  assert.equal((await asked).path, "/x");
});

test("hands: a helper that dies while it writes leaves it open what is there", async (t) => {
  const hands = handsWith(t, "process.exit(1)");
  const asked = hands.ask({ type: "patch", path: "x", edits: [] }, { signal: never, timeoutMs: 1000 });
  await assert.rejects(asked, /whether the file was changed is not known: read it$/);
});

const built = path.join(import.meta.dirname, "../../../dist/agent/hands.js");

test(
  "hands: the built program works as an argument, far from the package",
  { skip: !existsSync(built) },
  async (t) => {
    const program = evaluated(process.execPath, built);
    // Linux takes no argument of 128 KiB.
    assert.ok((program.at(-1) ?? "").length < 100_000);
    const folder = mkdtempSync(path.join(tmpdir(), "colloquy-hands-"));
    writeFileSync(path.join(folder, "a"), "one\n");
    const sandbox = directSandbox(folder);
    t.after(async () => {
      await hands.close();
      await sandbox.close();
      rmSync(folder, { recursive: true });
    });
    const hands = new Hands({ sandbox, clock: new VirtualClock(), program });
    const options = { signal: never, timeoutMs: 30_000 };
    await hands.ask({ type: "patch", path: "a", edits: [{ old: "one", new: "two" }] }, options);
    const answer = await hands.ask({ ...read, path: "a" }, options);
    assert.equal(answer.type === "text" && answer.text, "two");
  },
);

test("hands: the program is this package's own", () => {
  const [node, file] = handsProgram();
  assert.equal(node, process.execPath);
  assert.match(file ?? "", /src\/agent\/hands\/main\.ts$/);
});
