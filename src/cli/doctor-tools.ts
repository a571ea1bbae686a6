import { spawnSync } from "node:child_process";
import type { Check } from "./doctor-checks.ts";
import { explain } from "./explain.ts";
import type { Io } from "./io.ts";
import { stateFolder } from "./sessions-file.ts";

/** Whether tools can be shut in here, and the programs that they are better for. */
export async function checkTools(io: Io): Promise<readonly Check[]> {
  return [
    await checkSandbox(io),
    checkProgram(io, "git", ["--version"], "without it there are no commits: apt install git"),
    checkProgram(io, "rg", ["--version"], "searching is slower without it: apt install ripgrep"),
  ];
}

async function checkSandbox(io: Io): Promise<Check> {
  const name = "sandbox";
  const { openSandbox } = await import("../agent/index.ts");
  const state = stateFolder(io.env);
  try {
    const sandbox = await openSandbox({
      workspace: io.cwd,
      env: io.env,
      ...(state !== undefined && { hidden: [state] }),
    });
    await sandbox.close();
    return { name, ok: true, told: sandbox.enforcement };
  } catch (error) {
    return {
      name,
      ok: false,
      told: explain(error, false)[0] ?? "",
      advice: "until then there are no tools, only conversation",
    };
  }
}

function checkProgram(io: Io, name: string, argv: readonly string[], advice: string): Check {
  const { status, stdout } = spawnSync(name, argv, { env: { PATH: io.env["PATH"] }, encoding: "utf8" });
  if (status === 0) return { name, ok: true, told: stdout.split("\n")[0] ?? "" };
  // Nothing fails for want of it.
  return { name, ok: true, told: `not there, and not needed; ${advice}` };
}
