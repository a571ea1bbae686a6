import type { AgentEvent } from "./event.ts";

/*
 * What an agent is doing, made from its events alone: whoever has read them knows it, and nobody has to ask. Pure. An
 * event that cannot come now is a mistake of ours: it is told, and fails a test.
 */

/** `idle`: at rest; `asking`: the model thinks; `deciding`: somebody has to say whether a call may run; `running`: tools run; `stopping`: somebody cancelled, and it is not over yet. */
export type Phase = "idle" | "asking" | "deciding" | "running" | "stopping";

/** A call that has begun, of the agent or of a child. */
export interface RunningCall {
  readonly conversationId: string;
  readonly callId: string;
  readonly name: string;
}

/** What an agent is doing. */
export interface AgentState {
  readonly phase: Phase;
  /** Conversations with a request out. */
  readonly requests: readonly string[];
  readonly running: readonly RunningCall[];
  /** Calls that wait for somebody's leave. */
  readonly approvals: readonly RunningCall[];
  /** What was said and has not reached the model. */
  readonly waiting: readonly number[];
  /** How the last turn ended; absent before the first. */
  readonly end?: string;
}

export const atRest: AgentState = { phase: "idle", requests: [], running: [], approvals: [], waiting: [] };

/** An event came that cannot come in this state. */
export class IllegalEvent extends Error {
  override readonly name = "IllegalEvent";
  constructor(event: AgentEvent, state: AgentState) {
    super(`${event.type} cannot come while the agent is ${state.phase}`);
  }
}

/** The state after an event. @param root the id of the agent's own conversation. @throws IllegalEvent */
export function reduce(state: AgentState, event: AgentEvent, root: string): AgentState {
  const next = counted(state, event, root);
  if ("conversationId" in event && event.conversationId !== root) return next;
  const phase = phaseAfter(state, event, next);
  return phase === next.phase ? next : { ...next, phase };
}

function phaseAfter(state: AgentState, event: AgentEvent, next: AgentState): Phase {
  const { phase } = state;
  switch (event.type) {
    case "turn-begin":
      if (phase !== "idle") throw new IllegalEvent(event, state);
      return "asking";
    case "turn-end":
      if (phase === "idle") throw new IllegalEvent(event, state);
      return "idle";
    case "cancel":
      return phase === "idle" ? "idle" : "stopping";
    case "request":
    case "tool-start":
    case "tool-approval":
      if (phase === "idle") throw new IllegalEvent(event, state);
      break;
    case "tool-result":
      if (phase === "idle") throw new IllegalEvent(event, state);
      break;
    default:
  }
  if (phase === "idle" || phase === "stopping") return phase;
  if (next.approvals.some(({ conversationId }) => conversationId === own(event))) return "deciding";
  if (next.running.some(({ conversationId }) => conversationId === own(event))) return "running";
  return own(event) === undefined ? phase : "asking";
}

function own(event: AgentEvent): string | undefined {
  return "conversationId" in event ? event.conversationId : undefined;
}

/** What is out, with this event. */
function counted(state: AgentState, event: AgentEvent, root: string): AgentState {
  switch (event.type) {
    case "said":
      return { ...state, waiting: [...state.waiting, event.message] };
    case "taken":
      return { ...state, waiting: state.waiting.filter((each) => each !== event.message) };
    case "request":
      return { ...state, requests: [...without(state.requests, event.conversationId), event.conversationId] };
    case "response":
    case "error":
    case "message":
      return { ...state, requests: without(state.requests, event.conversationId) };
    case "tool-approval": {
      const { conversationId, callId, name } = event;
      return { ...state, approvals: [...state.approvals, { conversationId, callId, name }] };
    }
    case "tool-start": {
      const { conversationId, callId, name } = event;
      return {
        ...state,
        approvals: state.approvals.filter((each) => !isSame(each, event)),
        running: [...state.running, { conversationId, callId, name }],
      };
    }
    case "tool-result":
      return {
        ...state,
        approvals: state.approvals.filter((each) => !isSame(each, event)),
        running: state.running.filter((each) => !isSame(each, event)),
      };
    case "turn-end":
      return {
        ...state,
        requests: without(state.requests, event.conversationId),
        running: state.running.filter((each) => each.conversationId !== event.conversationId),
        approvals: state.approvals.filter((each) => each.conversationId !== event.conversationId),
        // How a child's turn ended is its parent's business.
        ...(event.conversationId === root && { end: event.end }),
      };
    default:
      return state;
  }
}

const without = (ids: readonly string[], id: string): readonly string[] =>
  ids.includes(id) ? ids.filter((each) => each !== id) : ids;

function isSame(
  call: RunningCall,
  event: { readonly conversationId: string; readonly callId: string },
): boolean {
  return call.conversationId === event.conversationId && call.callId === event.callId;
}
