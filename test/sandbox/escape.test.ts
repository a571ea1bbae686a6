import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdirSync } from "node:fs";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { Outcome } from "./escape/run.ts";
import { temporaryFolder, withoutBwrap } from "./support.ts";

const root = path.resolve(import.meta.dirname, "../..");
const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

suite("hundreds of ways out", { skip: withoutBwrap, concurrency: true }, () => {
  test("none works for who runs the tests", async (context) => {
    const outcomes = await run(context, "bwrap", []);
    context.diagnostic(`${outcomes.length} ways tried`);
    assert.ok(outcomes.length >= 350, `${outcomes.length} cases`);
    judge(outcomes);
  });

  test("none works for a plain user", { skip: !isRoot && "the tests run as one" }, async (context) => {
    const as = ["setpriv", "--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups"];
    const outcomes = await run(context, "bwrap", as);
    context.diagnostic(`${outcomes.length} ways tried`);
    judge(outcomes);
  });

  test("many of them work where nothing is enforced: the others could fail", async (context) => {
    const outcomes = await run(context, "none", []);
    assert.ok(outcomes.length >= 120, `${outcomes.length} cases`);
    assert.deepEqual(
      outcomes.filter(({ won }) => !won),
      [],
    );
  });
});

function judge(outcomes: readonly Outcome[]): void {
  assert.deepEqual(
    outcomes.filter(({ won }) => won),
    [],
  );
  // An attempt that does not run proves nothing.
  const unfit = outcomes.filter(({ output }) =>
    /at -e line|[Ss]yntax error|Unterminated quoted/.test(output),
  );
  assert.deepEqual(unfit, []);
}

/** Runs the cases as somebody, who needs to be able to read what runs. */
async function run(context: TestContext, kind: "bwrap" | "none", as: string[]): Promise<Outcome[]> {
  const folder = temporaryFolder(context);
  const base = path.join(folder, "base");
  mkdirSync(base);
  chmodSync(folder, 0o755);
  let code = root;
  let node = process.execPath;
  if (as.length > 0) {
    chownSync(base, NOBODY, NOBODY);
    code = path.join(folder, "code");
    for (const part of ["src/agent/sandbox", "test/sandbox", "package.json"]) {
      cpSync(path.join(root, part), path.join(code, part), { recursive: true });
    }
    const [program = "", ...args] = as;
    if (spawnSync(program, [...args, node, "--version"]).status !== 0) {
      node = path.join(folder, "node");
      cpSync(process.execPath, node);
    }
  }
  const main = path.join(code, "test/sandbox/escape/main.ts");
  const [program, ...args] = [...as, node, "--disable-warning=ExperimentalWarning", main, base, kind];
  const child = spawn(program, args, { cwd: "/", stdio: ["ignore", "pipe", "inherit"] });
  context.after(() => child.kill("SIGKILL"));
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  const status = await new Promise((ended) => child.once("close", ended));
  assert.equal(status, 0, "the cases could not be run");
  return JSON.parse(text) as Outcome[];
}
