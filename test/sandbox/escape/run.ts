import { networkInterfaces } from "node:os";
import path from "node:path";
import type { Sandbox, SandboxProcess } from "../../../src/agent/sandbox/sandbox.ts";
import type { Escape, Place } from "./case.ts";
import type { World } from "./world.ts";

export interface Outcome {
  readonly name: string;
  readonly won: boolean;
  readonly output: string;
}

const BETWEEN = "=-=-=-=-=-=-=-=";

type Open = (workspace: string) => Promise<Sandbox>;

/**
 * Runs all cases, those of one workspace in one sandboxed shell after another: twenty in one sandbox. Each is judged when
 * its sandbox is closed, so that what it left is what its user would find.
 */
export async function runCases(cases: readonly Escape[], world: World, open: Open): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const each of cases.filter(({ alone }) => alone === true)) {
    outcomes.push(...(await runSome([each], world.again(), open, each.where ?? "plain")));
  }
  const together = cases.filter(({ alone }) => alone !== true);
  for (const place of new Set(together.map(({ where = "plain" }) => where))) {
    const here = together.filter(({ where = "plain" }) => where === place);
    for (let at = 0; at < here.length; at += 20) {
      outcomes.push(...(await runSome(here.slice(at, at + 20), world, open, place)));
    }
  }
  return outcomes;
}

async function runSome(cases: readonly Escape[], world: World, open: Open, place: Place): Promise<Outcome[]> {
  const ids = cases.map(({ name }) => `id-${process.pid}-${place}-${name.replace(/\W+/g, "-")}`.slice(0, 90));
  // Each in a shell of its own, in a session of its own: one that ends others ends no other case.
  const script = cases.map(({ sh }, at) => {
    const quoted = sh.replaceAll("'", String.raw`'\''`);
    return `cd "$WS"; ID='${ids[at]}' setsid -w timeout 15 sh -c '${quoted}' 2>&1 </dev/null; echo; echo '${BETWEEN}'`;
  });
  const sandbox = await open(world.workspaces[place]);
  const env = variables(world, sandbox.workspace);
  let output: string;
  try {
    output = await outputOf(sandbox.start({ argv: ["sh", "-c", script.join("\n")], env }));
  } finally {
    await sandbox.close();
  }
  const pieces = output.split(`${BETWEEN}\n`);
  return cases.map(({ name, won }, at) => {
    const piece = pieces[at] ?? "";
    return { name, won: won(world, ids[at] ?? "", piece), output: piece.slice(0, 400) };
  });
}

function variables(world: World, workspace: string): Record<string, string> {
  const addresses = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ family }) => family === "IPv4")
    .map(({ address }) => address);
  return {
    OUT: world.outside,
    BASE: path.dirname(world.outside),
    WS: workspace,
    VICTIM: String(world.victim.pid),
    VICTIM_PARENT: String(process.pid),
    TCP: String(world.ports.tcp),
    UDP: String(world.ports.udp),
    ADDRESSES: addresses.join(" "),
  };
}

export async function outputOf(started: SandboxProcess): Promise<string> {
  let text = "";
  for (const stream of [started.stdout, started.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (piece: string) => {
      text += piece;
    });
  }
  const ends = [started.stdout, started.stderr].map(
    (stream) => new Promise((done) => stream.once("close", done)),
  );
  await Promise.all([started.exit, ...ends]);
  return text;
}
