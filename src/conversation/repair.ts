import {
  text,
  toolCalls,
  type Message,
  type Part,
  type ToolCallPart,
  type ToolResultPart,
} from "../llm/message.ts";
import { CallIds } from "../protocols/call-ids.ts";
import { withOwnIds } from "./own-ids.ts";

/** What a call is told whose result was never heard of: it may have happened, or not. */
const LOST = "no result of this call is known: it may or may not have run; look before you call it again";

/** What a call is told that was running when its process ended. */
export const UNKNOWN =
  "outcome unknown: the process ended while this call ran, and it may or may not have taken effect; look before you call it again";

/** What became of calls whose results are in no message: the result, or that a call began and nobody knows its end. */
export type KnownCalls = ReadonlyMap<string, ToolResultPart | "started">;

/** What a call is told that the user's next message came before. */
const NOT_RUN = "not run: something else was said first; call it again if it is still wanted";

/**
 * A history that every vendor takes, from whatever there is: each call has one id of its own and one result in the
 * message behind it, in the order of the calls; results name their tools; results of calls that are not there become
 * text; nobody's parts stand in the other's message; the user speaks first. Deterministic, and a history that is in
 * order comes back as it is (the same objects), so that repairing twice is repairing once.
 */
export function repair(messages: readonly Message[], ids: CallIds = new CallIds()): Message[] {
  const repaired: Message[] = [];
  let open: readonly Asked[] = [];
  for (const message of messages) {
    if (message.role === "assistant") {
      // Calls that nobody answered before the model went on.
      if (open.length > 0) repaired.push({ role: "user", parts: open.map(({ call }) => lost(call, LOST)) });
      if (repaired.length === 0) repaired.push({ role: "user", parts: [text("(the conversation goes on)")] });
      const [own, asked] = spoken(message, ids);
      repaired.push(own);
      open = asked;
    } else {
      repaired.push(heard(message, open, LOST));
      open = [];
    }
  }
  // Open calls at the end are not lost: whoever goes on closes them.
  return repaired;
}

/** A call, and the id that its results have. */
interface Asked {
  readonly call: ToolCallPart;
  readonly as: string;
}

/** An assistant's message without what only a user says, its calls under ids of their own. */
function spoken(message: Message, ids: CallIds): readonly [Message, readonly Asked[]] {
  const own = message.parts.some(({ type }) => type === "tool-result")
    ? { ...message, parts: message.parts.map((part) => (part.type === "tool-result" ? told(part) : part)) }
    : message;
  const renamed = withOwnIds(own, ids);
  const before = toolCalls(own);
  return [renamed, toolCalls(renamed).map((call, at) => ({ call, as: before[at]?.id ?? call.id }))];
}

/** A user's message in which each of these calls has one result, before all else. */
function heard(message: Message, open: readonly Asked[], why: string, known?: KnownCalls): Message {
  const given = message.parts.filter((part) => part.type === "tool-result");
  const rest: Part[] = [];
  const used = new Set<ToolResultPart>();
  const results = open.map(({ call, as }) => {
    const result = given.find((each) => each.callId === as && !used.has(each));
    if (result === undefined) return knownOr(call, why, known);
    used.add(result);
    return named(result, call);
  });
  for (const part of message.parts) {
    if (part.type === "tool-result") {
      if (!used.has(part)) rest.push(told(part));
    } else if (part.type === "tool-call") rest.push(text(`[call of ${part.name}: ${part.argumentsText}]`));
    else if (part.type !== "thinking") rest.push(part);
  }
  const parts: Part[] = [...results, ...rest];
  const same = parts.length === message.parts.length && parts.every((part, at) => part === message.parts[at]);
  return same ? message : { ...message, parts };
}

/** What the user says next, with a result for each call that is still open before it. */
export function closing(
  open: readonly ToolCallPart[],
  parts: readonly Part[],
  known?: KnownCalls,
): readonly Part[] {
  if (open.length === 0 && !parts.some(({ type }) => type === "tool-result")) return parts;
  const asked = open.map((call) => ({ call, as: call.id }));
  return heard({ role: "user", parts }, asked, NOT_RUN, known).parts;
}

function knownOr(call: ToolCallPart, why: string, known: KnownCalls | undefined): ToolResultPart {
  const found = known?.get(call.id);
  return typeof found === "object" ? found : lost(call, found === "started" ? UNKNOWN : why);
}

function named(result: ToolResultPart, { id, name }: ToolCallPart): ToolResultPart {
  return result.callId === id && result.name === name ? result : { ...result, callId: id, name };
}

function lost({ id, name }: ToolCallPart, why: string): ToolResultPart {
  return { type: "tool-result", callId: id, name, content: [text(why)], isError: true };
}

/** A result that belongs to no call, told. */
function told({ callId, name, content }: ToolResultPart): Part {
  const words = content.map((part) => (part.type === "text" ? part.text : `(${part.type})`)).join("");
  return text(`[result of ${name ?? "a call"} ${callId}: ${words}]`);
}
