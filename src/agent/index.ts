/**
 * The coding agent: a conversation that works, and the permissions of its tools. Faces read its events and call its
 * methods.
 */
export { Agent, type AgentOptions } from "./agent.ts";
export type {
  AgentEvent,
  CancelEvent,
  Delivery,
  NoticeEvent,
  SaidEvent,
  TakenEvent,
  TurnBeginEvent,
} from "./event.ts";
export type { Logged } from "./event-log.ts";
export {
  permissionModes,
  permissions,
  shownCall,
  type PermissionMode,
  type PermissionOptions,
} from "./permissions/permissions.ts";
export { reduce, atRest, IllegalEvent, type AgentState, type Phase, type RunningCall } from "./state.ts";
