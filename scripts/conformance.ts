// `npm run conformance -- DIR [--json] [--write]`: reads every recorded exchange below DIR twice, with the decoders and with a
// walk over the raw answer, and tells where the two differ. Exit code 1 when they do, 2 when there is nothing to read.
// `--write` puts the scoreboard into docs/scoreboard.md, and what was shown of each provider into docs/providers.md.

import { statSync, writeFileSync } from "node:fs";
import { Evidence } from "../test/conformance/evidence.ts";
import { providersPage } from "../test/conformance/providers-page.ts";
import { subjects } from "../test/conformance/subjects.ts";
import { traceFiles } from "../test/conformance/read-trace.ts";
import { runConformance } from "../test/conformance/runner.ts";

const args = process.argv.slice(2);
const json = args.includes("--json");
const write = args.includes("--write");
const unknown = args.find((arg) => arg.startsWith("-") && arg !== "--json" && arg !== "--write");
const folders = args.filter((arg) => !arg.startsWith("-"));
const [folder] = folders;

if (unknown !== undefined || folder === undefined || folders.length > 1) {
  refuse(unknown === undefined ? "name one folder" : `unknown option ${unknown}`);
} else if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
  refuse(`there is no folder ${folder}`);
} else {
  const evidence = new Evidence();
  const board = await runConformance(folder, subjects, evidence);
  console.log(String(board));
  if (write) {
    writeFileSync(new URL("../docs/scoreboard.md", import.meta.url), board.toMarkdown());
    writeFileSync(
      new URL("../docs/providers.md", import.meta.url),
      providersPage(evidence, traceFiles(folder).length),
    );
  }
  if (json) console.log(JSON.stringify(board.sums()));
  process.exitCode = board.ok ? 0 : 1;
}

function refuse(why: string): void {
  console.error(`conformance: ${why}. Usage: npm run conformance -- DIR [--json] [--write]`);
  process.exitCode = 2;
}
