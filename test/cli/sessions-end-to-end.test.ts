/* Sessions of real processes: what one of them kept, another one finds, however the first one ended. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import type { JsonObject } from "../../src/llm/json.ts";
import type { SessionInfo } from "../../src/store/index.ts";
import * as say from "../support/answers.ts";
import { events, held, serve } from "../support/fault-server.ts";
import { keyed } from "./fake-io.ts";
import { ended, root, runProgram, shown, skip, start, type Ended, type Surroundings } from "./program.ts";

/** A folder of its own, and a place for sessions, gone with the test. */
class Desk {
  readonly folder: string;
  readonly home: string;
  env: Readonly<Record<string, string>>;

  constructor(t: TestContext) {
    const all = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-")));
    t.after(() => rmSync(all, { recursive: true }));
    this.home = path.join(all, "home");
    this.folder = path.join(all, "project");
    mkdirSync(this.folder);
    this.env = { COLLOQUY_HOME: this.home };
  }

  get at(): Surroundings {
    return { env: this.env, cwd: this.folder };
  }

  run(...argv: readonly string[]): Promise<Ended> {
    return runProgram(argv, this.at);
  }

  /** Says something in a session that begins; resolves to its id. */
  async begin(prompt: string): Promise<string> {
    const { code, out, err } = await this.run("-p", prompt, "--output-format", "json");
    assert.equal(code, 0, err);
    return (JSON.parse(out) as { sessionId: string }).sessionId;
  }

  async list(...argv: readonly string[]): Promise<readonly SessionInfo[]> {
    const { code, out } = await this.run("sessions", "--json", ...argv);
    assert.equal(code, 0);
    return JSON.parse(out) as readonly SessionInfo[];
  }
}

const posix = process.platform !== "win32";

test("sessions: a conversation is kept, and another process goes on with it", { skip }, async (t) => {
  const desk = new Desk(t);
  const first = await desk.run("-p", "echo: one");
  assert.deepEqual([first.code, first.out], [0, "one\n"]);
  const [, id = ""] = /^to go on: colloquy --resume (\w{3}-\w{4})$/m.exec(first.err) ?? [];
  if (posix) {
    assert.equal(statSync(desk.home).mode & 0o777, 0o700);
    assert.equal(statSync(path.join(desk.home, "sessions.db")).mode & 0o777, 0o600);
  }
  const second = await desk.run("-p", "--continue", "echo: two", "--output-format", "json");
  const { sessionId, steps } = JSON.parse(second.out) as { sessionId: string; steps: number };
  assert.deepEqual([sessionId, steps], [id, 1]);
  assert.match(second.err, new RegExp(`^session ${id}: “echo: one”, 2 messages, \\$0\\.00 so far\n`, "m"));
  assert.equal((await desk.run("-p", "--resume", id.slice(0, 4), "echo: three", "--quiet")).err, "");
  const [info] = await desk.list();
  assert.deepEqual(
    [info?.id, info?.messages, info?.folder, info?.title, info?.model],
    [id, 6, desk.folder, "echo: one", "rehearsal/rehearsal"],
  );
});

test(
  "sessions: what is sent again is what was said, with the model and the instructions of before",
  { skip },
  async (t) => {
    const server = await serve(
      t,
      events(say.stream("One.")),
      events(say.stream("Two.")),
      events(say.stream("Three.")),
    );
    const desk = new Desk(t);
    desk.env = { ...desk.env, ...keyed(server.url) };
    const flags = ["--model", "claude-3-5-haiku", "--system", "Be brief."];
    const first = await desk.run("-p", "hi", ...flags, "--output-format", "json");
    const second = await desk.run("-p", "-c", "and?", "--output-format", "json");
    const { model, messages, system } = (await server.call(1)).json;
    assert.equal(model, "claude-3-5-haiku-20241022");
    assert.match(JSON.stringify(system), /Be brief\./);
    assert.match(JSON.stringify(messages), /hi.*One\..*and\?/);
    // What it costs is this run's; the session's is told beside it.
    const costs = [first, second].map(({ out }) => (JSON.parse(out) as { costUsd: number }).costUsd);
    assert.ok(costs[0] !== undefined && costs[0] > 0);
    assert.equal(costs[0], costs[1]);
    assert.match(second.err, /2 messages, \$0\.0000\d+ so far/);
    await desk.run("-p", "-c", "and?", "--model", "claude-sonnet-4-6", "--system", "Be long.");
    const third = (await server.call(2)).json;
    assert.equal(third["model"], "claude-sonnet-4-6");
    assert.match(JSON.stringify(third["system"]), /Be long\./);
  },
);

