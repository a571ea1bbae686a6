import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { openStore } from "../../src/store/index.ts";
import * as say from "../support/answers.ts";
import { events, held, serve } from "../support/fault-server.ts";
import { FakeIo, keyed, run, type FakeIoOptions, type Run } from "./fake-io.ts";

/** A folder that is gone with its test. */
function folder(t: TestContext): string {
  const made = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-")));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
}

const rehearse = ["--model", "rehearsal"];
const stray =
  /this conversation is not kept: (.*)\. Set COLLOQUY_HOME to another folder, or say --no-session\n/;

/** What becomes of a run whose sessions cannot be kept, and of one that was to go on with one. */
async function unkept(env: Readonly<Record<string, string>>): Promise<string> {
  // An empty one is none, and `run` leaves the flags as they are.
  const all = { COLLOQUY_HOME: "", ...env };
  const told = await run(["-p", "echo: hi", ...rehearse], { env: all });
  assert.deepEqual([told.code, told.out], [0, "hi\n"]);
  assert.doesNotMatch(told.err, /--resume/);
  const quiet = await run(["-p", "echo: hi", "--quiet", ...rehearse], { env: all });
  assert.deepEqual(quiet, { code: 0, out: "hi\n", err: "" });
  const silenced = await run(["-p", "echo: hi", "--no-session", ...rehearse], { env: all });
  assert.deepEqual(silenced, { code: 0, out: "hi\n", err: "" });
  const asked = await run(["-p", "echo: hi", "--continue", ...rehearse], { env: all });
  assert.notEqual(asked.code, 0);
  assert.equal(asked.out, "");
  assert.match(asked.err, /^colloquy: .*\n$/);
  const [notice, why = ""] = stray.exec(told.err) ?? [];
  assert.equal(notice, told.err);
  return why;
}

test("sessions: without a home nothing is kept, and that is told", async () => {
  assert.match(await unkept({}), /neither COLLOQUY_HOME nor HOME is set/);
});

test("sessions: a home that is no folder", async (t) => {
  const file = path.join(folder(t), "file");
  writeFileSync(file, "");
  assert.match(await unkept({ XDG_STATE_HOME: file }), /the folder .*colloquy cannot be made: ENOTDIR/);
});

test("sessions: a file that is none of ours is not written over", async (t) => {
  const home = folder(t);
  writeFileSync(path.join(home, "sessions.db"), "not a database, but something of mine");
  assert.match(await unkept({ COLLOQUY_HOME: home }), /sessions\.db is damaged/);
  const all = await run(["sessions"], { env: { COLLOQUY_HOME: home } });
  assert.equal(all.code, 1);
  assert.match(all.err, /sessions\.db is damaged/);
});

