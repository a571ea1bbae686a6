import { realpath } from "node:fs/promises";
import path from "node:path";
import type { Budget } from "../conversation/budget.ts";
import { Agent } from "../agent/agent.ts";
import type { AgentEvent } from "../agent/event.ts";
import type { EventOrigin, ToolApprovalEvent } from "../conversation/event.ts";
import type { Verdict } from "../conversation/tool-batch.ts";
import { openModel, type ModelOptions } from "../providers/open-model.ts";
import { createConversation } from "../conversation/conversation.ts";
import { openTrace, type Trace } from "../httprr/trace.ts";
import type { TotalUsage } from "../llm/total.ts";
import { VERSION } from "../providers/version.ts";
import { loadCatalogue } from "./catalogue.ts";
import { UsageError, type CommonFlags, type ConversationFlags } from "./command.ts";
import { noKeyNotice } from "./choose-model.ts";
import type { Io } from "./io.ts";
import { keepNew, openKept, type Kept } from "./keep.ts";
import { openLog } from "./log-file.ts";
import { mannerOf } from "./past.ts";
import { resumeNotice } from "./resume-notice.ts";
import { chooseAndOpen } from "./session-model.ts";
import type { Teller } from "./terminal.ts";
import { openTools, type OpenTools, type Workplace } from "./tools.ts";
import { makeWorktree, type OwnPlace } from "./worktree.ts";
import { workingFolder } from "./working-folder.ts";

/** An agent as the command line asked for it, and the trace that it is recorded to or replayed from. */
export interface Session {
  /** What it is kept as; the conversation's id where it is not kept. */
  readonly id: string;
  readonly agent: Agent;
  /** Whether there is something to go on with without a message. Before anything is said here. */
  readonly unfinished: boolean;
  /** What this run has used. */
  readonly usage: () => TotalUsage;
  /** What is enforced around its tools; undefined where there are none. */
  readonly enforcement: string | undefined;
  /** What changed in the repository since the start, or by one commit. @throws GitError */
  readonly diff: (commit?: string) => Promise<string>;
  /** Says whether a call may run that waits for it, of a sub-agent too. @throws ConfigurationError `no-such-call` */
  readonly decide: (event: ApprovalEvent, verdict: Exclude<Verdict, "ask">) => void;
  /** How to go on with it in another process; undefined where nothing is kept. */
  readonly farewell: () => string | undefined;
  /** Finishes the session, the recording and the log. To be called whatever happened. */
  readonly close: () => Promise<void>;
}

type Flags = ConversationFlags & CommonFlags;

/** Somebody has to say whether a call may run. */
export type ApprovalEvent = ToolApprovalEvent & EventOrigin;

/** Who looks on. */
interface Face {
  /** Whether somebody is there to be asked. */
  readonly attended: boolean;
  /** Asks about tools of servers that are not as they were. */
  readonly agree?: Workplace["agree"];
  readonly onEvent: (event: AgentEvent) => void;
}

/**
 * Opens everything that can fail before anything is sent.
 * @throws UsageError, ConfigurationError, TraceError, StoreError
 */
export async function openSession(flags: Flags, io: Io, tell: Teller, face: Face): Promise<Session> {
  const cwd = await workingFolder(flags, io);
  const { session: choice, tools } = flags;
  const place =
    tools.worktree === undefined
      ? { folder: cwd, writable: [] }
      : await makeWorktree(tools.worktree, tools, cwd, io, tell);
  if (choice.kind === "new" || choice.kind === "none") return open(flags, undefined, place, io, tell, face);
  const kept = await openKept(choice, await realpath(cwd), io);
  try {
    return await open(flags, kept, place, io, tell, face);
  } catch (error) {
    await kept.close();
    throw error;
  }
}