test(
  "sessions: the model of before that cannot be asked is told, and another one answers",
  { skip },
  async (t) => {
    const server = await serve(t, events(say.stream("One.")));
    const desk = new Desk(t);
    const without = desk.env;
    desk.env = { ...desk.env, ...keyed(server.url) };
    await desk.run("-p", "hi");
    desk.env = without;
    const { code, out, err } = await desk.run("-p", "-c", "echo: instead");
    assert.deepEqual([code, out], [0, "instead\n"]);
    assert.match(
      err,
      /session's model anthropic\/claude-sonnet-4-6 cannot be asked: no key .*; rehearsal is asked instead/,
    );
  },
);

test(
  "sessions: a killed process loses the answer that came, and nothing that was said",
  { skip },
  async (t) => {
    const server = await serve(
      t,
      events(say.stream("First.")),
      held,
      held,
      events(say.stream("The whole answer.")),
    );
    const desk = new Desk(t);
    desk.env = { ...desk.env, ...keyed(server.url) };
    await desk.run("-p", "hi");
    const kill = async (call: number, argv: readonly string[]): Promise<JsonObject> => {
      const child = start(argv, desk.at);
      child.stdin.end();
      const end = ended(child);
      const asked = await server.call(call);
      const seen = shown(child.stdout, "The wh");
      asked.head(200, { "content-type": "text/event-stream" });
      await asked.write(say.messageStart + say.textStart() + say.textDelta("The wh"));
      await seen;
      child.kill("SIGKILL");
      assert.equal((await end).code, null);
      return asked.json;
    };
    const asked = await kill(1, ["-p", "-c", "tell me"]);
    const again = await kill(2, ["-p", "--continue"]);
    assert.deepEqual(again, asked);
    const { code, out, err } = await desk.run("-p", "--continue", "");
    assert.deepEqual([code, out], [0, "The whole answer.\n"]);
    assert.match(
      err,
      /3 messages, unknown \(.*\) so far\nthe last turn was interrupted while an answer came;/,
    );
    assert.deepEqual((await server.call(3)).json, asked);
    const over = await desk.run("-p", "--continue");
    assert.equal(over.code, 2);
    assert.match(
      over.err,
      /there is no prompt, and nothing in session \w{3}-\w{4} to go on with: its last turn is over/,
    );
    const [info, ...more] = await desk.list();
    assert.deepEqual([info?.messages, more], [4, []]);
  },
);

test("sessions: a message that failed is sent again without a prompt", { skip }, async (t) => {
  const desk = new Desk(t);
  const failed = await desk.run("-p", "fail: 5 server");
  assert.equal(failed.code, 1);
  assert.match(failed.err, /\nto go on: colloquy --resume /);
  const again = await desk.run("-p", "-c");
  assert.match(again.err, /its last message was not answered/);
  assert.equal(again.code, 1);
});

test("sessions: a fork begins where it was told to, and leaves the other one alone", { skip }, async (t) => {
  const desk = new Desk(t);
  const id = await desk.begin("echo: one");
  await desk.run("-p", "-c", "echo: two");
  const fork = await desk.run("-p", "--fork", `${id}@2`, "echo: three", "--output-format", "json");
  const { sessionId } = JSON.parse(fork.out) as { sessionId: string };
  assert.notEqual(sessionId, id);
  assert.match(fork.err, new RegExp(`^session ${sessionId}, a fork of ${id}: “echo: one”, 2 messages$`, "m"));
  const infos = await desk.list();
  assert.deepEqual(
    infos.map((info) => [info.id, info.messages, info.origin]),
    [
      [sessionId, 4, id],
      [id, 4, ""],
    ],
  );
  const none = await desk.run("-p", "--fork", `${id}@9`, "x");
  assert.deepEqual([none.code, none.out], [2, ""]);
  assert.match(none.err, /has no message 9; it has 4/);
  // A fork in which nothing was said is not there.
  for (const more of [[], ["--model", "claud"], ["--max-responses", "1"]]) {
    assert.equal((await desk.run("-p", "--fork", id, ...more)).code, 2);
  }
  assert.equal((await desk.list()).length, 2);
});

test("sessions: ids that are none, or several, and folders without a session", { skip }, async (t) => {
  const desk = new Desk(t);
  const early = await desk.run("-p", "--resume", "abc", "x");
  assert.deepEqual([early.code, early.err], [2, "colloquy: no session was kept yet.\n"]);
  assert.ok(!existsSync(desk.home));
  const ids = [await desk.begin("echo: one"), await desk.begin("echo: two")];
  const cases: [argv: string[], err: RegExp][] = [
    [
      ["--resume", "zzz-zzzz"],
      /there is no session zzz-zzzz; `colloquy sessions` lists those that there are/,
    ],
    [["--resume", "%"], /there is no session %/],
    [["--continue", "-C", ".."], /no session was begun in this folder; `colloquy sessions --all` lists/],
  ];
  for (const [argv, err] of cases) {
    const run = await desk.run("-p", "x", ...argv);
    assert.deepEqual([run.code, run.out], [2, ""]);
    assert.match(run.err, err);
  }
  // As many as it takes for two that begin alike.
  while (new Set(ids.map((id) => id[0])).size === ids.length) ids.push(await desk.begin("echo: more"));
  const first = ids.at(-1)?.[0] ?? "";
  const run = await desk.run("-p", "x", "--resume", first);
  assert.equal(run.code, 2);
  assert.match(run.err, /several sessions begin with .*Give more of the id\./);
});

