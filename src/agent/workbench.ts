import type { ToolPolicy, Verdict } from "../conversation/tool-batch.ts";
import type { Tool } from "../conversation/tool.ts";
import type { Redactor } from "../log/redactor.ts";
import type { Model, ModelInfo } from "../providers/model.ts";
import type { Clock } from "../providers/system.ts";
import { around, type CallAround } from "./around.ts";
import type { Announce, Companion } from "./companion.ts";
import { commitWatch } from "./git/commit-watch.ts";
import { GitError } from "./git/error.ts";
import { noForcedPush } from "./git/forced-push.ts";
import type { GitRepository } from "./git/git-repository.ts";
import { openRepository } from "./git/open-repository.ts";
import { titleTool } from "./git/title-tool.ts";
import type { Guidance } from "./guidance/guidance.ts";
import { nestedGuidance } from "./guidance/nested-guidance.ts";
import { hookAround } from "./hooks/hook-around.ts";
import { hookCompanion } from "./hooks/hook-companion.ts";
import { openHooks } from "./hooks/hook-room.ts";
import type { GitFacts } from "./prompt/facts.ts";
import type { Sandbox } from "./sandbox/sandbox.ts";
import type { ResolvedSettings } from "./settings/resolve-settings.ts";
import { subAgents } from "./sub-agents/sub-agents.ts";
import { codingTools } from "./tools/coding-tools.ts";
import { openToolRoom } from "./tools/room.ts";
import type { WebAccess } from "./tools/web/web-access.ts";
import { workTools } from "./tools/tasks/work-tools.ts";
import { UndoError } from "./undo/errors.ts";
import { openUndo, type Undo } from "./undo/undo.ts";

/** What an agent in a folder is equipped with. */
export interface WorkbenchOptions {
  /** Where its tools work. It is closed with the workbench. */
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  /** Its model's facts; and models by their names, for sub-agents that are to have another. */
  readonly model: ModelInfo;
  readonly openModel?: (name: string) => Model;
  /** Which calls may run, of sub-agents too. */
  readonly approve: ToolPolicy;
  readonly settings: ResolvedSettings;
  readonly guidance: Guidance;
  /** What hooks know the session by. */
  readonly sessionId: string;
  /** Out of the sandbox's reach: whole outputs of commands are kept there. */
  readonly logFolder: string;
  /** Out of the sandbox's reach: what undo needs. Without it nothing can be taken back. */
  readonly undoFolder?: string;
  /** Folders in the workspace that hold our own records. */
  readonly ownRecords?: readonly string[];
  readonly web?: WebAccess;
  /** Tools of servers. */
  readonly servers?: { readonly tools: readonly Tool[]; readonly close: () => Promise<void> };
  /** Takes secrets out of what commands and hooks say. */
  readonly redact?: Redactor;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told how the model calls the work. */
  readonly onTitle: (title: string) => void | Promise<void>;
  /** Tells people what they should know. */
  readonly notice: (text: string) => void;
}

/** The tools of an agent, and who looks on from beside them. */
export interface Workbench {
  readonly tools: readonly Tool[];
  readonly companions: readonly Companion[];
  /** Undefined where the folder is in none, or git is not there. */
  readonly repository: GitRepository | undefined;
  /** Undefined where there is no place for it. */
  readonly undo: Undo | undefined;
  /** How the folder stands with git now, for the instructions. */
  readonly git: GitFacts;
  /** Gives it the agent that it tells people through. */
  connect(announce: Announce): void;
  /** Says whether a call of a sub-agent may run. @throws ConfigurationError `no-such-call` */
  decide(conversationId: string, callId: string, verdict: Exclude<Verdict, "ask">): void;
  /** Ends what still runs. */
  close(): Promise<void>;
}

/** So many sub-agents work at once. */
export const SUB_AGENTS_AT_ONCE = 4;

