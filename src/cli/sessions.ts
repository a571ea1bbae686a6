import { realpath } from "node:fs/promises";
import { system } from "../providers/system.ts";
import type { Found, SessionInfo } from "../store/index.ts";
import { fit } from "./columns.ts";
import type { SessionsAction, SessionsCommand } from "./command.ts";
import { deleteSessions } from "./delete-sessions.ts";
import type { Io } from "./io.ts";
import { jsonText } from "./json-text.ts";
import { print } from "./outlet.ts";
import { sessionTable } from "./session-table.ts";
import { openKeptSessions, withSessions } from "./sessions-file.ts";
import { colorful, oneLine, teller, terminalWidth } from "./terminal.ts";
import { workingFolder } from "./working-folder.ts";

/** So many sessions are shown at once. */
const SHOWN = 20;

/** So many messages are looked through for those of one folder. */
const SEARCHED = 1000;

/** So many messages are shown of a session that was searched for. */
const EXCERPTS = 3;

/** The face of `colloquy sessions`. */
export async function runSessions(command: SessionsCommand, io: Io): Promise<number> {
  const { action } = command;
  const tell = teller(io, command);
  switch (action.do) {
    case "list":
      return print(await list(action, command, io), io);
    case "rename":
      return withSessions(io, async (store) => {
        const { id } = await store.info(action.id);
        const title = oneLine(action.title);
        await store.rename(id, title);
        tell.notice(`session ${id} is called “${title}” now`);
        return 0;
      });
    case "delete":
      return withSessions(io, (store) => deleteSessions(action, store, io, tell));
  }
}

type Listing = Extract<SessionsAction, { readonly do: "list" }>;

async function list(listing: Listing, command: SessionsCommand, io: Io): Promise<string> {
  const { json, all, search } = listing;
  const folder = all ? undefined : await realpath(await workingFolder(command, io));
  const store = await openKeptSessions(io);
  try {
    if (search !== undefined) {
      const query = { most: SEARCHED, ...(folder !== undefined && { folder }) };
      const found = store === undefined ? [] : await store.search(search, query);
      return json ? jsonText(found, io) : foundText(found, listing, io);
    }
    const infos = store === undefined ? [] : await store.list(folder === undefined ? {} : { folder });
    return json ? jsonText(infos, io) : tableText(infos, listing, command, io);
  } finally {
    await store?.close();
  }
}

function tableText(
  infos: readonly SessionInfo[],
  { all }: Listing,
  command: SessionsCommand,
  io: Io,
): string {
  if (infos.length === 0) {
    return all
      ? "no session was kept yet\n"
      : "no session was begun in this folder; --all lists those of others\n";
  }
  const shown = all ? infos : infos.slice(0, SHOWN);
  const home = io.env["HOME"] || undefined;
  const [head = "", ...rows] = sessionTable(shown, {
    now: now(io),
    width: terminalWidth(io.stdout),
    folders: all,
    home,
  });
  const rest = infos.length - shown.length;
  const dim = colorful(io.stdout, io, command) ? `\u001b[2m${head}\u001b[0m` : head;
  const lines = [dim, ...rows, ...(rest > 0 ? [`and ${rest} more: --all lists all, of every folder`] : [])];
  return `${lines.join("\n")}\n`;
}

/** Sessions in which something was found, each with what was said there. */
function foundText(found: readonly Found[], { all }: Listing, io: Io): string {
  if (found.length === 0)
    return all ? "nothing was found\n" : "nothing was found in this folder; --all looks in all\n";
  const bySession = new Map<string, { readonly info: SessionInfo; readonly said: string[] }>();
  for (const { session, excerpt } of found) {
    const before = bySession.get(session.id);
    if (before === undefined) bySession.set(session.id, { info: session, said: [oneLine(excerpt)] });
    else before.said.push(oneLine(excerpt));
  }
  const width = terminalWidth(io.stdout) ?? Infinity;
  const sessions = [...bySession.values()];
  const [, ...rows] = sessionTable(
    sessions.map(({ info }) => info),
    { now: now(io), width, folders: all, home: io.env["HOME"] || undefined },
  );
  const lines = sessions.flatMap(({ said }, at) => [
    rows[at] ?? "",
    ...said.slice(0, EXCERPTS).map((each) => fit(`    ${each}`, width)),
    ...(said.length > EXCERPTS ? [`    and ${said.length - EXCERPTS} more`] : []),
  ]);
  return `${lines.join("\n")}\n`;
}

function now(io: Io): number {
  return (io.machine ?? system).clock.now();
}