test("sessions: a folder is the same by whatever name", { skip: skip || !posix }, async (t) => {
  const desk = new Desk(t);
  const id = await desk.begin("echo: one");
  symlinkSync(desk.folder, path.join(desk.folder, "..", "link"));
  const run = await desk.run("-p", "echo: two", "-c", "-C", "../link", "--output-format", "json");
  assert.equal((JSON.parse(run.out) as { sessionId: string }).sessionId, id);
});

test("sessions: one that is open elsewhere is left alone, and its fork is not", { skip }, async (t) => {
  const server = await serve(t, held, events(say.stream("Forked.")));
  const desk = new Desk(t);
  desk.env = { ...desk.env, ...keyed(server.url) };
  const child = start(["-p", "hi", "--output-format", "stream-json"], desk.at);
  child.stdin.end();
  const end = ended(child);
  const asked = await server.call(0);
  const [info] = await desk.list();
  const id = info?.id ?? "";
  const refused = await desk.run("-p", "me too", "--resume", id);
  assert.deepEqual([refused.code, refused.out], [1, ""]);
  assert.match(refused.err, new RegExp(`session ${id} is open in process ${child.pid} on .*--fork`));
  const kept = await desk.run("sessions", "delete", id, "--yes");
  assert.equal(kept.code, 1);
  assert.match(kept.err, /is open in process/);
  assert.equal((await desk.run("-p", "me too", "--fork", id)).out, "Forked.\n");
  asked.head(200, { "content-type": "text/event-stream" });
  asked.end(say.stream("Done."));
  assert.equal((await end).code, 0);
  assert.deepEqual(new Set((await desk.list()).map(({ messages }) => messages)), new Set([2, 3]));
});

test("sessions: processes that begin at once keep each its own", { skip }, async (t) => {
  const desk = new Desk(t);
  const runs = await Promise.all([0, 1, 2, 3].map((n) => desk.run("-p", `echo: ${n}`)));
  for (const [n, { code, out, err }] of runs.entries()) assert.deepEqual([code, out], [0, `${n}\n`], err);
  assert.deepEqual(
    (await desk.list()).map(({ title }) => title).sort(),
    [0, 1, 2, 3].map((n) => `echo: ${n}`),
  );
  assert.equal((await desk.run("doctor", "--sessions")).code, 0);
});

test("sessions: --no-session writes nothing", { skip }, async (t) => {
  const desk = new Desk(t);
  assert.deepEqual(await desk.run("-p", "echo: one", "--no-session", "--model", "rehearsal"), {
    code: 0,
    out: "one\n",
    err: "",
  });
  for (const argv of [["sessions"], ["doctor", "--sessions"]])
    assert.equal((await desk.run(...argv)).code, 0);
  assert.equal((await desk.run("export", "abc")).code, 2);
  assert.ok(!existsSync(desk.home));
});

test("sessions: SQLite is loaded where something is kept, and nowhere else", { skip }, async (t) => {
  const desk = new Desk(t);
  const main = JSON.stringify(pathToFileURL(path.join(root, "dist/cli/main.js")).href);
  const loads = (argv: readonly string[]): boolean => {
    const code =
      `await (await import(${main})).main(${JSON.stringify(argv)});` +
      `process.exitCode = process.moduleLoadList.includes("NativeModule sqlite") ? 10 : 0;`;
    const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
      ...desk.at,
      input: "",
    });
    assert.ok(status === 0 || status === 10, String(status));
    return status === 10;
  };
  for (const argv of [["--help"], ["--quiet", "--version"], ["models"], ["-p", "hello", "--no-session"]]) {
    assert.equal(loads(argv), false, argv.join(" "));
  }
  assert.equal(loads(["-p", "hello"]), true);
});

