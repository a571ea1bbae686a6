import { ConfigurationError } from "../llm/errors.ts";
import type { JsonValue } from "../llm/json.ts";
import { text, type ToolCallPart, type ToolResultPart } from "../llm/message.ts";
import type { Clock } from "../providers/system.ts";
import type { ToolEvent } from "./event.ts";
import type { OpenCall } from "./next.ts";
import { UNKNOWN, type KnownCalls } from "./repair.ts";
import type { Tool, ToolContext } from "./tool.ts";
import { failure, type Told } from "./tool-output.ts";
import { CallRun, describe, type CallOutcome } from "./tool-run.ts";

/** What becomes of a call before it runs. `ask`: somebody is to say, with {@link Conversation.decide}. */
export type Verdict = "allow" | "ask" | "deny" | { readonly deny: string };

/** Says of each call whether it may run; at once or later. What it throws denies the call. */
export type ToolPolicy = (call: ToolCallPart, tool: Tool) => Verdict | Promise<Verdict>;

/** What calls need from their conversation. */
export interface BatchRoom {
  readonly clock: Clock;
  readonly graceMs: number;
  /** How many calls may run at once. */
  readonly concurrency: number;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly policy: ToolPolicy | undefined;
  emit(event: ToolEvent): void;
  context(call: ToolCallPart, signal: () => AbortSignal): Omit<ToolContext, "signal" | "progress">;
  /** Told of each call before it runs, whatever its name. */
  count(name: string): void;
  /** What became of calls before now, which are not to be done again. */
  readonly known: KnownCalls | undefined;
  /** Writes down that these tools are about to run. */
  started(calls: readonly ToolCallPart[]): void | Promise<void>;
  /** Writes down what came of a call. */
  finished(result: ToolResultPart, display: unknown): void | Promise<void>;
}

interface Entry {
  readonly call: ToolCallPart;
  readonly tool: Tool | undefined;
  readonly run: CallRun;
  leave: OpenCall["leave"];
  /** The policy's answer, while it is waited for. */
  asking?: Promise<void>;
  why?: string;
  /** What it was stopped with before it ran. */
  stopped?: { readonly cause: unknown };
  phase: "waiting" | "running" | "over";
  /** Its start is written down. */
  begun?: boolean;
}

/** How the calls of one answer ended. */
export interface BatchResult {
  /** One for each call, in the order of the calls. */
  readonly results: readonly ToolResultPart[];
  /** A call that ends the turn succeeded, or wants no reply. */
  readonly ended: "tool" | "no-reply" | undefined;
  /** What a listener threw meanwhile: to be thrown when the results are kept. */
  readonly broken: { readonly error: unknown } | undefined;
}

/** The calls of one answer: who may run, what runs, and what came of it. */
export class ToolBatch {
  readonly #room: BatchRoom;
  readonly #entries: readonly Entry[];
  #stopped: { readonly cause: unknown } | undefined;
  #wake: (() => void) | undefined;
  #broken: BatchResult["broken"];
  #running: Promise<BatchResult> | undefined;

