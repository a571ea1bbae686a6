import type { History } from "../llm/history.ts";
import type { Message } from "../llm/message.ts";
import type { Request } from "../llm/request.ts";
import { inputTokens, outputTokens, type Usage } from "../llm/usage.ts";
import type { ModelInfo } from "../providers/model.ts";
import { addMessage, addSystem, addTools, PROVIDER_TOKENS, tally, type Tally } from "./token-bound.ts";

/**
 * The most input tokens of a history up to some message, with the instructions and the tools that it was sent with. It is
 * carried from call to call, so that each one walks only the messages that are new.
 */
export interface InputBound {
  readonly history: History;
  readonly model: ModelInfo;
  readonly system: Request["system"];
  readonly tools: Request["tools"];
  readonly tokens: number;
  /** What is known of its parts; absent when nobody has looked, because nothing was limited. */
  readonly kinds?: Pick<Tally, "audio" | "hour">;
}

/** A request whose messages are a history, as a conversation's always are. */
export type HistoryRequest = Request & { readonly messages: History };

/**
 * The bound of a request's input, from that of an earlier one where there is one of the same history and model. Another
 * model counts otherwise, so for it the bytes of everything count.
 */
export function boundInput(
  request: HistoryRequest,
  model: ModelInfo,
  known: InputBound | undefined,
): InputBound {
  const { messages: history, system, tools } = request;
  const sum = tally();
  const usable = known?.model.name === model.name && known.model.provider === model.provider;
  const base = usable && walk(sum, history, known.history, model.protocol) ? known : undefined;
  if (base === undefined) {
    Object.assign(sum, tally());
    walk(sum, history, undefined, model.protocol);
    sum.tokens += PROVIDER_TOKENS;
  } else {
    const kinds = base.kinds ?? kindsOf(base);
    sum.audio ||= kinds.audio;
    sum.hour ||= kinds.hour;
    sum.tokens += base.tokens;
  }
  if (base === undefined || !sameSystem(base.system, system)) addSystem(sum, system);
  if (base === undefined || base.tools !== tools) {
    addTools(sum, tools, model.protocol);
    if (tools !== undefined) sum.tokens += PROVIDER_TOKENS;
  }
  const { tokens, audio, hour } = sum;
  return { history, model, system, tools, tokens, kinds: { audio, hour } };
}

/**
 * The bound of the history with the answer in it: what its provider counted, input and output together, is what the next
 * request begins with.
 */
export function boundAnswer(
  asked: Omit<InputBound, "tokens" | "history"> & Partial<Pick<InputBound, "tokens">>,
  history: History,
  answer: Message,
  usage: Usage,
): InputBound | undefined {
  if (usage.source !== "unknown" && inputTokens(usage) > 0) {
    const { model, system, tools, kinds } = asked;
    const tokens = inputTokens(usage) + outputTokens(usage);
    return kinds === undefined
      ? { history, model, system, tools, tokens }
      : { history, model, system, tools, tokens, kinds };
  }
  if (asked.tokens === undefined) return undefined;
  const sum = tally();
  addMessage(sum, answer, asked.model.protocol);
  return { ...asked, history, tokens: asked.tokens + sum.tokens };
}

/** Adds the messages of a history after `until`; false when `until` is not in it. */
function walk(sum: Tally, from: History, until: History | undefined, protocol: string): boolean {
  let at: History | undefined = from;
  for (; at !== undefined && at !== until; at = at.parent) {
    if (until !== undefined && at.length < until.length) return false;
    if (at.last !== undefined) addMessage(sum, at.last, protocol);
  }
  return until === undefined || at === until;
}

function kindsOf({ history, system, tools, model }: InputBound): Pick<Tally, "audio" | "hour"> {
  const sum = tally();
  walk(sum, history, undefined, model.protocol);
  addSystem(sum, system);
  addTools(sum, tools, model.protocol);
  return sum;
}

function sameSystem(one: Request["system"] = [], other: Request["system"] = []): boolean {
  return (
    one === other || (one.length === other.length && one.every((part, i) => part.text === other[i]?.text))
  );
}
