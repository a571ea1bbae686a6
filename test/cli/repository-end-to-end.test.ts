import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { runProgram, skip as unbuilt, type Ended } from "./program.ts";

const sandboxed = spawnSync("sh", ["-c", "bwrap --version && git --version"]).status === 0;
const missing = sandboxed || process.env["CI"] === "true" ? false : "bubblewrap or git is not installed here";
const skip = unbuilt === false ? missing : unbuilt;

/** Everything in a folder but git's own: types, modes, links and bytes. */
function treeOf(folder: string): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()) {
    if (name === ".git" || name.startsWith(`.git${path.sep}`)) continue;
    const at = path.join(folder, name);
    const stats = lstatSync(at);
    const mode = (stats.mode & 0o777).toString(8);
    if (stats.isSymbolicLink()) tree[name] = `link ${readlinkSync(at)}`;
    else if (stats.isDirectory()) tree[name] = `folder ${mode}`;
    else tree[name] = `file ${mode} ${readFileSync(at).toString("base64")}`;
  }
  return tree;
}

/** A clone of a repository in which a sum is wrong, with work of its owner's in it that is not committed. */
class Desk {
  readonly folder: string;
  readonly home: string;

  constructor(t: TestContext) {
    const root = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-desk-")));
    t.after(() => rmSync(root, { recursive: true, force: true }));
    this.home = path.join(root, "home");
    mkdirSync(this.home);
    const origin = path.join(root, "origin");
    mkdirSync(path.join(origin, ".colloquy"), { recursive: true });
    const files = {
      "AGENTS.md": "Each function has a test. Reports end with the word OAK.\n",
      "package.json": '{"type":"module"}\n',
      "sum.js": "export const sum = (a, b) => a - b;\n",
      "sum.test.js":
        'import test from "node:test"; import assert from "node:assert"; import { sum } from "./sum.js";\n' +
        'test("sum", () => assert.equal(sum(1, 2), 3));\n',
      ".gitignore": ".env\nbuild/\n",
      ".colloquy/settings.json": '{"done":["node --test"]}\n',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(origin, name), text);
    this.#git(origin, "init", "-q", "-b", "main");
    this.#git(origin, "add", ".");
    this.#git(origin, "commit", "-qm", "first");
    this.folder = path.join(root, "clone");
    this.#git(root, "clone", "-q", origin, this.folder);
    writeFileSync(path.join(this.folder, "notes.txt"), "mine, and nowhere else\r\n");
    writeFileSync(path.join(this.folder, ".env"), "TOKEN=1\n", { mode: 0o600 });
    mkdirSync(path.join(this.folder, "build/empty"), { recursive: true });
    writeFileSync(path.join(this.folder, "build/tool"), Buffer.from([0, 255, 10]), { mode: 0o755 });
    symlinkSync("notes.txt", path.join(this.folder, "link"));
  }

  git(...argv: readonly string[]): string {
    return this.#git(this.folder, ...argv);
  }

