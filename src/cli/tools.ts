import { readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Companion } from "../agent/companion.ts";
import type { ToolPolicy } from "../conversation/tool-batch.ts";
import type { Tool } from "../conversation/tool.ts";
import { redactor } from "../log/redactor.ts";
import type { Catalogue } from "../providers/provider.ts";
import { system } from "../providers/system.ts";
import type { ToolFlags } from "./command.ts";
import type { Io } from "./io.ts";
import { secretsOf } from "./secrets.ts";
import { stateFolder } from "./sessions-file.ts";
import type { Teller } from "./terminal.ts";

/** What the model can have done, and where. */
export interface OpenTools {
  readonly tools: readonly Tool[];
  /** The instructions that go with them. */
  readonly system: string;
  readonly approve: ToolPolicy;
  /** Who has a word between the steps. */
  readonly companions: readonly Companion[];
  /** One line: what is enforced around them. */
  readonly enforcement: string;
  /** Ends what still runs. */
  readonly close: () => Promise<void>;
}

/** Where tools work, and who decides about them. */
export interface Workplace {
  readonly folder: string;
  readonly flags: ToolFlags;
  readonly catalogue: Catalogue;
  /** Whether somebody is there to be asked. */
  readonly attended: boolean;
  /** Whether the conversation is kept, and with it what its commands say. */
  readonly kept: boolean;
}

/** Outputs of commands are kept for so long, in milliseconds. */
const KEPT_MS = 7 * 24 * 3_600_000;

/**
 * Opens the tools of a coding agent in a folder, shut in. Where that cannot be had there are none, and it is told why;
 * unless a sandbox was asked for by its name.
 * @throws SandboxError
 */
export async function openTools(place: Workplace, io: Io, tell: Teller): Promise<OpenTools | undefined> {
  const { folder, flags, catalogue, attended, kept } = place;
  if (flags.noTools) return undefined;
  const agent = await import("../agent/index.ts");
  const { allowHosts } = flags;
  const state = stateFolder(io.env);
  let sandbox;
  try {
    sandbox = await agent.openSandbox({
      kind: flags.unsafe ? "none" : flags.sandbox,
      workspace: folder,
      allowHosts,
      env: io.env,
      ...(state !== undefined && { hidden: [state] }),
      onEgress: ({ allowed, host, port }) => {
        if (!allowed)
          tell.notice(`a tool asked for ${host}:${port}, which is not open; --allow-host opens hosts`);
      },
    });
  } catch (error) {
    if (!(error instanceof agent.SandboxError) || flags.sandbox !== "auto") throw error;
    tell.notice(`there are no tools, for they cannot be shut in here: ${error.message}`);
    return undefined;
  }
  const { clock } = io.machine ?? system;
  const logFolder = outputFolder(kept ? state : undefined);
  void tidy(logFolder);
  const room = agent.openToolRoom({
    sandbox,
    logFolder,
    redact: redactor(secretsOf(io.env, catalogue)),
    clock,
    ...(allowHosts.length > 0 && { web: agent.nodeWeb(allowHosts) }),
  });
  const mode = flags.permissionMode ?? (attended ? "ask" : "auto");
  return {
    tools: agent.codingTools(room),
    system: agent.systemPrompt({
      workspace: folder,
      platform: `${process.platform} ${process.arch}`,
      date: new Date(clock.now()).toISOString().slice(0, 10),
      enforcement: sandbox.enforcement,
      hosts: allowHosts,
      plan: mode === "plan",
    }),
    approve: answered(agent.permissions({ mode, allow: flags.allow }), attended),
    companions: [],
    enforcement: sandbox.enforcement,
    close: async () => {
      await room.close();
      await sandbox.close();
    },
  };
}

/** Where nobody can be asked, what would be asked is denied, and the model told why. */
function answered(policy: ToolPolicy, attended: boolean): ToolPolicy {
  if (attended) return policy;
  return async (call, tool) => {
    const verdict = await policy(call, tool);
    if (verdict !== "ask") return verdict;
    return { deny: "nobody is there to allow it (--permission-mode ask without a terminal)" };
  };
}

/** Where the outputs of commands are kept: beside the sessions, or for this machine's run where nothing is kept. */
function outputFolder(state: string | undefined): string {
  return state === undefined ? path.join(tmpdir(), "colloquy-outputs") : path.join(state, "outputs");
}

/** Deletes the outputs of old runs. */
async function tidy(folder: string): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      const old = path.join(folder, name);
      if (Date.now() - (await stat(old)).mtimeMs > KEPT_MS) await rm(old, { recursive: true, force: true });
    }
  } catch {
    // There is none yet, or another process deletes the same.
  }
}
