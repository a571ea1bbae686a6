import type { JsonValue } from "../llm/json.ts";
import { messageText, type Message } from "../llm/message.ts";
import type { Request } from "../llm/request.ts";
import type { Response, StopReason } from "../llm/response.ts";
import type { Usage } from "../llm/usage.ts";
import { defineModel, type Model, type ModelInfo, type RunOptions } from "../providers/model.ts";
import { compose } from "../providers/rehearsal/compose.ts";
import { free } from "../providers/rehearsal/info.ts";
import type { Plan, Said } from "../providers/rehearsal/plan.ts";
import { begin, play } from "../providers/rehearsal/play.ts";
import { system, type Clock } from "../providers/system.ts";

/** An answer given in advance. Its parts come in this order: thinking, text, tool calls. */
export interface ScriptedAnswer {
  readonly thinking?: string;
  readonly text?: string;
  /** A value that is said as JSON, in the place of `text`: what an answer by schema is. */
  readonly output?: JsonValue;
  /** Calls; an id is made up where none is given, and `argumentsText` says what JSON cannot. */
  readonly toolCalls?: readonly ScriptedCall[];
  /** `tool_use` after a call and `end_turn` otherwise, when absent. */
  readonly stopReason?: StopReason;
  /** Counts that replace the computed ones, or `"none"` for no report at all. */
  readonly usage?: Partial<Usage> | "none";
  /** Thrown as it is, after the parts have been streamed. */
  readonly error?: Error;
}

/** A tool call given in advance. */
export interface ScriptedCall {
  readonly name: string;
  readonly input?: JsonValue;
  /** The arguments as text, JSON or not, in the place of `input`. */
  readonly argumentsText?: string;
  readonly id?: string;
}

/** A text, an answer, or what gives one when the request is known. */
export type ScriptedStep = string | ScriptedAnswer | ScriptedReply;

/** Answers a request; `index` counts the requests from 0. */
export type ScriptedReply = (
  request: Request,
  index: number,
) => string | ScriptedAnswer | Promise<string | ScriptedAnswer>;

/** How a {@link scripted} model presents itself. */
export interface ScriptedOptions {
  /** Facts in the place of ours: name `scripted`, protocol `none`, no window, no limit. */
  readonly info?: Partial<ModelInfo>;
  readonly clock?: Clock;
}

/** The script and what happened do not agree: a mistake in a test, which no retry mends. */
export class ScriptError extends Error {
  override readonly name: string = "ScriptError";
}

/** A model that plays a script, and remembers what it was asked. */
export interface ScriptedModel extends Model {
  /** The requests it got, oldest first. */
  readonly requests: readonly Request[];
  /** @throws ScriptError when steps are left. */
  done(): void;
}

/**
 * A model for tests that gives these answers, in this order, exactly as they are: no limit cuts them.
 * A request after the last one is rejected with a {@link ScriptError}.
 *
 * @example
 * const model = scripted([{ toolCalls: [{ name: "shell", input: { command: "ls" } }] }, "All done."]);
 */
export function scripted(
  steps: readonly ScriptedStep[] | ScriptedReply,
  options: ScriptedOptions = {},
): ScriptedModel {
  const { clock = system.clock } = options;
  const info: ModelInfo = {
    name: "scripted",
    provider: "scripted",
    protocol: "none",
    prices: free,
    ...options.info,
  };
  const requests: Request[] = [];
  const complete = async (request: Request, run: RunOptions = {}): Promise<Response> => {
    run.signal?.throwIfAborted();
    const index = requests.push(request) - 1;
    const step = typeof steps === "function" ? steps : steps[index];
    if (step === undefined) throw new ScriptError(ranOut(steps.length, index, request));
    const beginning = begin(clock);
    run.onEvent?.({ type: "request", attempt: 1, model: info.name });
    const given = typeof step === "function" ? await step(request, index) : step;
    const answer = typeof given === "string" ? { text: given } : given;
    const { error } = answer;
    const key = `${request.messages.length}_${index}`;
    const events = compose(planOf(answer), request, {}, { model: info.name, key, seed: 0 });
    const broken = error && { after: Infinity, error: () => error };
    return play(events, info, beginning, run, { broken });
  };
  const done = (): void => {
    const left = typeof steps === "function" ? 0 : steps.length - requests.length;
    if (left > 0)
      throw new ScriptError(`the script has ${steps.length} steps, and ${left} of them were never asked for`);
  };
  return { ...defineModel(info, complete), requests, done };
}

function planOf({
  thinking,
  output,
  text = output === undefined ? undefined : JSON.stringify(output),
  toolCalls = [],
  stopReason: stop,
  usage,
}: ScriptedAnswer): Plan {
  const says: Said[] = [];
  if (thinking !== undefined) says.push({ type: "thinking", text: thinking });
  if (text !== undefined) says.push({ type: "text", text });
  for (const { name, input = {}, argumentsText = JSON.stringify(input), id } of toolCalls) {
    says.push({ type: "call", names: [name], argumentsText, ...(id !== undefined && { id }) });
  }
  return { says, ...(stop !== undefined && { stop }), ...(usage !== undefined && { usage }) };
}

function ranOut(length: number, index: number, { messages }: Request): string {
  const last: Message | undefined = [...messages].at(-1);
  const text = last && messageText(last);
  const about =
    last && (text === "" ? `parts ${last.parts.map((part) => part.type).join(", ")}` : JSON.stringify(text));
  const counts = `the script has ${length} ${length === 1 ? "step" : "steps"}, and request ${index + 1} came`;
  return `${counts}; its last message: ${about ?? "none"}`;
}