  constructor(calls: readonly ToolCallPart[], room: BatchRoom) {
    this.#room = room;
    const { clock, graceMs, tools } = room;
    const names = (): readonly string[] => [...tools.keys()];
    this.#entries = calls.map((call) => {
      const tool = tools.get(call.name);
      const progress = (update: JsonValue): void => this.#progress(call, update);
      const run: CallRun = new CallRun(call, tool, {
        clock,
        graceMs,
        names,
        context: { ...room.context(call, () => run.lifetime), progress },
      });
      return { call, tool, run, leave: isSettled(room, call, tool) ? "allowed" : "new", phase: "waiting" };
    });
  }

  /** The calls that have not run. */
  get open(): readonly OpenCall[] {
    return this.#entries
      .filter(({ phase }) => phase === "waiting")
      .map(({ call, leave }) => ({ id: call.id, leave }));
  }

  /** How many calls may come to run: all but those whose outcome is settled already. */
  get unsettled(): number {
    return this.#entries.filter(({ call, tool }) => !isSettled(this.#room, call, tool)).length;
  }

  /** Whether somebody still has to say of a call whether it may run. */
  get undecided(): boolean {
    return this.#stopped === undefined && this.#entries.some(({ leave }) => leave === "asked");
  }

  /** Whether the policy still has to say of a call whether it may run. */
  get unasked(): boolean {
    return this.#stopped === undefined && this.#entries.some(({ leave }) => leave === "new");
  }

  /**
   * Asks the policy for leave for all who have none yet, of each once. Resolves when it is said, all is stopped, or
   * something was decided meanwhile.
   */
  async askLeave(): Promise<void> {
    const asking = this.#entries
      .filter(({ leave }) => leave === "new")
      .map((entry) => (entry.asking ??= this.#ask(entry)));
    // A policy may take for ever; whoever stops does not wait for it.
    await Promise.race([Promise.all(asking), this.awaitLeave()]);
  }

  /** Resolves when somebody has decided, or all is stopped. */
  awaitLeave(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopped !== undefined) resolve();
      this.#wake = resolve;
    });
  }

  /** @throws ConfigurationError `no-such-call` unless the call waits to be decided. */
  decide(callId: string, verdict: Exclude<Verdict, "ask">): void {
    const entry = this.#entries.find(({ call, leave }) => call.id === callId && leave === "asked");
    if (entry === undefined || entry.stopped !== undefined) throw noSuchCall(callId, "waits for a decision");
    decided(entry, verdict);
    this.#wake?.();
  }

  /** @throws ConfigurationError `no-such-call` unless the call waits or runs. */
  cancel(callId: string, cause: unknown): void {
    const entry = this.#entries.find(({ call, phase }) => call.id === callId && phase !== "over");
    if (entry === undefined || entry.stopped !== undefined) throw noSuchCall(callId, "waits or runs");
    this.#stop(entry, cause);
    if (entry.leave !== "allowed") decided(entry, "allow");
    this.#wake?.();
  }

  /** Stops all that waits or runs. */
  stop(cause: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { cause };
    for (const entry of this.#entries) if (entry.phase !== "over") this.#stop(entry, cause);
    this.#wake?.();
  }

  /** Runs those who may, each once, and resolves when all are over. Never rejects. */
  run(): Promise<BatchResult> {
    return (this.#running ??= this.#run());
  }

  async #run(): Promise<BatchResult> {
    const results: ToolResultPart[] = [];
    let ended: BatchResult["ended"];
    let at = 0;
    const one = async (index: number, entry: Entry): Promise<void> => {
      const before = this.#room.known?.get(entry.call.id);
      if (typeof before === "object") {
        entry.phase = "over";
        results[index] = before;
        return;
      }
      const outcome = await this.#one(entry);
      results[index] = await this.#told(entry, outcome);
      if (outcome.how === "no-reply") ended ??= "no-reply";
      else if (outcome.how === "done" && !outcome.told.isError && entry.tool?.endsTurn === true)
        ended = "tool";
    };
    const worker = async (): Promise<void> => {
      for (let index = at++; index < this.#entries.length; index = at++)
        await one(index, this.#entries[index] as Entry);
    };
    // All of them begin before any tool does: a call's input is looked at first, which takes a turn of the loop.
    const workers = Math.max(1, Math.min(this.#room.concurrency, this.#entries.length));
    await this.#begin(this.#entries.slice(0, workers));
    await Promise.all(Array.from({ length: workers }, worker));
    return { results, ended, broken: this.#broken };
  }

  async #ask(entry: Entry): Promise<void> {
    const { policy } = this.#room;
    // A tool that is not there does nothing, and the model has to be told so.
    if (policy === undefined || entry.tool === undefined) {
      entry.leave = "allowed";
      return;
    }
    let verdict: Verdict;
    try {
      verdict = await policy(entry.call, entry.tool);
    } catch (error) {
      verdict = { deny: `nobody could say whether it may run: ${describe(error)}` };
    }
    // Somebody was quicker, or nobody waits for it any more.
    if (entry.leave !== "new" || this.#stopped !== undefined) return;
    if (verdict !== "ask") {
      decided(entry, verdict);
      return;
    }
    entry.leave = "asked";
    const { id: callId, name, input } = entry.call;
    this.#room.emit({ type: "tool-approval", callId, name, input });
  }

  async #one(entry: Entry): Promise<CallOutcome> {
    const { call } = entry;
    // What began in an earlier process was counted then, and again only where it begins again.
    if (isSettled(this.#room, call, entry.tool)) return { how: "done", told: failure(UNKNOWN) };
    const counted = this.#room.known?.has(call.id) !== true || entry.begun === true;
    if (counted) this.#room.count(call.name);
    if (entry.stopped !== undefined) return notStarted(entry.stopped.cause);
    if (entry.leave !== "allowed")
      return { how: "done", told: failure(entry.why ?? "the user denied this call") };
    if (entry.begun !== true) await this.#begin([entry]);
    if (!counted) this.#room.count(call.name);
    // Nothing runs of which no store knows.
    const stopped = stopOf(entry);
    if (stopped !== undefined) return notStarted(stopped.cause);
    entry.phase = "running";
    this.#tell({ type: "tool-start", callId: call.id, name: call.name, input: call.input });
    return entry.run.run();
  }

  /** Writes down that these are about to run, of those that may. */
  async #begin(entries: readonly Entry[]): Promise<void> {
    const beginning = entries.filter(
      ({ begun, leave, stopped, call, tool }) =>
        begun !== true && leave === "allowed" && stopped === undefined && !isSettled(this.#room, call, tool),
    );
    if (beginning.length === 0) return;
    for (const entry of beginning) entry.begun = true;
    try {
      await this.#room.started(beginning.map(({ call }) => call));
    } catch (error) {
      this.#break(error);
    }
  }

  async #told(entry: Entry, outcome: CallOutcome): Promise<ToolResultPart> {
    entry.phase = "over";
    const { id: callId, name } = entry.call;
    const told: Told =
      outcome.how === "no-reply" ? { content: [text("(no reply)")], isError: false } : outcome.told;
    const { content, isError, display } = told;
    const result: ToolResultPart = {
      type: "tool-result",
      callId,
      name,
      content,
      ...(isError && { isError }),
    };
    try {
      await this.#room.finished(result, display);
    } catch (error) {
      this.#break(error);
      return result;
    }
    this.#tell({ type: "tool-result", callId, name, result, ...(display !== undefined && { display }) });
    return result;
  }

  /** Tells listeners. One that throws stops all calls, and loses none of their results. */
  #tell(event: ToolEvent): void {
    try {
      this.#room.emit(event);
    } catch (error) {
      this.#break(error);
    }
  }

  #break(error: unknown): void {
    this.#broken ??= { error };
    this.stop(error);
  }

  #stop(entry: Entry, cause: unknown): void {
    entry.stopped ??= { cause };
    entry.run.stop(cause);
  }

  #progress(call: ToolCallPart, update: JsonValue): void {
    const entry = this.#entries.find((each) => each.call === call);
    // Who was left behind has nothing to say any more.
    if (entry?.phase === "running")
      this.#tell({ type: "tool-progress", callId: call.id, name: call.name, update });
  }
}

/** Whether what became of a call is settled, though nobody may know it: it is not to run again. */
function isSettled({ known }: BatchRoom, { id }: ToolCallPart, tool: Tool | undefined): boolean {
  const before = known?.get(id);
  if (before === "started") return tool?.readOnly !== true && tool?.idempotent !== true;
  return before !== undefined;
}

/** What a call was stopped with; asked anew after a wait. */
function stopOf({ stopped }: Entry): Entry["stopped"] {
  return stopped;
}

function decided(entry: Entry, verdict: Exclude<Verdict, "ask">): void {
  if (verdict === "allow") entry.leave = "allowed";
  else {
    entry.leave = "denied";
    if (typeof verdict === "object") entry.why = `denied: ${verdict.deny}`;
  }
}

function notStarted(cause: unknown): CallOutcome {
  return { how: "stopped", told: failure(`cancelled before it began: ${describe(cause)}`), abandoned: false };
}

function noSuchCall(callId: string, what: string): ConfigurationError {
  return new ConfigurationError("no-such-call", `no call ${JSON.stringify(callId)} ${what}`);
}
