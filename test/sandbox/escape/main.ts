// Run by escape.test.ts as whoever is to try it: `node main.ts FOLDER bwrap|none`. Prints the outcomes as JSON.

import { realpathSync } from "node:fs";
import { openSandbox } from "../../../src/agent/sandbox/open-sandbox.ts";
import { FILE_CASES } from "./cases-files.ts";
import { KERNEL_CASES } from "./cases-kernel.ts";
import { PLANTING_CASES } from "./cases-planting.ts";
import { runCases } from "./run.ts";
import { SECRET_VARIABLES } from "./secrets.ts";
import { CANARY, makeWorld } from "./world.ts";

const [folder = "", kind = "bwrap"] = process.argv.slice(2);
const world = await makeWorld(realpathSync(folder));
const all = [...FILE_CASES, ...PLANTING_CASES, ...KERNEL_CASES];
const cases = kind === "none" ? all.filter(({ provable }) => provable === true) : all;
const secrets = Object.fromEntries(SECRET_VARIABLES.map((name) => [name, CANARY]));
const env = { ...process.env, HOME: world.home, ...secrets };
try {
  const outcomes = await runCases(cases, world, async (workspace) => {
    const options = { workspace, env, readable: [world.outside], hidden: [`${world.home}/.colloquy-state`] };
    const sandbox = await openSandbox({ ...options, kind: kind === "none" ? "none" : "bwrap" });
    if (kind !== "none") return sandbox;
    // With all of the environment, as whoever starts programs without a thought would.
    const start: typeof sandbox.start = (command) =>
      sandbox.start({ ...command, env: { ...(env as Record<string, string>), ...command.env } });
    return {
      kind: sandbox.kind,
      workspace,
      enforcement: sandbox.enforcement,
      start,
      close: () => sandbox.close(),
    };
  });
  process.stdout.write(JSON.stringify(outcomes));
} finally {
  world.close();
}