  #git(cwd: string, ...argv: readonly string[]): string {
    const as = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
    const { status, stdout, stderr } = spawnSync("git", [...as, ...argv], { cwd, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    return stdout.trim();
  }

  run(...argv: readonly string[]): Promise<Ended> {
    return runProgram(argv, { env: { HOME: this.home }, cwd: this.folder });
  }
}

const rehearse = ["--model", "rehearsal"];
const call = (name: string, input: object): string => `tool: ${name} ${JSON.stringify(input)}`;

test(
  "the agent works in a repository as a colleague would, and all of it can be taken back",
  { skip },
  async (t) => {
    const desk = new Desk(t);
    const before = treeOf(desk.folder);
    const start = desk.git("rev-parse", "HEAD");

    const prompt = await desk.run("prompt");
    assert.match(prompt.out, /Reports end with the word OAK\./);
    assert.match(prompt.out, /\bmain\b/);
    const trusted = await desk.run("trust", "--yes");
    assert.match(trusted.err, /node --test/);

    const agents = [
      { name: "sub_agent", input: { name: "finder", task: call("search", { pattern: "sum =" }) } },
      { name: "sub_agent", input: { name: "reader", task: "bash: cat sum.test.js" } },
    ];
    const commit = "git -c user.name=A -c user.email=a@example.com commit -qm 'Add what is to be added'";
    const script = [
      call("title", { title: "Mend the sum", branch: "mend the sum" }),
      `parallel: ${agents.map((agent) => JSON.stringify(agent)).join(" ;; ")}`,
      call("patch", { path: "sum.js", edits: [{ old: "a - b", new: "a + b" }] }),
      call("done", { summary: "too early" }),
      `bash: git add sum.js && ${commit} && rm -r notes.txt build link && mkdir notes.txt && echo TOKEN=2 > .env && chmod 644 .env`,
      call("done", { summary: "not looked at" }),
      call("review", { task: "The sum was a difference." }),
      `bash: rmdir notes.txt`,
      call("done", { summary: "The sum is one. OAK" }),
      "echo: this comes too late",
    ];
    const { code, out, err } = await desk.run(
      "-p",
      `script:\n${script.join("\n")}`,
      ...rehearse,
      "--output-format=stream-json",
    );
    assert.equal(code, 0, err);
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown> & { readonly type: string });
    const of = (type: string): typeof lines => lines.filter((line) => line.type === type);
    const results = (name: string): string[] =>
      of("tool-result")
        .filter((line) => line["name"] === name)
        .map(({ result }) => JSON.stringify(result));

    // Its own branch, and the commit told of.
    assert.equal(desk.git("rev-parse", "--abbrev-ref", "HEAD"), "colloquy/mend-the-sum");
    assert.equal(desk.git("rev-parse", "main"), start);
    assert.match(JSON.stringify(of("commits")), /Add what is to be added/);
    assert.match(err, /commit [0-9a-f]{9} on colloquy\/mend-the-sum: Add what is to be added/);
    // Two at once: the second began before the first was over.
    assert.deepEqual(
      of("sub-agent").map(({ name }) => name),
      ["finder", "reader"],
    );
    const order = lines.flatMap(({ type, name }) =>
      name === "sub_agent" && type.startsWith("tool-") ? [type] : [],
    );
    assert.deepEqual(
      order.filter((type) => type !== "tool-progress"),
      ["tool-start", "tool-start", "tool-result", "tool-result"],
    );
    // The gate says what is missing, and opens.
    const [early, unseen, last] = results("done");
    assert.match(early ?? "", /sum\.js.*"isError":true/);
    assert.match(unseen ?? "", /review.*"isError":true/);
    assert.doesNotMatch(last ?? "", /"isError":true/);
    assert.equal(lines.at(-1)?.["status"], "done");
    assert.notEqual(lines.at(-1)?.["text"], "this comes too late");

    // What each of them cost is told apart.
    const cost = await desk.run("cost");
    assert.match(cost.out, /sub-agent: finder[^]*sub-agent: reader[^]*review/);
    const listed = await desk.run("sessions");
    assert.match(listed.out, /Mend the sum/);

    assert.notDeepEqual(treeOf(desk.folder), before);
    const points = await desk.run("undo", "--list");
    const first = /^\s*(\d+)\b/gm.exec(points.out.trim().split("\n").at(-1) ?? "")?.[1] ?? "1";
    const dry = await desk.run("undo", first, "--dry-run");
    assert.match(dry.out + dry.err, /notes\.txt/);
    const undone = await desk.run("undo", first, "--yes");
    assert.equal(undone.code, 0, undone.err);
    assert.deepEqual(treeOf(desk.folder), before);
    // What was committed stays committed.
    assert.match(desk.git("log", "--oneline"), /Add what is to be added/);
  },
);

test(
  "--worktree works beside the checkout, from any commit, and leaves the checkout alone",
  { skip },
  async (t) => {
    const desk = new Desk(t);
    const start = desk.git("rev-parse", "HEAD");
    desk.git("commit", "-q", "--allow-empty", "-m", "second");
    const before = treeOf(desk.folder);
    const commit =
      "git -c user.name=A -c user.email=a@example.com commit --allow-empty -qm 'Beside' && git log --format=%s";
    const { code, out, err } = await desk.run(
      "-p",
      `script:\nbash: pwd; ls notes.txt; ${commit}\necho: done`,
      ...rehearse,
      "--worktree=Other Way",
      "--from=HEAD~1",
      "--output-format=stream-json",
    );
    assert.equal(code, 0, err);
    assert.match(err, /works in \S+\/other-way, on the branch colloquy\/other-way; `git merge/);
    assert.match(out, /No such file.*Beside\\nfirst/s);
    assert.equal(desk.git("log", "--format=%s", "colloquy/other-way"), "Beside\nfirst");
    assert.equal(desk.git("merge-base", "main", "colloquy/other-way"), start);
    assert.equal(desk.git("log", "-1", "--format=%s"), "second");
    assert.deepEqual(treeOf(desk.folder), before);
    const nowhere = await desk.run("-p", "echo: hi", ...rehearse, "--worktree", "x", "--from", "nope");
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.err, /has no commit "nope"/);
  },
);
