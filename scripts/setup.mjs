// The two steps that bring a checkout up to date. Each compares a stamp first, so that a run with nothing to
// do costs some milliseconds, and takes the lock only for real work.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { withLock } from "./lock.mjs";
import { root, tool } from "./tool.mjs";

export class SetupError extends Error {
  constructor(message, advice) {
    super(message);
    this.advice = advice;
  }
}

/** Makes node_modules of one folder what its lockfile says. `optional`: whether to `include` or `omit` such packages. */
export function install(folder, node, what, optional = "include") {
  const at = path.join(root, folder);
  const stamp = path.join(at, "node_modules/.colloquy-stamp");
  const wanted = () => hash(readFileSync(path.join(at, "package-lock.json")));
  const fresh = () => read(stamp) === wanted();
  if (fresh()) return;
  withLock(() => {
    if (fresh()) return;
    say(`fetching ${what} ...`);
    const now = wanted();
    const args = [
      "ci",
      "--include=dev",
      `--${optional}=optional`,
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
    ];
    // npm says in npm_execpath where it is when it started us; by hand it has to be on the path.
    const npm = process.env.npm_execpath ?? "";
    const [command, ...first] = npm.endsWith("npm-cli.js") ? [node, npm] : ["npm"];
    const shell = command === "npm" && process.platform === "win32";
    const { status, error } = spawnSync(command, [...first, ...args, "--loglevel=error"], {
      cwd: at,
      shell,
      stdio: TO_STDERR,
    });
    if (status !== 0) {
      throw new SetupError(
        `fetching ${what} failed${error ? ` (${error.message})` : ""}`,
        `see npm's message above; is the network or the npm registry out of reach? Then run this again, or \`npm ci\` in ${at}`,
      );
    }
    writeFileSync(stamp, now);
  });
}

/** Compiles src when it changed; says whether that went well. */
export function build(node) {
  const file = path.join(root, "dist/.stamp");
  const wanted = inputs();
  if (read(file) === wanted) return true;
  return withLock(() => {
    // The tree may have changed while we waited.
    const now = inputs();
    if (read(file) === now) return true;
    say("building ...");
    // No stamp while dist is in between, also when this is killed or fails.
    rmSync(file, { force: true });
    const steps = [[tool("typescript", "tsc"), "--build", "tsconfig.src.json"], ["scripts/bundle.mjs"]];
    removeOrphans();
    for (const step of steps) {
      if (spawnSync(node, step, { cwd: root, stdio: TO_STDERR }).status !== 0) return false;
    }
    writeFileSync(file, now);
    return true;
  });
}

/** tsc leaves in dist what it once said of a source that is gone now. */
export function removeOrphans() {
  for (const name of filesIn("dist")) {
    const source = name.replace(/^dist/, "src").replace(/\.d\.ts(\.map)?$/, ".ts");
    if (/\.d\.ts(\.map)?$/.test(name) && !existsSync(path.join(root, source))) rmSync(path.join(root, name));
  }
}

/** One line for each file that decides what the build makes. */
function inputs() {
  const config = readdirSync(root).filter((name) => /^tsconfig.*\.json$/.test(name));
  return [...config, "package.json", "scripts/bundle.mjs", ...filesIn("src")]
    .sort(byName)
    .map(stampLine)
    .join("\n");
}

function byName(a, b) {
  return a < b ? -1 : 1;
}

function filesIn(folder) {
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesIn(name) : [name];
  });
}

function stampLine(name) {
  const { size, mtimeMs } = statSync(path.join(root, name));
  return `${name}\t${size}\t${mtimeMs}`;
}

// Standard output belongs to the task.
const TO_STDERR = ["ignore", 2, 2];

function say(message) {
  process.stderr.write(`colloquy: ${message}\n`);
}

function hash(data) {
  return createHash("sha256").update(data).digest("hex");
}

function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