/** Sets up what an agent works with in a folder. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { sandbox, clock, model, openModel, approve, settings, guidance, redact, web, notice } = options;
  const { workspace } = sandbox;
  let tell: Announce | undefined;
  const announce: Announce = (event) => {
    if (tell !== undefined) tell(event);
    else if (event.type === "notice") notice(event.text);
  };
  const room = openToolRoom({
    sandbox,
    logFolder: options.logFolder,
    clock,
    ...(redact !== undefined && { redact }),
    ...(web !== undefined && { web }),
  });
  const say = (text: string): void => announce({ type: "notice", text });
  const [repository, undo] = await Promise.all([repositoryIn(sandbox, clock, notice), undoIn(options)]);
  const hooks = openHooks({
    hooks: settings.hooks,
    sandbox,
    sessionId: options.sessionId,
    notice: say,
    clock,
    env: options.env,
    ...(redact !== undefined && { redact }),
  });

  // A hook may refuse a call before a snapshot is taken for it.
  const asked = hookAround(hooks);
  const rounds: readonly CallAround[] = [
    asked,
    noForcedPush,
    ...(undo === undefined ? [] : [undo.around]),
    nestedGuidance({ folder: workspace, told: guidance, notice: say }),
  ];
  const coding = [...codingTools(room), ...(options.servers?.tools ?? [])].map((tool) =>
    around(tool, rounds),
  );
  const looking = coding.filter(({ readOnly }) => readOnly);
  const agents = subAgents({
    tools: (kind) => (kind === "all" ? coding : looking),
    ...(openModel !== undefined && { openModel }),
    approve,
    announce,
    clock,
    atOnce: SUB_AGENTS_AT_ONCE,
  });
  const work = [
    titleTool(repository, { onTitle: options.onTitle }),
    ...workTools({
      room,
      model,
      doneCommands: settings.done.map(({ value }) => value),
      reviewTools: () => looking,
      announce,
      ...(repository !== undefined && { repository }),
    }),
    agents.tool,
  ].map((tool) => around(tool, [asked]));

  return {
    tools: [...coding, ...work],
    companions: [
      agents.companion,
      ...(undo === undefined ? [] : [undo.companion]),
      ...(repository === undefined ? [] : [commitWatch(repository)]),
      hookCompanion(hooks),
    ],
    repository,
    undo,
    git: await factsOf(repository),
    connect: (announcing) => {
      tell = announcing;
    },
    decide: (conversationId, callId, verdict) => agents.decide(conversationId, callId, verdict),
    close: async () => {
      await agents.close();
      await options.servers?.close();
      await room.close();
      await undo?.close();
      await sandbox.close();
    },
  };
}

/** What keeps git from working is told, and no reason not to work. */
async function repositoryIn(
  sandbox: Sandbox,
  clock: Clock,
  notice: (text: string) => void,
): Promise<GitRepository | undefined> {
  try {
    return await openRepository({ sandbox, clock });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    if (error.kind !== "not-there") notice(`nothing is known of git here: ${error.message}`);
    return undefined;
  }
}

async function undoIn({
  sandbox,
  undoFolder,
  ownRecords,
  clock,
  notice,
}: WorkbenchOptions): Promise<Undo | undefined> {
  if (undoFolder === undefined) return undefined;
  try {
    return await openUndo({
      workspace: sandbox.workspace,
      folder: undoFolder,
      clock,
      ...(ownRecords !== undefined && { leaveOut: ownRecords }),
    });
  } catch (error) {
    if (!(error instanceof UndoError)) throw error;
    notice(`what is done to files here cannot be taken back: ${error.message}`);
    return undefined;
  }
}

async function factsOf(repository: GitRepository | undefined): Promise<GitFacts> {
  if (repository === undefined) return { repository: false };
  const [branch, head] = await Promise.all([repository.branch(), repository.head()]);
  // The first commit of all has none before it.
  const newest =
    head === undefined
      ? []
      : await repository.commits(`${head}~1`).catch(() => repository.commits(undefined));
  const subject = newest.at(-1)?.subject;
  return { repository: true, branch, subject, changes: repository.startChanges.length };
}