test("sessions: a file of a later version is not touched", async (t) => {
  const home = folder(t);
  const database = new DatabaseSync(path.join(home, "sessions.db"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  assert.match(await unkept({ COLLOQUY_HOME: home }), /written by a later version of colloquy; update/);
});

test("sessions: where the first entry cannot be written the conversation goes on without", async (t) => {
  const home = folder(t);
  const file = path.join(home, "sessions.db");
  await (await openStore(file)).close();
  const database = new DatabaseSync(file);
  database.exec("DROP TABLE entries");
  database.close();
  assert.match(await unkept({ COLLOQUY_HOME: home }), /no such table|is damaged/);
});

/** A person at a terminal of some width. */
class Person {
  readonly io: FakeIo;
  readonly ended: Promise<Run>;

  constructor(
    argv: readonly string[],
    { columns = 80, ...options }: FakeIoOptions & { readonly columns?: number },
  ) {
    this.io = new FakeIo({ ...options, terminal: true });
    Object.assign(this.io.stdout, { columns });
    this.ended = run(argv, this.io);
  }

  async type(prompt: string, keys: string): Promise<void> {
    await this.io.stderr.until(prompt);
    this.io.stderr.text = "";
    this.io.keys.write(keys);
  }
}

test("sessions: a conversation at a terminal is kept, says how to go on, and goes on", async (t) => {
  const server = await serve(t, events(say.stream("One.")), held, events(say.stream("Two.")));
  const env = { COLLOQUY_HOME: folder(t), ...keyed(server.url) };
  const first = new Person(["hi"], { env });
  await first.type("> ", "and?\r");
  const call = await server.call(1);
  first.io.interrupt();
  await first.type("/retry asks again", "");
  await first.type("> ", "/exit\r");
  const { err } = await first.ended;
  const [, id = ""] = /to go on: colloquy --resume (\S+)\n$/.exec(err) ?? [];
  assert.match(id, /^\w{3}-\w{4}$/);
  assert.equal(first.io.machine.clock.pending, 0);

  const second = new Person(["--resume", id], { env });
  await second.io.stderr.until(`session ${id}: “hi”, 3 messages, `);
  await second.io.stderr.until("its last message was not answered\n");
  await second.type("/retry goes on with it", "/retry\r");
  await second.io.stdout.until("Two.");
  assert.deepEqual((await server.call(2)).json, call.json);
  await second.type("> ", "/retry\r");
  await second.type("nothing to retry", "\u0004");
  assert.equal((await second.ended).code, 0);
});

test("sessions: nobody is told how to go on with what was never begun", async (t) => {
  const env = { COLLOQUY_HOME: folder(t) };
  const person = new Person(rehearse, { env });
  await person.type("> ", "/exit\r");
  assert.doesNotMatch((await person.ended).err, /--resume/);
  assert.match((await run(["sessions"], { env })).out, /no session was begun in this folder/);
});

test("sessions: deleting asks at a terminal", async (t) => {
  const env = { COLLOQUY_HOME: folder(t) };
  await run(["-p", "echo: one", ...rehearse], { env });
  const list = async (): Promise<readonly { readonly id: string }[]> =>
    JSON.parse((await run(["sessions", "--json"], { env })).out) as readonly { readonly id: string }[];
  const id = (await list())[0]?.id ?? "";
  for (const [keys, code, left] of [
    ["\r", 130, 1],
    ["no\r", 130, 1],
    ["\u0003", 130, 1],
    ["y\r", 0, 0],
  ] as const) {
    const person = new Person(["sessions", "delete", id], { env });
    await person.io.stderr.until(`${id}  2 messages  echo: one\n`);
    await person.type("delete for good? y/N ", keys);
    assert.equal((await person.ended).code, code);
    assert.equal((await list()).length, left);
  }
});

test("sessions: twenty are shown at once, in the width of the terminal, and a title steers nothing", async (t) => {
  const home = folder(t);
  const env = { COLLOQUY_HOME: home, TERM: "xterm" };
  const cwd = path.join(home, "project");
  mkdirSync(cwd);
  for (let n = 0; n < 22; n++) {
    const io = new FakeIo({ env, cwd, seed: n });
    // Each a while after the one before.
    io.machine.clock.advance(n * 90_000);
    assert.equal(
      (await run(["-p", `echo: number ${n}, and some words that are too many`, ...rehearse], io)).code,
      0,
    );
  }
  const store = await openStore(path.join(home, "sessions.db"));
  const [newest] = await store.list();
  await store.rename(newest?.id ?? "", "a\u001b]0;owned\u0007b\nc\u009b2Jd");
  await store.close();
  const show = async (columns: number, ...argv: readonly string[]): Promise<string[]> => {
    const person = new Person(["sessions", ...argv], { env, cwd, columns });
    person.io.machine.clock.advance(22 * 90_000);
    return (await person.ended).out.split("\n");
  };
  const wide = await show(80);
  assert.equal(wide[0], "\u001b[2mid        when        messages  model      title\u001b[0m");
  assert.match(wide[1] ?? "", /^\w{3}-\w{4}  1 min ago +2  rehearsal  a ]0;owned b c 2Jd$/);
  assert.match(
    wide[2] ?? "",
    /^\w{3}-\w{4}  3 min ago +2  rehearsal  echo: number 20, and some words that…$/,
  );
  assert.deepEqual(wide.slice(21), ["and 2 more: --all lists all, of every folder", ""]);
  for (const line of await show(40, "--no-color"))
    assert.ok(line.length <= 40 || line.startsWith("and "), line);
  assert.equal((await show(80, "--all", "--no-color")).length, 24);
  assert.equal((JSON.parse((await show(80, "--json")).join("\n")) as unknown[]).length, 22);
  const page = new Person(["export", newest?.id ?? ""], { env });
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch((await page.ended).out, /[\u001b\u009b\u0007]/);
});

test("sessions: what is kept holds no more files than its own", async (t) => {
  const home = folder(t);
  await run(["-p", "echo: one", ...rehearse], { env: { COLLOQUY_HOME: home } });
  assert.deepEqual(readdirSync(home), ["sessions.db"]);
});