test("sessions: the list, the search, another title and a clean end", { skip }, async (t) => {
  const desk = new Desk(t);
  const ids: string[] = [];
  for (const words of ["about ships", "about trains", "about other ships"])
    ids.push(await desk.begin(`echo: ${words}`));
  const listed = await desk.run("sessions");
  assert.equal(listed.err, "");
  const rows = listed.out.trimEnd().split("\n");
  assert.match(rows[0] ?? "", /^id +when +messages +model +title$/);
  assert.deepEqual(
    rows.slice(1).map((row) => row.slice(0, 8)),
    [...ids].reverse(),
  );
  const found = await desk.run("sessions", "--search", "SHIP other");
  assert.match(found.out, new RegExp(`^${ids[2]} .*\n {4}echo: about other ships\n {4}about other ships\n$`));
  const elsewhere = ["sessions", "-C", "..", "--search", "ships"];
  assert.match((await desk.run(...elsewhere)).out, /nothing was found in this folder; --all looks in all/);
  assert.match((await desk.run(...elsewhere, "--all")).out, new RegExp(`${desk.folder.slice(-20)} .*echo`));
  const json = JSON.parse((await desk.run("sessions", "--search", "trains", "--json")).out) as JsonObject[];
  assert.deepEqual(Object.keys(json[0] ?? {}), ["session", "seq", "excerpt"]);

  const renamed = await desk.run("sessions", "rename", ids[0] ?? "", "A \u001b[31mred", "title");
  assert.match(renamed.err, /is called “A \[31mred title” now/);
  assert.ok((await desk.list()).some(({ title }) => title === "A [31mred title"));
  const asks = await desk.run("sessions", "delete", ids[0] ?? "");
  assert.equal(asks.code, 2);
  assert.match(asks.err, /no terminal to ask at; .*--yes/);
  const wrong = await desk.run("sessions", "delete", ids[0] ?? "", "nope", "--yes");
  assert.equal(wrong.code, 2);
  assert.equal((await desk.list()).length, 3);
  assert.equal((await desk.run("sessions", "delete", ids[0] ?? "", ids[1] ?? "", "--yes")).code, 0);
  assert.deepEqual(
    (await desk.list()).map(({ id }) => id),
    [ids[2]],
  );
});

test("sessions: a session is exported, imported elsewhere, and goes on there", { skip }, async (t) => {
  const desk = new Desk(t);
  const id = await desk.begin("echo: one \u001b[2J and `ticks`");
  const file = path.join(desk.folder, "one.json");
  assert.deepEqual(await desk.run("export", id, "-o", "one.json"), { code: 0, out: "", err: "" });
  if (posix) assert.equal(statSync(file).mode & 0o777, 0o600);
  const piped = await desk.run("export", id, "--format", "json");
  assert.equal(piped.out, readFileSync(file, "utf8"));
  const other = new Desk(t);
  const imported = await other.run("import", file);
  assert.deepEqual([imported.code, imported.out], [0, `${id}\n`]);
  assert.equal((await other.run("export", id, "--format", "json")).out, piped.out);
  const twice = await runProgram(["import", "-"], other.at, piped.out);
  const copy = twice.out.trim();
  assert.notEqual(copy, id);
  const run = await other.run("-p", "--resume", copy, "echo: two", "--output-format", "json");
  assert.equal((JSON.parse(run.out) as { sessionId: string }).sessionId, copy);
  const page = (await other.run("export", copy)).out;
  assert.match(page, /## User\n\necho: two\n\n## Model\n\ntwo\n/);
  assert.ok(!page.includes("\u001b"));
  for (const [text, err] of [
    ["{", /- is not JSON; sessions are exported with/],
    ["{}", /no exported session/],
  ] as const) {
    const bad = await runProgram(["import", "-"], other.at, text);
    assert.equal(bad.code, 2);
    assert.match(bad.err, err);
  }
  const missing = await other.run("import", "nope.json");
  assert.deepEqual([missing.code, missing.out], [2, ""]);
  const nowhere = await desk.run("export", id, "-o", "no/such/folder/x.md");
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.err, /--output no\/such\/folder\/x\.md cannot be written: there is no such folder/);
});

test("sessions: a recording is kept as any other run", { skip }, async (t) => {
  const server = await serve(t, events(say.stream("Recorded.")));
  const desk = new Desk(t);
  const home = desk.env;
  desk.env = { ...home, ...keyed(server.url) };
  assert.equal((await desk.run("-p", "hi", "--record", "a.httprr")).code, 0);
  desk.env = home;
  assert.equal((await desk.run("-p", "hi", "--replay", "a.httprr")).out, "Recorded.\n");
  assert.equal((await desk.list()).length, 2);
});

test("sessions: a budget that is reached holds; one that is given counts from now", { skip }, async (t) => {
  const desk = new Desk(t);
  assert.equal((await desk.run("-p", "echo: one", "--max-responses", "1")).code, 0);
  const reached = await desk.run("-p", "-c", "echo: two");
  assert.equal(reached.code, 3);
  assert.match(reached.err, /budget reached.*--max-responses/);
  assert.equal((await desk.run("-p", "-c", "--max-responses", "1")).out, "two\n");
});
