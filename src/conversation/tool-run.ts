import { describeIssues } from "../llm/issue.ts";
import { isObject, type JsonValue } from "../llm/json.ts";
import type { ToolCallPart } from "../llm/message.ts";
import type { Clock } from "../providers/system.ts";
import { checkValue } from "../schema/schema.ts";
import { noReply, type Tool, type ToolContext } from "./tool.ts";
import { failure, readOutput, type Told } from "./tool-output.ts";

/** How a call ended. */
export type CallOutcome =
  | { readonly how: "done"; readonly told: Told }
  /** It was cancelled, or its time was up. `abandoned`: it did not stop, and may still be running. */
  | { readonly how: "stopped"; readonly told: Told; readonly abandoned: boolean }
  | { readonly how: "no-reply" };

/** Why a call's signal was aborted when its time was up. */
export class ToolTimeout extends Error {
  override readonly name = "TimeoutError";
  constructor(ms: number) {
    super(`timed out after ${ms / 1000} s`);
  }
}

/** Why what a call's children asked was aborted when the call was over. */
export class CallOver extends Error {
  override readonly name = "AbortError";
  constructor() {
    super("the call that asked is over");
  }
}

/** What a call needs from where it runs. */
export interface CallRoom {
  readonly clock: Clock;
  /** How long a tool has to end after its signal was aborted, in milliseconds. */
  readonly graceMs: number;
  /** The names of all tools, for a model that calls one that is not there. */
  readonly names: () => readonly string[];
  readonly context: Omit<ToolContext, "signal">;
}

/** One call on its way; {@link stop} ends it. */
export class CallRun {
  readonly #call: ToolCallPart;
  readonly #tool: Tool | undefined;
  readonly #room: CallRoom;
  readonly #controller = new AbortController();
  #giveUp: (() => void) | undefined;
  #cancelTimers: (() => void)[] = [];
  #over = false;
  /** Made for a tool that has children. */
  #lifetime: AbortController | undefined;

  constructor(call: ToolCallPart, tool: Tool | undefined, room: CallRoom) {
    this.#call = call;
    this.#tool = tool;
    this.#room = room;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborted when the call is over, however it ended: what its children ask ends with it. */
  get lifetime(): AbortSignal {
    if (this.#lifetime === undefined) {
      this.#lifetime = new AbortController();
      if (this.#over) this.#lifetime.abort(new CallOver());
      else if (this.signal.aborted) this.#lifetime.abort(this.signal.reason);
    }
    return this.#lifetime.signal;
  }

  /** Has the call's signal aborted with this reason. A tool that goes on all the same is left behind after a while. */
  stop(cause: unknown): void {
    if (this.#over || this.#controller.signal.aborted) return;
    // Before the tool runs there is nobody to wait for.
    if (this.#giveUp !== undefined) this.#timer(this.#room.graceMs, this.#giveUp);
    this.#controller.abort(cause);
    this.#lifetime?.abort(cause);
  }

  /** Runs the call to its end. Never rejects. */
  async run(): Promise<CallOutcome> {
    const tool = this.#tool;
    if (tool === undefined) return done(failure(unknownTool(this.#call.name, this.#room.names())));
    try {
      if (this.#controller.signal.aborted) return this.#stopped(false);
      return await this.#within(tool);
    } catch (error) {
      return this.#controller.signal.aborted ? this.#stopped(false) : done(failure(describe(error)));
    } finally {
      this.#over = true;
      for (const cancel of this.#cancelTimers) cancel();
      this.#lifetime?.abort(new CallOver());
    }
  }

  /** Does the work, unless it is given up first; also a schema that asks somebody else may take for ever. */
  async #within(tool: Tool): Promise<CallOutcome> {
    const abandoned = new Promise<"abandoned">((resolve) => {
      const giveUp = (): void => resolve("abandoned");
      this.#giveUp = giveUp;
    });
    const working = this.#work(tool);
    const outcome = await Promise.race([working, abandoned]);
    if (outcome !== "abandoned") return outcome;
    if (!(await isOpen(working))) return working;
    // What becomes of it is nobody's business any more.
    working.catch(() => undefined);
    return this.#stopped(true);
  }

  async #work(tool: Tool): Promise<CallOutcome> {
    const input = await valid(tool, this.#call);
    if ("problem" in input) return done(failure(input.problem));
    if (this.#controller.signal.aborted) return this.#stopped(false);
    const { timeoutMs } = tool;
    if (timeoutMs !== undefined) this.#timer(timeoutMs, () => this.stop(new ToolTimeout(timeoutMs)));
    const output = await tool.run(input.value, {
      ...this.#room.context,
      signal: this.#controller.signal,
    });
    return output === noReply ? { how: "no-reply" } : done(readOutput(output));
  }

  #stopped(abandoned: boolean): CallOutcome {
    const { reason } = this.#controller.signal;
    const why = reason instanceof ToolTimeout ? reason.message : `cancelled: ${describe(reason)}`;
    const rest = abandoned ? "; it did not stop, and may still be running" : "";
    return { how: "stopped", told: failure(why + rest), abandoned };
  }

  #timer(ms: number, callback: () => void): void {
    this.#cancelTimers.push(this.#room.clock.timer(ms, callback));
  }
}

function done(told: Told): CallOutcome {
  return { how: "done", told };
}

/** Whether a promise has not settled yet. */
async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol("open");
  return (await Promise.race([promise.catch(() => undefined), Promise.resolve(open)])) === open;
}

async function valid(
  tool: Tool,
  { input, argumentsText }: ToolCallPart,
): Promise<{ readonly value: unknown } | { readonly problem: string }> {
  if (!isObject(input)) return { problem: notAnObject(input, argumentsText) };
  const checked = await checkValue(tool.schema, input);
  if (checked.issues === undefined) return { value: checked.value };
  return {
    problem: `the arguments do not fit ${tool.name}; nothing was run:\n${describeIssues(checked.issues)}`,
  };
}

function notAnObject(input: JsonValue | undefined, text: string): string {
  const what = input === undefined ? "not valid JSON (they may have been cut off)" : "not a JSON object";
  return `the arguments are ${what}; nothing was run: ${text.slice(0, 200)}`;
}

function unknownTool(name: string, names: readonly string[]): string {
  const known = names.length === 0 ? "there are none" : `there are: ${names.join(", ")}`;
  return `there is no tool named ${JSON.stringify(name)}; ${known}`;
}

/** What was thrown or given as a cause, in words for a model. */
export function describe(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return typeof error === "string" ? error : (JSON.stringify(error) ?? String(error));
}
