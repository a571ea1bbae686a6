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
export { readMcpConfig } from "./mcp/config.ts";
export { McpError, type McpErrorKind } from "./mcp/error.ts";
export { openMcp, type Mcp, type McpOptions, type McpServerState } from "./mcp/open-mcp.ts";
export type { McpLimits } from "./mcp/limits.ts";
export { pinsInFile, type Pinned, type Pins } from "./mcp/pins.ts";
export type { HttpServer, McpOrigin, McpServer, StdioServer } from "./mcp/server.ts";
export type { McpChange } from "./mcp/server-link.ts";
export {
  permissionModes,
  permissions,
  shownCall,
  type PermissionMode,
  type PermissionOptions,
} from "./permissions/permissions.ts";
export { readGuidance, type Guidance, type GuidanceOptions } from "./guidance/guidance.ts";
export type { GuidanceFile } from "./guidance/guidance-file.ts";
export { repositoryTop } from "./guidance/folders.ts";
export { nestedGuidance, type NestedGuidanceOptions } from "./guidance/nested-guidance.ts";
export type { Skill } from "./guidance/skills.ts";
export { hookAround } from "./hooks/hook-around.ts";
export { hookCompanion } from "./hooks/hook-companion.ts";
export { inHook, openHooks, type HookRoom, type HookRoomOptions } from "./hooks/hook-room.ts";
export { userPlaces, type UserPlaces } from "./user-places.ts";
export {
  resolveSettings,
  type From,
  type ResolvedSettings,
  type SettingsPlaces,
} from "./settings/resolve-settings.ts";
export type { Hook, HookEvent, Settings } from "./settings/settings.ts";
export type { Offer } from "./trust/offer.ts";
export { projectSettings, type ProjectSettings } from "./trust/project-settings.ts";
export {
  distrust,
  noTrust,
  readTrust,
  trustFolder,
  type Trust,
  type TrustedFolder,
} from "./trust/trust-file.ts";
export { trustQuestion } from "./trust/trust-question.ts";
export { reduce, atRest, IllegalEvent, type AgentState, type Phase, type RunningCall } from "./state.ts";
export { suggestReprompt } from "./reprompt.ts";
export type { GitFacts, PromptFacts } from "./prompt/facts.ts";
export { estimatedTokens, type PromptSection } from "./prompt/section.ts";
export { joinSections, promptSections, systemPrompt } from "./prompt/system-prompt.ts";
export { openSandbox, type SandboxOptions } from "./sandbox/open-sandbox.ts";
export { ownRepositoryElsewhere } from "./sandbox/git-places.ts";
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
export { subAgents, type SubAgents } from "./sub-agents/sub-agents.ts";
export type { SubAgentOptions } from "./sub-agents/options.ts";
export type { SubAgentLimits } from "./sub-agents/limits.ts";
export type { ToolKind } from "./sub-agents/sub-agent.ts";
export { workTools, type WorkToolOptions } from "./tools/tasks/work-tools.ts";
export { thinksByItself } from "./tools/tasks/think-tool.ts";
export type { Finding } from "./tools/tasks/findings.ts";
export { openWorkbench, SUB_AGENTS_AT_ONCE, type Workbench, type WorkbenchOptions } from "./workbench.ts";
