import { tmpdir } from "node:os";
import path from "node:path";
import type {
  Announce,
  Companion,
  McpChange,
  PromptFacts,
  Repository,
  ResolvedSettings,
  Workbench,
} from "../agent/index.ts";
import type { ToolPolicy } from "../conversation/tool-batch.ts";
import type { Tool } from "../conversation/tool.ts";
import { redactor } from "../log/redactor.ts";
import type { Model, ModelInfo } from "../providers/model.ts";
import type { Catalogue } from "../providers/provider.ts";
import { system } from "../providers/system.ts";
import { agentSettings } from "./agent-settings.ts";
import type { ToolFlags } from "./command.ts";
import type { Io } from "./io.ts";
import { readGuidance } from "./guidance.ts";
import { mcpServers } from "./mcp-servers.ts";
import { secretsOf } from "./secrets.ts";
import { stateFolder, undoFolder } from "./sessions-file.ts";
import type { Teller } from "./terminal.ts";
import { tidy } from "./tidy.ts";

/** What the model can have done, and where. */
export interface OpenTools {
  readonly tools: readonly Tool[];
  /** The instructions that go with them, and what they are made from. */
  readonly system: string;
  readonly facts: PromptFacts;
  readonly approve: ToolPolicy;
  /** Who has a word between the steps. */
  readonly companions: readonly Companion[];
  /** One line: what is enforced around them. */
  readonly enforcement: string;
  /** Undefined where the folder is in none. */
  readonly repository: Repository | undefined;
  /** Gives them what tells people. */
  readonly connect: (announce: Announce) => void;
  /** Says whether a call of a sub-agent may run. @throws ConfigurationError `no-such-call` */
  readonly decide: Workbench["decide"];
  /** Ends what still runs. */
  readonly close: () => Promise<void>;
}

/** Where tools work, and who decides about them. */
export interface Workplace {
  readonly folder: string;
  /** What else the tools may change. */
  readonly writable: readonly string[];
  readonly flags: ToolFlags;
  readonly catalogue: Catalogue;
  /** The model that they are for. */
  readonly model: ModelInfo;
  /** Models by their names, for sub-agents. */
  readonly openModel?: (name: string) => Model;
  /** Whether somebody is there to be asked. */
  readonly attended: boolean;
  /** Asks about tools of servers that are not as they were; without it they are not used. */
  readonly agree?: ((change: McpChange) => Promise<boolean>) | undefined;
  /** What the conversation is kept as, and with it what its commands say; undefined where it is not kept. */
  readonly sessionId: string | undefined;
  /** Told how the model calls the work. */
  readonly onTitle: (title: string) => void | Promise<void>;
}

/**
 * Opens the tools of a coding agent in a folder, shut in. Where that cannot be had there are none, and it is told why;
 * unless a sandbox was asked for by its name.
 * @throws SandboxError; ConfigurationError for settings of the user's own that make no sense
 */
export async function openTools(place: Workplace, io: Io, tell: Teller): Promise<OpenTools | undefined> {
  const { folder, writable, flags, catalogue, attended, sessionId } = place;
  if (flags.noTools) return undefined;
  const agent = await import("../agent/index.ts");
  const { allowHosts } = flags;
  const state = stateFolder(io.env);
  const settings = await agentSettings(folder, io);
  for (const note of [...settings.notes, ...untrusted(settings)]) tell.notice(note);
  const servers = await mcpServers(flags.mcpConfigs, io.cwd, settings);
  const guidance = await readGuidance(folder, io);
  for (const note of guidance.notes) tell.notice(note);
  let sandbox;
  try {
    sandbox = await agent.openSandbox({
      kind: flags.unsafe ? "none" : flags.sandbox,
      workspace: folder,
      // What is committed in a linked worktree is kept elsewhere.
      writable: [...writable, ...agent.ownRepositoryElsewhere(folder)],
      readable: guidance.readable,
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
  try {
    const { clock } = io.machine ?? system;
    const undo = sessionId === undefined ? undefined : undoFolder(io.env, sessionId);
    const logFolder = outputFolder(sessionId === undefined ? undefined : state);
    void tidy(logFolder, 7);
    if (undo !== undefined) void tidy(path.dirname(undo), 30, path.basename(undo));
    const mode = flags.permissionMode ?? (attended ? "ask" : "auto");
    const allow = [...flags.allow, ...settings.allow.map(({ value }) => value)];
    const approve = answered(agent.permissions({ mode, allow }), attended);
    const redact = redactor(secretsOf(io.env, catalogue));
    const mcp = await agent.openMcp({
      servers,
      sandbox,
      env: io.env,
      clock,
      redact,
      onNotice: (text) => tell.notice(text),
      ...(place.agree !== undefined && { agree: place.agree }),
      ...(state !== undefined && { pins: path.join(state, "mcp-pins.json") }),
    });
    const bench = await agent.openWorkbench({
      sandbox,
      clock,
      model: place.model,
      ...(place.openModel !== undefined && { openModel: place.openModel }),
      approve,
      settings,
      guidance,
      sessionId: sessionId ?? "not kept",
      logFolder,
      ...(undo !== undefined && { undoFolder: undo }),
      ...(state !== undefined && { ownRecords: [state] }),
      ...(allowHosts.length > 0 && { web: agent.nodeWeb(allowHosts) }),
      redact,
      servers: { tools: await mcp.tools(), close: () => mcp.close() },
      env: io.env,
      onTitle: place.onTitle,
      notice: (text) => tell.notice(text),
    });
    const facts: PromptFacts = {
      workspace: folder,
      platform: `${process.platform} ${process.arch}`,
      date: new Date(clock.now()).toISOString().slice(0, 10),
      enforcement: sandbox.enforcement,
      hosts: allowHosts,
      plan: mode === "plan",
      tools: bench.tools.map(({ name }) => name),
      git: bench.git,
      guidance,
      subAgents: { tool: "sub_agent", most: agent.SUB_AGENTS_AT_ONCE },
    };
    return {
      tools: bench.tools,
      facts,
      system: agent.systemPrompt(facts),
      approve,
      companions: bench.companions,
      enforcement: sandbox.enforcement,
      repository: bench.repository,
      connect: (announce) => bench.connect(announce),
      decide: (conversationId, callId, verdict) => bench.decide(conversationId, callId, verdict),
      close: () => bench.close(),
    };
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

/** What a folder wants and is not given. */
function untrusted({ project }: ResolvedSettings): readonly string[] {
  return project.state === "untrusted" || project.state === "changed" ? [project.why] : [];
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
