import { rm } from "node:fs/promises";
import type { Session, Store } from "../store/index.ts";
import { UsageError, type SessionsAction } from "./command.ts";
import { Cancelled } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { LineReader } from "./line-reader.ts";
import { undoFolder } from "./sessions-file.ts";
import { oneLine, type Teller } from "./terminal.ts";

/**
 * Deletes sessions: all of them, or none where one of them is not there or is open elsewhere. Asks at a terminal.
 * @throws UsageError, StoreError, Cancelled
 */
export async function deleteSessions(
  { ids, yes }: Extract<SessionsAction, { readonly do: "delete" }>,
  store: Store,
  io: Io,
  tell: Teller,
): Promise<number> {
  const terminal = io.stdin.isTTY === true && io.stderr.isTTY === true;
  if (!yes && !terminal)
    throw new UsageError("there is no terminal to ask at; to delete without being asked: --yes");
  const infos = await Promise.all(ids.map((id) => store.info(id)));
  const wanted = new Map(infos.map((info) => [info.id, info]));
  // Who has one open would write into nothing.
  const claimed: Session[] = [];
  for (const id of wanted.keys()) claimed.push(await store.resume(id));
  if (!yes) {
    for (const { id, title, messages } of wanted.values()) {
      tell.reply(`${id}  ${messages} messages  ${oneLine(title)}`);
    }
    const typed = await new LineReader(io).read("delete for good? y/N ");
    if (typed.type !== "text" || !/^\s*y(es)?\s*$/i.test(typed.text)) throw new Cancelled();
  }
  for (const session of claimed) {
    await store.delete(session.id);
    await session.close();
    const snapshots = undoFolder(io.env, session.id);
    if (snapshots !== undefined) await rm(snapshots, { recursive: true, force: true });
  }
  tell.notice(`deleted: ${[...wanted.keys()].join(", ")}`);
  return 0;
}