async function open(
  flags: Flags,
  old: Kept | undefined,
  { folder: cwd, writable }: OwnPlace,
  io: Io,
  tell: Teller,
  { attended, agree, onEvent }: Face,
): Promise<Session> {
  const { env, machine } = io;
  const catalogue = await loadCatalogue(env);
  const manner = old?.before === undefined ? undefined : mannerOf(old.before.past);
  const file = flags.record ?? flags.replay;
  let trace: Trace | undefined;
  const options: ModelOptions & { readonly env: Io["env"] } = {
    env,
    catalogue,
    ...(machine !== undefined && { system: machine }),
    // The model is opened first, for its mistakes are found without touching a file.
    ...(file !== undefined && { fetch: (input, init) => (trace as Trace).fetch(input, init) }),
    ...(flags.replay !== undefined && { apiKey: "replay" }),
  };
  const { choice, model: opened } = chooseAndOpen(flags, manner, tell, options);
  if (file !== undefined && opened.info.protocol === "none") {
    const why = choice.by === "nothing" ? " (no key was found, so it is the default)" : "";
    throw new UsageError(
      `the model ${choice.name} sends nothing${why}, so there is nothing to ${flags.record === undefined ? "replay" : "record"}; choose another --model`,
    );
  }
  // What can be wrong with the log is found before a recording is begun.
  const log =
    flags.log === undefined ? undefined : openLog({ ...flags, log: flags.log, cwd, catalogue }, io, tell);
  if (file !== undefined) {
    const place = path.resolve(cwd, file);
    trace = await openTrace(
      place,
      flags.record === undefined ? { mode: "replay", match: "conversation" } : { mode: "record" },
    ).catch((error: unknown) => {
      log?.close();
      throw error;
    });
  }
  const { maxOutputTokens } = flags;
  const budget = budgetOf(flags);
  const folder = await realpath(cwd);
  const kept = old ?? (flags.session.kind === "new" ? await keepNew(folder, io, tell) : undefined);
  let hands: OpenTools | undefined;
  try {
    const place: Workplace = {
      folder,
      writable,
      flags: flags.tools,
      catalogue,
      model: opened.info,
      openModel: (name) => openModel(name, options),
      attended,
      agree,
      sessionId: kept?.id,
      onTitle: async (title) => kept?.rename(title),
    };
    hands = await (io.openTools ?? openTools)(place, io, tell);
  } catch (error) {
    log?.close();
    await trace?.close();
    if (old === undefined) await kept?.close();
    throw error;
  }
  const system = flags.system ?? manner?.system ?? hands?.system;
  const agent = new Agent({
    onEvent,
    ...(flags.maxSteps !== undefined && { turns: { maxSteps: flags.maxSteps } }),
    ...(hands !== undefined && { companions: hands.companions }),
    converse: (hear) =>
      createConversation({
        model: opened,
        ...(machine !== undefined && { machine }),
        ...(system !== undefined && { system }),
        ...(maxOutputTokens !== undefined && { settings: { maxOutputTokens } }),
        ...(hands !== undefined && { tools: hands.tools, approve: hands.approve }),
        onEvent: hear,
        // Without a new one, the one that the session has holds.
        ...(Object.keys(budget).length > 0 && { budget }),
        ...(log !== undefined && { log: log.logger }),
        ...(kept !== undefined && { journal: kept.journal }),
      }),
  });
  const { conversation } = agent;
  hands?.connect(agent.announce);
  const id = kept?.id ?? conversation.id;
  const { name, provider } = opened.info;
  log?.logger.info("begin", { session: conversation.id, version: VERSION, model: name, provider });
  if (choice.by === "nothing") tell.notice(noKeyNotice(catalogue));
  const { interrupted, history } = conversation;
  const unanswered = history.last?.role === "user";
  if (kept?.before !== undefined) {
    const { info, damage } = kept.before;
    const cost = conversation.usage().cost;
    const forked = flags.session.kind === "fork";
    const { dollars } = conversation.budget();
    // One that is given now is known to whoever gave it.
    const budget = flags.maxDollars === undefined ? dollars : undefined;
    const damaged = damage.length;
    tell.notice(resumeNotice({ info, forked, cost, budget, interrupted, unanswered, damaged }));
  }
  return {
    id,
    agent,
    unfinished: interrupted !== undefined || unanswered || manner?.paused === true,
    usage: () => kept?.before?.usedSince() ?? conversation.usage(),
    farewell: () => (kept?.written() === true ? `to go on: colloquy --resume ${id}` : undefined),
    enforcement: hands?.enforcement,
    diff: async (commit) => {
      const repository = hands?.repository;
      if (repository === undefined) return "there is no git repository here, or there are no tools";
      const diff = commit === undefined ? repository.diff() : repository.diffOf(commit);
      return (await diff) || "nothing has changed";
    },
    decide: ({ conversationId, callId }, verdict) => {
      if (conversationId === conversation.id) agent.decide(callId, verdict);
      else hands?.decide(conversationId, callId, verdict);
    },
    close: async () => {
      log?.close();
      try {
        await hands?.close();
        await kept?.close();
      } finally {
        await trace?.close();
      }
    },
  };
}

function budgetOf({ maxDollars, maxResponses, maxWallTimeMs }: ConversationFlags): Budget {
  return {
    ...(maxDollars !== undefined && { dollars: maxDollars }),
    ...(maxResponses !== undefined && { responses: maxResponses }),
    ...(maxWallTimeMs !== undefined && { wallTimeMs: maxWallTimeMs }),
  };
}
