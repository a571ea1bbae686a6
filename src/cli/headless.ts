import type { Response } from "../llm/response.ts";
import { system } from "../providers/system.ts";
import { VERSION } from "../providers/version.ts";
import { ask, type Answer } from "./ask.ts";
import { UsageError, type ConverseCommand } from "./command.ts";
import { Cancelled, exitCode, exitCodes, OutputClosed } from "./exit-code.ts";
import { explain } from "./explain.ts";
import { follow } from "./follow.ts";
import type { Io } from "./io.ts";
import { answerNote, usageLine } from "./notices.ts";
import { Outlet } from "./outlet.ts";
import { renderers } from "./output.ts";
import { readPrompt } from "./prompt.ts";
import { result } from "./result.ts";
import { openSession, type Session } from "./session.ts";
import { harmless, isOneTerminal, teller, type Teller } from "./terminal.ts";

/** The face without a terminal: one turn, its result on stdout, and an exit code. */
export async function runHeadless(command: ConverseCommand, io: Io): Promise<number> {
  const { clock } = io.machine ?? system;
  const began = clock.monotonic();
  const renderer = renderers[command.format ?? "text"];
  const tell = teller(io, command);
  const abort = new AbortController();
  const { signal } = abort;
  const stopListening = io.onInterrupt(() => {
    if (signal.reason instanceof Cancelled) io.quit(exitCodes.cancelled);
    else abort.abort(new Cancelled());
  });
  const out = new Outlet(io.stdout, (failure) => abort.abort(failure));
  // An answer must not steer the terminal; whoever reads a pipe gets what the model said.
  const safe = io.stdout.isTTY === true ? harmless : (text: string) => text;
  const following = follow(
    clock,
    tell,
    (event, text) => out.write(safe(renderer.event(event, text))),
    isOneTerminal(io) && renderer === renderers.text ? (end) => out.write(end) : undefined,
  );

  let session: Session | undefined;
  let answer: Answer | undefined;
  const errors: unknown[] = [];
  try {
    const prompt = await readPrompt(command.text ?? "", io, signal, tell);
    const { kind } = command.session;
    if (prompt === undefined && (kind === "new" || kind === "none")) {
      throw new UsageError('there is no prompt: give one with -p "text", or pipe it in');
    }
    session = await openSession(command, io, tell, { attended: false, onEvent: following.onEvent });
    const { id: sessionId, agent } = session;
    if (prompt === undefined && !session.unfinished) {
      throw new UsageError(
        `there is no prompt, and nothing in session ${sessionId} to go on with: its last turn is over`,
      );
    }
    const { name, provider } = agent.conversation.model.info;
    const tools = session.enforcement === undefined ? {} : { sandbox: session.enforcement };
    out.write(renderer.begin({ sessionId, model: name, provider, version: VERSION, ...tools }));
    answer = await ask(agent, prompt, signal);
    // It was there already, and only the turn was not over.
    if (answer.response === undefined && command.format === undefined) out.write(safe(answer.text));
  } catch (error) {
    errors.push(error);
  }
  following.stop();
  await session?.close().catch((error: unknown) => errors.push(error));
  stopListening();
  const response = answer?.response;
  const run = {
    sessionId: session?.id,
    usage: session?.usage(),
    model: session?.agent.conversation.model.info.name ?? command.model,
    text: answer?.text ?? following.text(),
    durationMs: clock.monotonic() - began,
    response,
    toolCalls: following.toolCalls(),
    error: errors[0],
  };
  out.write(safe(renderer.end(result(run))));
  await out.flush();
  if (out.failure instanceof OutputClosed) return exitCode(out.failure);
  if (out.failure !== undefined && !errors.includes(out.failure)) errors.push(out.failure);
  for (const error of errors) tell.error(explain(error, command.verbose));
  if (response !== undefined) tellOf(response, command.verbose, tell);
  const farewell = session?.farewell();
  if (farewell !== undefined) tell.notice(farewell);
  return errors.length === 0 ? exitCodes.done : exitCode(errors[0]);
}

function tellOf(response: Response, verbose: boolean, tell: Teller): void {
  const note = answerNote(response);
  if (note !== undefined) tell.notice(note);
  if (!verbose) return;
  const took = `${(response.timing.totalMs / 1000).toFixed(1)} s`;
  const request = response.requestId === undefined ? "" : `, request ${response.requestId}`;
  tell.notice(`${response.model}: ${usageLine(response.usage, response.cost)}, ${took}${request}`);
}
