// What is opened and not trusted runs nothing, asks nobody and changes nothing, whatever is in it.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { nestedGuidance, readGuidance } from "../../../src/agent/index.ts";
import { fakeTools } from "../../cli/fake-tools.ts";
import { FakeIo, run } from "../../cli/fake-io.ts";
import { ended, root as repository, skip, type Ended } from "../../cli/program.ts";
import { putFiles } from "../../support/folder.ts";
import { treeHash } from "../../support/tree-hash.ts";
import { hostileCases } from "./hostile-cases.ts";
import { HostilePlace } from "./hostile-place.ts";

const SECRET = "canary-of-a-secret-4711";

/** Debian's, of 5.3 or later. */
const STRACE = "strace";

/** Whether all that is executed and all that is asked can be seen here. */
const traced = spawnSync(STRACE, ["-f", "--seccomp-bpf", "-o", "/dev/null", "true"]).status === 0;

const base = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-hostile-")));
let asked = 0;
const server = createServer((socket) => {
  asked++;
  socket.destroy();
});
before(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve())));
after(() => {
  server.close();
  rmSync(base, { recursive: true, force: true });
});

/** A hostile folder, and the home of whoever opens it. */
interface Scene {
  readonly place: HostilePlace;
  readonly env: Readonly<Record<string, string>>;
  readonly ran: string;
  readonly trace: string;
}

function sceneOf(name: string): Scene {
  const own = path.join(base, name.replaceAll(" ", "-"));
  const [home, ran, program] = [path.join(own, "home"), path.join(own, "ran"), path.join(own, "canary")];
  putFiles(home, {
    ".ssh/id_rsa": `-----BEGIN PRIVATE KEY-----\n${SECRET}\n`,
    ".aws/credentials": SECRET,
    ".dotfiles/HEAD": "ref: refs/heads/main\n",
    ".dotfiles/config": `[core]\n\tfsmonitor = ${program}\n`,
  });
  for (const each of ["objects", "refs"]) mkdirSync(path.join(home, ".dotfiles", each));
  putFiles(own, { canary: `#!/bin/sh\necho "$0 $*" >>'${ran}'\n` });
  chmodSync(program, 0o755);
  // Its own name is one of the tricks.
  const folder = path.join(own, "$(touch colloquy-canary-ran)\n;`touch colloquy-canary-ran`");
  mkdirSync(folder);
  const { port } = server.address() as AddressInfo;
  const place = new HostilePlace(folder, home, program, `http://127.0.0.1:${port}/`);
  const PATH = `.:node_modules/.bin:${process.env["PATH"] ?? ""}`;
  const env = { HOME: home, COLLOQUY_HOME: path.join(own, "state"), PATH };
  return { place, env, ran, trace: path.join(own, "trace") };
}

/** The real program, under the eyes of strace where there is one. */
function open({ place, env, trace }: Scene): Promise<Ended> {
  const argv = [
    process.execPath,
    path.join(repository, "bin/colloquy.cjs"),
    "-p",
    "echo: hi",
    "--model",
    "rehearsal",
  ];
  const watch = [
    "-f",
    "--seccomp-bpf",
    "-qq",
    "-e",
    "trace=execve,execveat,connect",
    "-s",
    "4096",
    "-o",
    trace,
  ];
  const [program = "", ...args] = traced ? [STRACE, ...watch, ...argv] : argv;
  const child = spawn(program, args, { env, cwd: place.folder, timeout: 40_000, killSignal: "SIGKILL" });
  child.stdin.end();
  return ended(child);
}

