import { realpath } from "node:fs/promises";
import type { Agent } from "../agent/agent.ts";
import type { AgentEvent } from "../agent/event.ts";
import type { Conversation } from "../conversation/conversation.ts";
import { formatCost } from "../llm/money.ts";
import type { Response } from "../llm/response.ts";
import { system } from "../providers/system.ts";
import { VERSION } from "../providers/version.ts";
import { Approvals } from "./approvals.ts";
import { askToAgree } from "./ask-to-agree.ts";
import { ask, type Answer } from "./ask.ts";
import type { ConverseCommand } from "./command.ts";
import { Cancelled, exitCode, exitCodes } from "./exit-code.ts";
import { explain } from "./explain.ts";
import { follow, type Following } from "./follow.ts";
import type { Io } from "./io.ts";
import { LineReader } from "./line-reader.ts";
import { answerNote, usageLine } from "./notices.ts";
import { Outlet } from "./outlet.ts";
import { openSession, type Session } from "./session.ts";
import { harmless, isOneTerminal, teller, type Teller } from "./terminal.ts";
import { offerTrust } from "./trust.ts";
import { workingFolder } from "./working-folder.ts";

const commandHelp = `/help      this
/model     the model that answers
/cost      what the conversation used and cost so far
/diff      what changed since the start; /diff COMMIT what that one did
/reprompt  the message that this conversation would better have begun with, to begin anew with
/retry     go on with what was interrupted, or send the last message again when it was not answered
/exit      leave; so does Ctrl-D, or Ctrl-C twice
Ctrl-C while an answer comes cancels that answer.`;

/** What was typed: a message for the model, one of our own commands (`/word`), or nothing. */
export type Said =
  | { readonly command: string; readonly commit?: string }
  | { readonly message: string }
  | undefined;

/** Tells commands from messages. A path (`/etc/hosts`) begins with a slash too, and is a message. */
export function readTyped(text: string): Said {
  if (text.trim() === "") return undefined;
  const commit = /^\s*\/diff\s+([0-9a-f]{4,40})\s*$/.exec(text)?.[1];
  if (commit !== undefined) return { command: "diff", commit };
  const command = /^\s*\/([a-z]+)\s*$/.exec(text)?.[1];
  return command === undefined ? { message: text } : { command };
}

/** The plain face for a terminal: a prompt, answers as they come, and what they cost. */
export async function runInteractive(command: ConverseCommand, io: Io): Promise<number> {
  const tell = teller(io, command);
  const lines = new LineReader(io);
  if (!command.tools.noTools)
    await offerTrust(await realpath(await workingFolder(command, io)), io, tell, lines);
  let hear: (event: AgentEvent) => void = () => undefined;
  const session = await openSession(command, io, tell, {
    attended: true,
    agree: (change) => askToAgree(change, lines, tell),
    onEvent: (event) => hear(event),
  });
  const { conversation } = session.agent;
  const { info } = conversation.model;
  const model = info.provider === info.name ? info.name : `${info.name} (${info.provider})`;
  tell.notice(`colloquy ${VERSION}, ${model}. /help for help, /exit or Ctrl-D to leave`);
  if (session.enforcement !== undefined) tell.notice(`tools: ${session.enforcement}`);
  const talk = new Talk(session, command, io, tell, lines);
  hear = (event) => talk.hear(event);
  let { unfinished } = session;
  if (unfinished && command.text === undefined) tell.notice("/retry goes on with it");
  if (command.text !== undefined) await say(command.text);
  let interrupted = false;
  for (let over = false; !over && talk.failure === undefined;) {
    const input = await lines.read("> ");
    if (input.type === "interrupt" && !interrupted) tell.reply("Ctrl-C again, Ctrl-D or /exit to leave");
    else if (input.type === "text") over = await obey(readTyped(input.text));
    else over = true;
    interrupted = input.type === "interrupt";
  }
  await session.close();
  const farewell = session.farewell();
  if (farewell !== undefined) tell.notice(farewell);
  return talk.failure === undefined ? exitCodes.done : exitCode(talk.failure);

  async function say(message: string | undefined): Promise<void> {
    await talk.ask(message);
    unfinished = conversation.history.last?.role === "user";
  }

  /** Returns whether to leave. */
  async function obey(typed: Said): Promise<boolean> {
    if (typed === undefined) return false;
    if ("message" in typed) {
      await say(typed.message);
      return false;
    }
    const usage = conversation.usage();
    switch (typed.command) {
      case "exit":
      case "quit":
        return true;
      case "help":
        tell.reply(commandHelp);
        break;
      case "model":
        tell.reply(`${model}; another one takes a new start, with --continue --model NAME`);
        break;
      case "cost":
        tell.reply(`${usage.responses} answers, ${usageLine(usage, usage.cost)}${leftOf(conversation)}`);
        break;
      case "diff":
        await talk.show(() => session.diff(typed.commit));
        break;
      case "reprompt":
        if (conversation.history.length === 0) tell.reply("nothing was said yet");
        else await talk.reprompt();
        break;
      case "retry":
        if (unfinished) await say(undefined);
        else tell.reply("there is nothing to retry: no message waits for an answer");
        break;
      default:
        tell.reply(`there is no /${typed.command}; /help lists what there is`);
    }
    return false;
  }
}

