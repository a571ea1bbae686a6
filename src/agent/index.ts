/**
 * The coding agent: a conversation that works, and the permissions of its tools. Faces read its events and call its
 * methods.
 */
export { Agent, type AgentOptions } from "./agent.ts";
export { around, type AroundCall, type CallAround } from "./around.ts";
export type { Announce, Companion } from "./companion.ts";
export type {
  AgentEvent,
  CancelEvent,
  CommitsEvent,
  Delivery,
  NoticeEvent,
  SaidEvent,
  SubAgentEvent,
  TakenEvent,
  TodoEvent,
  TodoItem,
  TurnBeginEvent,
} from "./event.ts";
export { commitWatch, type WatchedRepository } from "./git/commit-watch.ts";
export { GitError, type GitErrorKind } from "./git/error.ts";
export { forcedPush, noForcedPush } from "./git/forced-push.ts";
export type { GitRepository } from "./git/git-repository.ts";
export type { NewCommits } from "./git/history.ts";
export { openRepository, type RepositoryOptions } from "./git/open-repository.ts";
export type { Change, Commit, GitOperation, Repository } from "./git/repository.ts";
export { titleTool, type NamedRepository, type TitleListener } from "./git/title-tool.ts";
export {
  createWorktree,
  removeWorktree,
  type RemovalOptions,
  type Worktree,
  type WorktreeOptions,
} from "./git/worktree.ts";
export type { Logged } from "./event-log.ts";
export {
  permissionModes,
  permissions,
  shownCall,
  type PermissionMode,
  type PermissionOptions,
} from "./permissions/permissions.ts";
export { reduce, atRest, IllegalEvent, type AgentState, type Phase, type RunningCall } from "./state.ts";
export { suggestReprompt } from "./reprompt.ts";
export { systemPrompt, type PromptFacts } from "./prompt.ts";
export { openSandbox, type SandboxOptions } from "./sandbox/open-sandbox.ts";
export { SandboxError } from "./sandbox/errors.ts";
export type { Sandbox, SandboxCommand, SandboxExit, SandboxProcess } from "./sandbox/sandbox.ts";
export { codingTools } from "./tools/coding-tools.ts";
export { openToolRoom, type ToolRoom, type ToolRoomOptions } from "./tools/room.ts";
export { nodeWeb, type NodeWebOptions } from "./tools/web/node-web.ts";
export type { WebAccess } from "./tools/web/web-access.ts";
export type { Change as FileChange, Counts as ChangeCounts } from "./undo/change.ts";
export type { LeftOut, UndoLimits, WhyLeftOut } from "./undo/coverage.ts";
export { UndoError, type UndoErrorKind } from "./undo/errors.ts";
export type { Pruned, PruneOptions } from "./undo/prune.ts";
export {
  openUndo,
  type Restored,
  type RestoreOptions,
  type RestorePoint,
  type Undo,
  type UndoOptions,
} from "./undo/undo.ts";
