import assert from "node:assert/strict";
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import type { Check } from "../../src/cli/doctor-checks.ts";
import { checksOf } from "../../src/cli/doctor-sessions.ts";
import { FakeIo, run } from "./fake-io.ts";

function folder(t: TestContext): string {
  const made = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-")));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
}

async function doctor(
  env: Readonly<Record<string, string>>,
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly checks: ReadonlyMap<string, Check> }> {
  const { code, out } = await run(["doctor", "--json", ...argv], { env: { COLLOQUY_HOME: "", ...env } });
  return { code, checks: new Map((JSON.parse(out) as Check[]).map((check) => [check.name, check])) };
}

test("doctor: all is well", async (t) => {
  const home = path.join(folder(t), "home");
  const key = "sk-ant-0123456789abcdef";
  const proxy = "http://me:secret@proxy.example:3128";
  const env = { COLLOQUY_HOME: home, ANTHROPIC_API_KEY: key, HTTPS_PROXY: proxy, NO_PROXY: "intra" };
  const { code, checks } = await doctor(env);
  assert.equal(code, 0);
  assert.equal(checks.get("keys")?.told, "ANTHROPIC_API_KEY");
  assert.match(
    checks.get("model")?.told ?? "",
    /^anthropic\/claude.* \(the first for which there is a key\)$/,
  );
  assert.match(checks.get("sessions")?.told ?? "", /home\/sessions\.db, which is made with the first one$/);
  assert.equal(
    checks.get("proxy")?.told,
    "https by proxy.example:3128, http goes straight (HTTPS_PROXY, NO_PROXY)",
  );
  assert.ok(!existsSync(home), "who looks makes nothing");
  assert.doesNotMatch(JSON.stringify([...checks]), new RegExp(`${key}|secret`));
});

/** Checks of what is installed. */
const machine: readonly string[] = ["sandbox", "git", "rg"];

test("doctor: what is wrong has a word of what to do", async (t) => {
  const file = path.join(folder(t), "file");
  writeFileSync(file, "{");
  const env = {
    HOME: file,
    COLLOQUY_CONFIG: file,
    COLLOQUY_MODEL: "claud",
    ALL_PROXY: "socks5://x",
  };
  const { code, checks } = await doctor(env);
  assert.equal(code, 1);
  assert.deepEqual(
    // What is installed here is as it is.
    [...checks.values()].filter(({ name }) => !machine.includes(name)).map(({ name, ok }) => [name, ok]),
    [
      ["models.json", false],
      ["keys", true],
      ["model", false],
      ["sessions", false],
      ["proxy", false],
    ],
  );
  assert.match(checks.get("model")?.told ?? "", /unknown model "claud"/);
  assert.match(checks.get("model")?.advice ?? "", /COLLOQUY_MODEL/);
  assert.match(checks.get("sessions")?.advice ?? "", /COLLOQUY_HOME/);
  const none = await doctor({});
  assert.equal(none.code, 1);
  assert.match(none.checks.get("keys")?.advice ?? "", /such as ANTHROPIC_API_KEY; `colloquy models`/);
  assert.match(none.checks.get("sessions")?.told ?? "", /COLLOQUY_HOME and HOME are not set/);
});

test("doctor: lines for people, in colours where they are wanted", async (t) => {
  const env = { COLLOQUY_HOME: folder(t), COLLOQUY_MODEL: "rehearsal", TERM: "xterm" };
  const plain = await run(["doctor"], { env });
  assert.deepEqual(plain.out.split("\n").slice(0, 2), [
    "ok   keys      none found",
    "ok   model     rehearsal/rehearsal (by COLLOQUY_MODEL)",
  ]);
  const io = new FakeIo({ env });
  io.stdout.isTTY = true;
  Object.assign(io.stdout, { columns: 40 });
  const { out } = await run(["doctor"], io);
  assert.ok(out.startsWith("\u001b[32mok \u001b[0m  keys      none found\n"));
  assert.ok(
    out.includes(
      "\u001b[32mok \u001b[0m  model     rehearsal/rehearsal (by\n               COLLOQUY_MODEL)\n",
    ),
    out,
  );
});

test("doctor: --sessions reads all that is kept", async (t) => {
  const home = folder(t);
  const env = { COLLOQUY_HOME: home };
  assert.equal((await doctor(env, "--sessions")).checks.get("sessions")?.told, "none was kept yet");
  for (const n of [1, 2]) await run(["-p", `echo: ${n}`, "--model", "rehearsal"], { env, seed: n });
  const whole = await doctor(env, "--sessions");
  assert.equal(whole.code, 0);
  assert.match(whole.checks.get("sessions")?.told ?? "", /sessions\.db: 2 of 2 are whole$/);
  const database = new DatabaseSync(path.join(home, "sessions.db"));
  database.exec("UPDATE entries SET body = replace(body, 'echo', 'ecco')");
  database.close();
  const { code, checks } = await doctor(env, "--sessions");
  assert.equal(code, 1);
  assert.match(checks.get("sessions")?.told ?? "", /0 of 2 are whole$/);
  const [, , last] = [...checks.values()];
  assert.match(last?.told ?? "", /^1 entry cannot be read: \d \(changed since it was written\)$/);
  assert.match(last?.advice ?? "", /--resume \w{3}-\w{4}/);
  const listed = JSON.parse((await run(["sessions", "--json"], { env })).out) as { readonly id: string }[];
  const again = await run(["-p", "echo: on", "--resume", listed[0]?.id ?? "", "--quiet"], { env });
  assert.deepEqual([again.code, again.out], [0, "on\n"]);
  const page = await run(["export", listed[0]?.id ?? ""], { env });
  assert.match(page.out, /\*\*entries that could not be read and are missing: 1\*\*/);
  writeFileSync(path.join(home, "sessions.db"), "none of ours");
  const broken = await doctor(env, "--sessions");
  assert.equal(broken.code, 1);
  assert.match(broken.checks.get("sessions")?.told ?? "", /is damaged/);
});

test("doctor: damage of the file, and much of it", () => {
  const damage = [1, 2, 3, 4, 5, 6, 7].map((seq) => ({ seq, damage: "missing" as const }));
  const checks = checksOf({ sessions: 3, problems: ["page 3 is lost"], damaged: [{ id: "a", damage }] }, "f");
  assert.deepEqual(
    checks.map(({ ok, told }) => [ok, told]),
    [
      [false, "f: 2 of 3 are whole"],
      [false, "page 3 is lost"],
      [
        false,
        "7 entries cannot be read: 1 (missing), 2 (missing), 3 (missing), 4 (missing), 5 (missing) and 2 more",
      ],
    ],
  );
});
