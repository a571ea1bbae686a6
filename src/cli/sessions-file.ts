import { existsSync } from "node:fs";
import path from "node:path";
import { StoreError } from "../store/errors.ts";
import type { Store } from "../store/index.ts";
import type { Env } from "./catalogue.ts";
import type { Io } from "./io.ts";

/**
 * Where sessions are kept: `$COLLOQUY_HOME`, else `$XDG_STATE_HOME/colloquy`, else `~/.local/state/colloquy` (the XDG
 * Base Directory Specification, by which a relative XDG_STATE_HOME does not count). Undefined where there is no home.
 */
export function sessionsFile(env: Env): string | undefined {
  const name = "sessions.db";
  if (env["COLLOQUY_HOME"]) return path.join(path.resolve(env["COLLOQUY_HOME"]), name);
  const xdg = env["XDG_STATE_HOME"] ?? "";
  if (path.isAbsolute(xdg)) return path.join(xdg, "colloquy", name);
  const home = env["HOME"] || env["USERPROFILE"];
  return home ? path.join(home, ".local", "state", "colloquy", name) : undefined;
}

/** The folder of our own records; undefined where there is no home. */
export function stateFolder(env: Env): string | undefined {
  const file = sessionsFile(env);
  return file === undefined ? undefined : path.dirname(file);
}

/** Where the snapshots of a session's files are kept; undefined where there is no home, or its id is no name. */
export function undoFolder(env: Env, session: string): string | undefined {
  const state = stateFolder(env);
  // A session that was imported brings its id along.
  if (state === undefined || !/^\w[\w-]*$/.test(session)) return undefined;
  return path.join(state, "undo", session);
}

/** Opens the store of this user, and makes it where there is none yet. @throws StoreError */
export async function openSessions(io: Io): Promise<Store> {
  const file = sessionsFile(io.env);
  if (file === undefined) {
    throw new StoreError("unwritable", "sessions have no place, for neither COLLOQUY_HOME nor HOME is set");
  }
  // SQLite is loaded where something is kept, and nowhere else.
  const { openStore } = await import("../store/index.ts");
  return openStore(file, io.machine === undefined ? {} : { machine: io.machine });
}

/** The same, but undefined where nothing was kept yet: who only looks makes no file. @throws StoreError */
export async function openKeptSessions(io: Io): Promise<Store | undefined> {
  const file = sessionsFile(io.env);
  return file !== undefined && !existsSync(file) ? undefined : openSessions(io);
}

/** Uses the store of this user, and closes it. What is to be found where nothing was kept yet is not found. */
export async function withSessions<Result>(io: Io, use: (store: Store) => Promise<Result>): Promise<Result> {
  const store = await openKeptSessions(io);
  if (store === undefined) throw new StoreError("not-found", "no session was kept yet");
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