/** What else looks at a folder before it is trusted, and what of it is told. */
async function look({ place, env }: Scene): Promise<string> {
  const io = (): FakeIo => {
    const fake = new FakeIo({ env, cwd: place.folder });
    fake.openTools = async ({ folder }) => {
      const { facts } = fakeTools({});
      return fakeTools({ facts: { ...facts, workspace: folder, guidance: await readGuidance({ folder }) } });
    };
    return fake;
  };
  const [settings, prompt, trust] = [
    await run(["settings", "--json"], io()),
    await run(["prompt"], io()),
    await run(["trust"], io()),
  ];
  assert.deepEqual([settings.code, prompt.code], [0, 0], settings.err + prompt.err);
  const { hooks, mcpServers, allow, done } = JSON.parse(settings.out) as Record<string, object>;
  assert.deepEqual(
    [hooks, mcpServers, allow, done],
    [{ beforeTool: [], afterTool: [], endOfTurn: [] }, {}, [], []],
  );
  // Nobody is there to say yes.
  assert.match(trust.err, /to trust it without being asked: --yes|no settings|not obeyed/);
  const told = await readGuidance({ folder: place.folder });
  const nested = nestedGuidance({ folder: place.folder, told });
  const context = { signal: new AbortController().signal };
  const said: string[] = [];
  for (const at of ["AGENTS.md", "a/up/a/x", "a/b/c/x", "self/x", "../home/.ssh/x", "d/d/d/d/x", "evil/x"]) {
    const call = { tool: {}, input: { path: at }, context } as unknown as Parameters<
      NonNullable<typeof nested.after>
    >[0];
    said.push((await nested.after?.(call, { content: [], isError: false })) ?? "");
  }
  return [settings, prompt, trust]
    .flatMap(({ out, err }) => [out, err])
    .concat(said)
    .join("\n");
}

describe("hostile repositories", { concurrency: 3, skip }, () => {
  test(
    "there are sixty, and the eyes on them are open",
    { skip: !traced && "there is no strace" },
    async () => {
      assert.equal(new Set(hostileCases.map(([name]) => name)).size, 60);
      const scene = sceneOf("control");
      const { place, trace, ran } = scene;
      const before = treeHash(place.folder);
      place.programs("run");
      spawnSync(STRACE, ["-f", "-o", trace, path.join(place.folder, "run")], { cwd: place.folder });
      assert.ok(programsOf(trace).some((line) => line.includes(place.program)));
      assert.match(readFileSync(ran, "utf8"), /canary x/);
      assert.notEqual(treeHash(place.folder), before);
    },
  );

  for (const [name, make] of hostileCases) {
    test(`opened untrusted: ${name}`, async () => {
      const scene = sceneOf(name);
      const { place, ran, trace } = scene;
      make(place);
      const before = [treeHash(place.folder), treeHash(place.home)];
      const [{ code, out, err }, told] = await Promise.all([open(scene), look(scene)]);
      assert.deepEqual([code, out], [0, "hi\n"], err);
      assert.deepEqual([treeHash(place.folder), treeHash(place.home)], before, "something was written");
      assert.equal(existsSync(ran), false, "something was run");
      assert.equal(asked, 0, "somebody was asked");
      assert.ok(!`${out}${err}${told}`.includes(SECRET), "a secret was told");
      assert.ok(!(err + told).includes("\u001b"), "an escape was told");
      assert.doesNotMatch(err + told, /[\u202E\u2066\u{E0000}-\u{E007F}]/u);
      if (!traced) return;
      const programs = programsOf(trace);
      assert.ok(programs.length > 0);
      for (const line of programs) {
        const [, program = ""] = /exec\w+\((?:AT_FDCWD, )?"((?:[^"\\]|\\.)*)"/.exec(line) ?? [];
        assert.ok(program.startsWith("/") && !program.startsWith(place.folder.split("$")[0] ?? ""), line);
        assert.ok(!line.includes(place.program) && !/"touch"/.test(line), line);
      }
      assert.doesNotMatch(readFileSync(trace, "utf8"), /connect\(.*AF_INET/);
    });
  }
});

/** What was executed, a line each. */
function programsOf(trace: string): string[] {
  return readFileSync(trace, "utf8")
    .split("\n")
    .filter((line) => /\bexecve(?:at)?\(/.test(line) && !/= -1 /.test(line));
}