/** What is left of a budget of money, where there is one. */
function leftOf(conversation: Conversation): string {
  const { dollars } = conversation.budget();
  return dollars === undefined ? "" : `; ${formatCost(dollars.left)} of ${formatCost(dollars.limit)} left`;
}

/** The exchanges of one conversation at the terminal. */
class Talk {
  readonly #agent: Agent;
  readonly #verbose: boolean;
  readonly #io: Io;
  readonly #tell: Teller;
  readonly #out: Outlet;
  readonly #safe: (text: string) => string;
  readonly #approvals: Approvals;
  #abort = new AbortController();
  #following: Following | undefined;

  constructor(session: Session, { verbose }: ConverseCommand, io: Io, tell: Teller, lines: LineReader) {
    this.#agent = session.agent;
    this.#verbose = verbose;
    this.#approvals = new Approvals(session, lines, tell, () => this.#abort.abort(new Cancelled()));
    this.#io = io;
    this.#tell = tell;
    this.#out = new Outlet(io.stdout, (failure) => this.#abort.abort(failure));
    this.#safe = io.stdout.isTTY === true ? harmless : (text) => text;
  }

  /** Takes in what happens. */
  hear(event: AgentEvent): void {
    this.#following?.onEvent(event);
    if (event.type === "tool-approval") this.#approvals.ask(event, this.#abort.signal);
  }

  /** Set when answers can no longer be shown. */
  get failure(): Error | undefined {
    return this.#out.failure;
  }

  /** Asks, or asks again without a message. Failures are told, not thrown: the conversation goes on. */
  async ask(message: string | undefined): Promise<void> {
    const { signal, stopListening } = this.#interruptible();
    const out = this.#out;
    const following = (this.#following = follow(
      (this.#io.machine ?? system).clock,
      this.#tell,
      (_, text) => out.write(this.#safe(text)),
      isOneTerminal(this.#io) ? (end) => out.write(end) : undefined,
    ));
    let failed: { readonly error: unknown } | undefined;
    let answer: Answer | undefined;
    try {
      answer = await ask(this.#agent, message, signal);
    } catch (error) {
      failed = { error };
    }
    following.stop();
    this.#following = undefined;
    // It may have been there already, where only the turn was not over.
    if (answer !== undefined && answer.response === undefined) out.write(this.#safe(answer.text));
    const text = answer?.text ?? following.text();
    if (text !== "" && !text.endsWith("\n")) out.write("\n");
    await out.flush();
    stopListening();
    if (answer !== undefined) this.#tellOf(answer.response);
    else if (failed?.error instanceof Cancelled) {
      // After the terminal's own ^C, unless an answer was being shown.
      this.#tell.reply(`${text === "" ? "\n" : ""}cancelled; /retry asks again`);
    } else if (out.failure === undefined) this.#tell.error(explain(failed?.error, this.#verbose));
  }

  /** Shows what the conversation would better have begun with. */
  async reprompt(): Promise<void> {
    const { suggestReprompt } = await import("../agent/reprompt.ts");
    await this.show((signal) => suggestReprompt(this.#agent.conversation, { signal }));
  }

  /** Shows a text that has to be made first; Ctrl-C ends that. */
  async show(make: (signal: AbortSignal) => Promise<string>): Promise<void> {
    const { signal, stopListening } = this.#interruptible();
    try {
      this.#tell.reply(await make(signal));
    } catch (error) {
      if (error instanceof Cancelled) this.#tell.reply("\ncancelled");
      else this.#tell.error(explain(error, this.#verbose));
    } finally {
      stopListening();
    }
  }

  /** What Ctrl-C ends, and twice the program. */
  #interruptible(): { readonly signal: AbortSignal; readonly stopListening: () => void } {
    const abort = (this.#abort = new AbortController());
    const { signal } = abort;
    const stopListening = this.#io.onInterrupt(() => {
      if (signal.aborted) this.#io.quit(exitCodes.cancelled);
      else abort.abort(new Cancelled());
    });
    return { signal, stopListening };
  }

  #tellOf(response: Response | undefined): void {
    if (response === undefined) return;
    const note = answerNote(response);
    if (note !== undefined) this.#tell.notice(note);
    const all = this.#agent.conversation.usage();
    const total = all.responses > 1 ? `; in all ${usageLine(all, all.cost)}` : "";
    this.#tell.notice(`${usageLine(response.usage, response.cost)}${total}`);
  }
}
