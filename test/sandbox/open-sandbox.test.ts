import assert from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import { containerArguments } from "../../src/agent/sandbox/container.ts";
import { environmentInside } from "../../src/agent/sandbox/environment.ts";
import { SandboxError } from "../../src/agent/sandbox/errors.ts";
import { findProgram } from "../../src/agent/sandbox/find-program.ts";
import { readGitConfig } from "../../src/agent/sandbox/git-config.ts";
import { gitConfigInside } from "../../src/agent/sandbox/git-identity.ts";
import { limitWords } from "../../src/agent/sandbox/limits.ts";
import { isWithin, look } from "../../src/agent/sandbox/look.ts";
import { openSandbox } from "../../src/agent/sandbox/open-sandbox.ts";
import { probe } from "../../src/agent/sandbox/probe.ts";
import { guardsOf } from "../../src/agent/sandbox/protected.ts";
import type { Sandbox } from "../../src/agent/sandbox/sandbox.ts";
import { wayOut } from "../../src/agent/sandbox/way-out.ts";
import { git } from "./escape/world.ts";
import { temporaryFolder, withoutBwrap } from "./support.ts";

function project(context: TestContext): string {
  const workspace = path.join(temporaryFolder(context), "project");
  mkdirSync(workspace);
  return workspace;
}

suite("opening a sandbox", () => {
  test("what is too much, or is not there, cannot be opened", async (context) => {
    const folder = temporaryFolder(context);
    const home = path.join(folder, "home");
    mkdirSync(path.join(home, ".ssh/deep"), { recursive: true });
    mkdirSync(path.join(home, "project"));
    writeFileSync(path.join(folder, "file"), "");
    symlinkSync(home, path.join(folder, "link"));
    const env = { ...process.env, HOME: home };
    for (const workspace of [
      "/",
      "/usr",
      "/etc",
      "/proc",
      "/proc/self",
      "/sys/kernel",
      "/dev",
      "/dev/shm",
      tmpdir(),
      home,
      folder,
      path.join(folder, "link"),
      path.join(folder, "file"),
      path.join(folder, "absent"),
    ]) {
      await assert.rejects(
        openSandbox({ workspace, env, kind: "none" }),
        (error) => error instanceof SandboxError && error.kind === "invalid",
        workspace,
      );
    }
    const workspace = path.join(home, "project");
    for (const writable of [home, "/", path.join(folder, "absent")]) {
      await assert.rejects(
        openSandbox({ workspace, env, kind: "none", writable: [writable] }),
        SandboxError,
        writable,
      );
    }
  });

  test("credentials cannot be opened", { skip: withoutBwrap }, async (context) => {
    const home = path.join(temporaryFolder(context), "home");
    mkdirSync(path.join(home, ".ssh/deep"), { recursive: true });
    mkdirSync(path.join(home, "project"));
    const env = { ...process.env, HOME: home };
    const kind = "bwrap";
    const secret = /is secret/;
    await assert.rejects(openSandbox({ kind, env, workspace: path.join(home, ".ssh/deep") }), secret);
    const workspace = path.join(home, "project");
    await assert.rejects(openSandbox({ kind, env, workspace, readable: [path.join(home, ".ssh")] }), secret);
    // Around them is another matter: they are hidden in it.
    const sandbox = await openSandbox({ kind, env, workspace, readable: [home] });
    await sandbox.close();
  });

  test("a host that cannot be one is refused", { skip: withoutBwrap }, async (context) => {
    const workspace = project(context);
    for (const host of ["*", "https://example.com", "example.com\0.evil.com", "127.0.0.1"]) {
      await assert.rejects(
        openSandbox({ kind: "bwrap", workspace, allowHosts: [host] }),
        /is no host to open/,
      );
    }
  });

  test("a container needs an image and an engine", async (context) => {
    const workspace = project(context);
    await assert.rejects(openSandbox({ kind: "container", workspace }), /needs an image/);
  });

  test(
    "a sandbox that does not hold is not taken for one",
    { skip: process.platform !== "linux" },
    async (context) => {
      const workspace = project(context);
      const sandbox = await openSandbox({ kind: "none", workspace });
      await assert.rejects(probe(sandbox, []), (error) => {
        assert.ok(error instanceof SandboxError);
        assert.equal(error.kind, "broken");
        for (const found of [
          /a secret was read/,
          /a protected file was made/,
          /system calls are not filtered/,
        ]) {
          assert.match(error.message, found);
        }
        return true;
      });
    },
  );

  test(
    "nothing of the repository runs before somebody starts it",
    { skip: withoutBwrap },
    async (context) => {
      const workspace = project(context);
      git(workspace, "init", "-q");
      const evil = path.join(workspace, "evil");
      writeFileSync(evil, `#!/bin/sh\ntouch ${workspace}/ran\n`, { mode: 0o755 });
      for (const name of ["core.fsmonitor", "core.hooksPath", "core.pager", "core.sshCommand"]) {
        git(workspace, "config", name, evil);
      }
      mkdirSync(path.join(workspace, "bin"));
      for (const name of ["bwrap", "sh", "git", "podman"])
        symlinkSync(evil, path.join(workspace, "bin", name));
      const env = { ...process.env, PATH: `${path.join(workspace, "bin")}:.:${process.env["PATH"]}` };
      const sandbox: Sandbox = await openSandbox({ kind: "bwrap", workspace, env });
      await sandbox.close();
      assert.equal(existsSync(path.join(workspace, "ran")), false);
      assert.equal(
        findProgram("no-such-thing-but-evil", path.join(workspace, "bin"), [workspace]),
        undefined,
      );
    },
  );
});

