import type { AgentEvent, CommitsEvent } from "../agent/event.ts";
import { isObject, type JsonValue } from "../llm/json.ts";
import type { ResultPart } from "../llm/message.ts";
import type { Cost } from "../llm/money.ts";
import type { ModelError } from "../llm/errors.ts";
import { formatCost } from "../llm/money.ts";
import type { Response, StopReason } from "../llm/response.ts";
import { inputTokens, outputTokens, type Tokens } from "../llm/usage.ts";
import { defaultRetries } from "../providers/retry.ts";

/** A model that has shown nothing for this long is worth a word. */
export const SLOW_MS = 10_000;

/** What is told of an event while it happens. */
export function eventNotice(event: AgentEvent): string | undefined {
  // How a turn ended is told with its end.
  if (event.type === "notice") return event.end === undefined ? event.text : undefined;
  if (event.type === "commits") return commitsNotice(event);
  if (event.type === "sub-agent") return `sub-agent ${event.name} works`;
  if (event.type === "wait") {
    const { error, delayMs } = event;
    return `waiting ${delayMs === 0 ? "for another request" : seconds(delayMs)}: ${told(error)}`;
  }
  if (event.type === "budget-broken") return event.error.message;
  if (event.type === "tool-start") return `${event.name}: ${inputLine(event.input)}`;
  if (event.type === "tool-result" && event.result.isError === true) {
    return `${event.name} failed: ${firstLine(event.result.content)}`;
  }
  if (event.type !== "retry") return undefined;
  const next = event.attempt + 1;
  const most = defaultRetries.retries + 1;
  const which = next <= most ? `attempt ${next} of ${most}` : `attempt ${next}`;
  return `waiting ${seconds(event.delayMs)} before ${which}: ${told(event.error)}`;
}

function commitsNotice({ commits, branch }: CommitsEvent): string {
  const on = branch === undefined ? "" : ` on ${branch}`;
  return commits.map(({ hash, subject }) => cut(`commit ${hash.slice(0, 9)}${on}: ${subject}`)).join("\n");
}

/** The longest line that is told of a call. */
const LINE = 120;

/** What a call is made with, on one line. */
function inputLine(input: JsonValue | undefined): string {
  const main = isObject(input)
    ? (input["command"] ?? input["path"] ?? input["pattern"] ?? input["url"])
    : undefined;
  return cut(typeof main === "string" ? main : JSON.stringify(input ?? null));
}

function firstLine(content: readonly ResultPart[]): string {
  const texts = content.flatMap((part) => (part.type === "text" ? part.text.split("\n") : []));
  return cut(texts.find((line) => line.trim() !== "") ?? "");
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= LINE ? line : `${line.slice(0, LINE - 1)}…`;
}

function told({ kind, message }: ModelError): string {
  return `${kind.replaceAll("-", " ")}: ${message}`;
}

/** What is told when the first event is long in coming. */
export function slowNotice(model: string): string {
  return `still waiting for the first word of ${model} (${seconds(SLOW_MS)}); Ctrl-C cancels`;
}

const stopNotes: Readonly<Partial<Record<StopReason, string>>> = {
  max_tokens:
    "the answer was cut: it reached the most tokens it may have (--max-output-tokens allows more or fewer)",
  refusal: "the model refused to answer",
  content_filter: "the provider's filter stopped the answer",
  context_overflow: "the answer was cut: the model's window is full",
  pause: "the model paused before it was finished",
};

/** What a reader of an answer should know beside it. */
export function answerNote({ stopReason, toolCalls, text }: Response): string | undefined {
  const note = stopNotes[stopReason];
  if (note !== undefined) return note;
  return text === "" && toolCalls.length === 0 ? "the answer is empty" : undefined;
}

/** What something used and cost, in a few words. */
export function usageLine(tokens: Tokens, cost: Cost): string {
  return `${formatCost(cost)} (${inputTokens(tokens)} in, ${outputTokens(tokens)} out)`;
}

function seconds(ms: number): string {
  return `${ms < 9_950 ? (ms / 1000).toFixed(1).replace(/\.0$/, "") : Math.round(ms / 1000)} s`;
}
