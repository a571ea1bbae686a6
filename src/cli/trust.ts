import { realpath } from "node:fs/promises";
import { system } from "../providers/system.ts";
import { UsageError, type TrustCommand } from "./command.ts";
import { Cancelled } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { isYes, LineReader } from "./line-reader.ts";
import { print } from "./outlet.ts";
import { stateFolder } from "./sessions-file.ts";
import { harmless, oneLine, teller, type Teller } from "./terminal.ts";
import { workingFolder } from "./working-folder.ts";

/** Asks at the terminal whether a folder is trusted that wants to be obeyed, before anything of it is. */
export async function offerTrust(folder: string, io: Io, tell: Teller, lines: LineReader): Promise<void> {
  const agent = await import("../agent/index.ts");
  const state = stateFolder(io.env);
  const project = await agent.projectSettings({ folder, trust: await agent.readTrust(state) });
  const question = agent.trustQuestion(project);
  if (question === undefined || project.state === "none") return;
  tell.reply(question);
  const typed = await lines.read(QUESTION);
  if (isYes(typed)) await agent.trustFolder(state, project.offer, today(io));
}

const QUESTION = "trust this folder? y/N ";

function today(io: Io): string {
  return new Date((io.machine ?? system).clock.now()).toISOString().slice(0, 10);
}

/**
 * The face of `colloquy trust`: shows what a folder wants to be obeyed in, asks, and keeps the answer.
 * @throws UsageError, ConfigurationError, Cancelled
 */
export async function runTrust(command: TrustCommand, io: Io): Promise<number> {
  const agent = await import("../agent/index.ts");
  const tell = teller(io, command);
  const state = stateFolder(io.env);
  const trust = await agent.readTrust(state);
  if (command.action === "list") {
    if (trust.problem !== undefined) tell.notice(trust.problem);
    const lines = [...trust.folders.values()].map(
      ({ date, folder }) => `${date}  ${harmless(oneLine(folder))}\n`,
    );
    return print(lines.join(""), io);
  }
  const folder = await realpath(await workingFolder(command, io));
  if (command.action === "revoke") {
    const was = await agent.distrust(state, folder);
    tell.notice(was ? `${folder} is no longer trusted` : `${folder} was not trusted`);
    return 0;
  }
  const project = await agent.projectSettings({ folder, trust });
  for (const note of project.notes) tell.notice(note);
  const question = agent.trustQuestion(project);
  if (question === undefined || project.state === "none") {
    if (!project.notes.includes(project.why)) tell.notice(project.why);
    return 0;
  }
  tell.reply(question);
  if (!command.yes) {
    const terminal = io.stdin.isTTY === true && io.stderr.isTTY === true;
    if (!terminal)
      throw new UsageError("there is no terminal to ask at; to trust it without being asked: --yes");
    if (!isYes(await new LineReader(io).read(QUESTION))) throw new Cancelled();
  }
  await agent.trustFolder(state, project.offer, today(io));
  tell.notice(`${folder} is trusted, as long as this stays as it is`);
  return 0;
}
