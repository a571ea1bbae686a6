// `npm run differential -- DIR [--write]`: reads every recorded answer below DIR with the vendors' own SDKs and with
// us, and tells where the two differ. Exit code 1 when they do in a way that is not listed, 2 when there is nothing to
// read. `--write` puts the result into docs/differential.md.

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { runDifferential } from "../test/differential/run.ts";
import { loadSdks } from "../test/differential/sdks.ts";

const args = process.argv.slice(2);
const write = args.includes("--write");
const unknown = args.find((arg) => arg.startsWith("-") && arg !== "--write");
const folders = args.filter((arg) => !arg.startsWith("-"));
const [folder] = folders;

if (unknown !== undefined || folder === undefined || folders.length > 1) {
  refuse(unknown === undefined ? "name one folder" : `unknown option ${unknown}`);
} else if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
  refuse(`there is no folder ${folder}`);
} else {
  const board = await runDifferential(folder, await loadSdks());
  if (write) writeFileSync(at("docs/differential.md"), board.toMarkdown(versions()));
  console.log(String(board));
  process.exitCode = board.failed === 0 ? 0 : 1;
}

function versions(): Record<string, string> {
  const manifest = JSON.parse(readFileSync(at("toolchain/vendors/package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  return manifest.dependencies;
}

function at(file: string): URL {
  return new URL(`../${file}`, import.meta.url);
}

function refuse(why: string): void {
  console.error(`differential: ${why}. Usage: npm run differential -- DIR [--write]`);
  process.exitCode = 2;
}
