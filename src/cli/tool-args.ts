import { UsageError, type ToolFlags } from "./command.ts";

const modes = ["plan", "ask", "auto"] as const;
const sandboxes = ["auto", "bwrap", "container", "none"] as const;

/** What a command line decides about the tools. @throws UsageError */
export function toolFlags(given: ReadonlyMap<string, string>): ToolFlags {
  const permissionMode = oneOf(given, "permission-mode", modes);
  const sandbox = oneOf(given, "sandbox", sandboxes) ?? "auto";
  const unsafe = given.has("unsafe");
  if (sandbox === "none" && !unsafe) {
    throw new UsageError("without a sandbox, tools can do whatever you can; if you want that, say --unsafe");
  }
  if (unsafe && sandbox !== "auto" && sandbox !== "none") {
    throw new UsageError(`--unsafe is without a sandbox, and --sandbox ${sandbox} is with one`);
  }
  return {
    noTools: given.has("no-tools"),
    ...(permissionMode !== undefined && { permissionMode }),
    allow: lines(given.get("allow")),
    sandbox,
    unsafe,
    ...worktree(given),
    allowHosts: lines(given.get("allow-host")).flatMap((hosts) =>
      hosts.split(",").map((host) => host.trim()),
    ),
    mcpConfigs: lines(given.get("mcp-config")),
  };
}

function worktree(given: ReadonlyMap<string, string>): Pick<ToolFlags, "worktree"> {
  const name = given.get("worktree");
  const from = given.get("from");
  if (name === undefined) {
    if (from === undefined) return {};
    throw new UsageError("--from goes with --worktree NAME, which is made at that commit");
  }
  for (const other of ["continue", "resume", "no-tools"]) {
    if (given.has(other)) throw new UsageError(`--worktree begins something new, and --${other} does not`);
  }
  return { worktree: { name, ...(from !== undefined && { from }) } };
}

function oneOf<Name extends string>(
  given: ReadonlyMap<string, string>,
  flag: string,
  names: readonly Name[],
): Name | undefined {
  const value = given.get(flag);
  if (value === undefined) return undefined;
  const name = names.find((each) => each === value);
  if (name === undefined) throw new UsageError(`unknown --${flag} ${value}; there are ${names.join(", ")}`);
  return name;
}

function lines(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split("\n");
}