suite("what a sandbox is made of", () => {
  test("the environment is let in by name", () => {
    const plain = {
      PATH: "/bin",
      LANG: "C",
      LC_ALL: "C",
      TERM: "xterm",
      USER: "u",
      HOME: "/home/u",
      EDITOR: "vim",
    };
    const secret = ["OPENAI_API_KEY", "LD_PRELOAD", "NODE_OPTIONS", "LC_SECRET_TOKEN", "GIT_DIR", "TMPDIR"];
    const ours = { ...plain, ...Object.fromEntries(secret.map((name) => [name, "x"])) };
    const inside = environmentInside(ours, "/home/inside");
    assert.ok(!JSON.stringify(inside).includes('"x"'));
    assert.deepEqual(
      ["PATH", "LANG", "LC_ALL", "TERM", "USER", "HOME", "EDITOR", "GIT_TERMINAL_PROMPT", "TMPDIR"].map(
        (name) => inside[name],
      ),
      ["/bin", "C", "C", "xterm", "u", "/home/inside", "true", "0", "/tmp"],
    );
  });

  test("git's settings are read as git reads them", () => {
    const text = `# a comment\n[core]\n\thooksPath = "a b#c" ; behind\n bare\n[include] path = ../x\\\n.y\n[includeIf "gitdir:~/[x/"]\n\tpath = z\n[Remote "origin"]\n URL = a\\"b\\\\c\n`;
    assert.deepEqual(readGitConfig(text), [
      { name: "core.hookspath", value: "a b#c" },
      { name: "core.bare", value: "true" },
      { name: "include.path", value: "../x.y" },
      { name: "includeif.path", value: "z" },
      { name: "remote.url", value: 'a"b\\c' },
    ]);
  });

  test("of the user's git settings, the name comes along", (context) => {
    const home = temporaryFolder(context);
    const settings =
      '[user]\n\tname = A "B" C\n\temail = a@example.com\n[http]\n\textraHeader = "Authorization: x"\n[credential]\n\thelper = store\n';
    writeFileSync(path.join(home, ".gitconfig"), settings);
    const inside = gitConfigInside(home);
    writeFileSync(path.join(home, "inside"), inside);
    assert.equal(git(home, "config", "--file", "inside", "user.email"), "a@example.com\n");
    assert.equal(
      git(home, "config", "--file", "inside", "user.name"),
      git(home, "config", "--file", ".gitconfig", "user.name"),
    );
    assert.doesNotMatch(inside, /Authorization|store/);
  });

  test("guards come from the outside to the inside, each place once", (context) => {
    const workspace = project(context);
    git(workspace, "init", "-q");
    mkdirSync(path.join(workspace, ".vscode"));
    const guards = guardsOf(workspace, [], new Set([".mcp.json", ".git/hooks"]));
    const types = new Map(guards.map((guard) => [path.relative(workspace, guard.path), guard.type]));
    assert.equal(types.size, guards.length);
    assert.deepEqual(
      [".git", ".git/config", ".git/commondir", ".git/hooks", ".vscode", ".idea", ".mcp.json", "refs"].map(
        (name) => types.get(name),
      ),
      ["pin", "read-only", "decoy", undefined, "empty", "absent", undefined, "absent"],
    );
    const order = guards.map((guard) => guard.path);
    for (const [index, at] of order.entries()) {
      assert.ok(
        order.slice(index + 1).every((later) => !isWithin(later, at)),
        at,
      );
    }
  });

  test("paths are compared by segments", () => {
    assert.deepEqual(
      [
        isWithin("/a/b", "/a/b"),
        isWithin("/a/b", "/a/b/c"),
        isWithin("/a/b", "/a/bc"),
        isWithin("/", "/a"),
        isWithin("/a/b", "/a"),
      ],
      [true, true, false, true, false],
    );
    assert.equal(look("/no/such/place"), "absent");
  });

  test("the way out names the switch that is off", () => {
    const told = (files: Record<string, string>) =>
      wayOut((file) => files[file.replace("/proc/sys/", "")] ?? "");
    assert.match(
      told({ "kernel/apparmor_restrict_unprivileged_userns": "1\n" }),
      /AppArmor.*sysctl.*--unsafe/,
    );
    assert.match(told({ "kernel/unprivileged_userns_clone": "0\n" }), /unprivileged_userns_clone=1/);
    assert.match(told({ "user/max_user_namespaces": "0\n" }), /max_user_namespaces=/);
    assert.match(told({}), /container.*--unsafe/);
  });

  test("limits are words of a shell", () => {
    const words = limitWords({ processes: 10, fileBytes: 1000, memoryBytes: 4096 });
    assert.equal(
      words,
      "ulimit -c 0; ulimit -f 2; { ulimit -u 10 || ulimit -p 10; } 2>/dev/null; ulimit -d 4",
    );
  });

  test("a container gets the same walls", () => {
    const args = containerArguments(
      {
        engine: "/usr/bin/podman",
        image: "debian",
        roots: ["/w"],
        readable: ["/r"],
        env: { LANG: "C" },
        limits: { processes: 5, fileBytes: 6, memoryBytes: 7 },
        unprotected: new Set(),
      },
      { argv: ["sh", "-c", "true"], env: { A: "b" }, cwd: "/w/x" },
      "name",
      [
        { type: "pin", path: "/w/.git" },
        { type: "read-only", path: "/w/.git/config" },
        { type: "absent", path: "/w/.mcp.json" },
      ],
    );
    const text = args.join(" ");
    for (const part of [
      "--network none",
      "--cap-drop ALL",
      "no-new-privileges",
      "--read-only",
      "--pids-limit 5",
      "--memory 7",
      "--userns keep-id",
      "/r:/r:ro",
      "/w:/w:rw",
      "/w/.git:/w/.git:rw",
      "/w/.git/config:/w/.git/config:ro",
      "/w/.mcp.json:/w/.mcp.json:ro",
      "--workdir /w/x",
      "--env A=b",
    ]) {
      assert.ok(text.includes(part), part);
    }
    assert.deepEqual(args.slice(-4), ["debian", "sh", "-c", "true"]);
  });
});
