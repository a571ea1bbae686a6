import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import path from "node:path";
import { inOneLine } from "../agent/text/file-text.ts";
import type { Restored, RestorePoint, Undo } from "../agent/undo/undo.ts";
import { UndoError } from "../agent/undo/errors.ts";
import { system } from "../providers/system.ts";
import { UsageError, type UndoCommand } from "./command.ts";
import { Cancelled, exitCodes } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { jsonText } from "./json-text.ts";
import { LineReader } from "./line-reader.ts";
import { print } from "./outlet.ts";
import { openKeptSessions, stateFolder, undoFolder } from "./sessions-file.ts";
import { teller, terminalWidth, type Teller } from "./terminal.ts";
import { leftOutText, planText, pointTable } from "./undo-text.ts";
import { workingFolder } from "./working-folder.ts";

/** So many changes are shown before somebody is asked about them. */
const SHOWN = 40;

/** The face of `colloquy undo`. */
export async function runUndo(command: UndoCommand, io: Io): Promise<number> {
  const terminal = io.stdin.isTTY === true && io.stderr.isTTY === true;
  const { list, dryRun, yes } = command;
  if (!list && !dryRun && !yes && !terminal) {
    throw new UsageError("there is no terminal to ask at; to undo without being asked: --yes");
  }
  const { workspace, folder } = await placeOf(command, io);
  const state = stateFolder(io.env);
  const { openUndo } = await import("../agent/undo/undo.ts");
  const { clock } = io.machine ?? system;
  const undo = await openUndo({
    workspace,
    folder,
    clock,
    ...(state !== undefined && { leaveOut: [state] }),
  });
  try {
    const tell = teller(io, command);
    for (const { why } of undo.damaged()) tell.notice(why);
    return list ? await listPoints(undo, command, io) : await goBack(undo, command, io, tell);
  } finally {
    await undo.close();
  }
}

/** The folder of a session, and where its snapshots are. @throws UndoError, StoreError */
async function placeOf(
  command: UndoCommand,
  io: Io,
): Promise<{ readonly workspace: string; readonly folder: string }> {
  const here = await realpath(await workingFolder(command, io));
  const store = await openKeptSessions(io);
  try {
    const asked = command.session;
    const infos =
      asked === undefined ? await store?.list({ folder: here }) : store && [await store.info(asked)];
    for (const info of infos ?? []) {
      const folder = undoFolder(io.env, info.id);
      if (folder !== undefined && existsSync(folder)) return { workspace: info.folder || here, folder };
    }
    throw new UndoError(
      "not-found",
      asked === undefined
        ? "no session of this folder has restore points; `colloquy sessions --all` lists those of others"
        : `session ${asked} has no restore points`,
    );
  } finally {
    await store?.close();
  }
}

async function listPoints(undo: Undo, { json }: UndoCommand, io: Io): Promise<number> {
  const newestFirst = (await undo.list()).toReversed();
  if (json) return print(jsonText(newestFirst, io), io);
  const width = terminalWidth(io.stdout);
  return print(pointTable(newestFirst, { now: (io.machine ?? system).clock.now(), width }), io);
}

async function goBack(undo: Undo, command: UndoCommand, io: Io, tell: Teller): Promise<number> {
  const { files, json, dryRun, yes } = command;
  const paths = files.length > 0 ? { paths: files } : {};
  const point = await choose(undo, command);
  const plan =
    point === undefined
      ? { done: [], problems: [], leftOut: [], back: undefined }
      : await undo.restore(point.id, { ...paths, dryRun: true });
  if (point === undefined || plan.done.length === 0) {
    if (json) return print(result(point, plan, io), io);
    if (point === undefined || plan.problems.length === 0) {
      const already = point === undefined ? "" : `: all is as it was at restore point ${point.id}`;
      tell.notice(`there is nothing to undo${already}`);
      return exitCodes.done;
    }
    tellResult(plan, tell);
    return exitCodes.failed;
  }
  if (dryRun) return print(json ? result(point, plan, io) : planText(point, plan, Infinity), io);
  if (!yes) {
    tell.reply(planText(point, plan, SHOWN).trimEnd());
    const typed = await new LineReader(io).read("undo this? y/N ");
    if (typed.type !== "text" || !/^\s*y(es)?\s*$/i.test(typed.text)) throw new Cancelled();
  }
  const restored = await undo.restore(point.id, paths);
  if (json) await print(result(point, restored, io), io);
  tellResult(restored, tell);
  return restored.problems.length > 0 ? exitCodes.failed : exitCodes.done;
}

/** The point that is meant: the last one before a step that did anything to what is to come back. */
async function choose(undo: Undo, { to, files }: UndoCommand): Promise<RestorePoint | undefined> {
  const points = await undo.list();
  if (to !== undefined) {
    const point = points.find(({ id }) => id === to);
    if (point !== undefined) return point;
    // It says whether there is none or it is damaged.
    await undo.changes(to);
    throw new UndoError("not-found", `there is no restore point ${to}`);
  }
  let newest = Infinity;
  for (const point of points.toReversed()) {
    const { since, before, id } = point;
    if (id >= newest) continue;
    // What was taken back stays so: one goes on from where that restore went.
    if (before.type === "restore" && isOfAll(before.paths, files)) newest = before.to;
    if (before.type === "restore" || since === undefined) continue;
    if (since.created + since.changed + since.removed === 0) continue;
    if (files.length === 0) return point;
    const { done } = await undo.restore(id, { paths: files, dryRun: true });
    if (done.length > 0) return point;
  }
  return undefined;
}

/** Whether a restore of these paths took along all that is asked for now. */
function isOfAll(paths: readonly string[] | undefined, files: readonly string[]): boolean {
  return (
    paths === undefined || (files.length > 0 && files.every((file) => paths.includes(path.normalize(file))))
  );
}

function result(
  point: RestorePoint | undefined,
  { done, problems, leftOut, back }: Restored,
  io: Io,
): string {
  return jsonText({ point: point?.id ?? null, done, problems, leftOut, back: back ?? null }, io);
}

function tellResult({ done, problems, leftOut, back }: Restored, tell: Teller): void {
  if (back !== undefined) tell.notice(`restored: ${done.length} ${done.length === 1 ? "path" : "paths"}`);
  if (leftOut.length > 0) tell.notice(leftOutText(leftOut));
  if (problems.length > 0) {
    const lines = problems.map(({ path, why }) => `  ${inOneLine(path)}: ${why}`);
    tell.error([`${problems.length} could not be restored:`, ...lines]);
  }
  if (back !== undefined) tell.notice(`to take this back: colloquy undo --to ${back}`);
}
