import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { isObject, own, parseJson, type JsonObject } from "../../llm/json.ts";
import type { McpServer } from "./server.ts";

/** The hashes of a server's tools, as the user agreed to them, by the tools' names. */
export type Pinned = Readonly<Record<string, string>>;

/** Where it is kept to what tools a user has agreed. Keys are of {@link pinKey}. */
export interface Pins {
  /** Undefined for a server that was never seen. */
  read(key: string): Promise<Pinned | undefined>;
  write(key: string, pinned: Pinned): Promise<void>;
  /** Where somebody may look or take something out by hand; undefined where nothing is kept. */
  readonly file: string | undefined;
}

/**
 * A server's name, and what it is: another program under the same name is another server. Variables are not expanded, so
 * that a new token is no new server.
 */
export function pinKey(server: McpServer): string {
  const what =
    server.type === "http"
      ? ["http", server.url]
      : ["stdio", server.command, ...server.args, server.cwd ?? "", String(server.outside)];
  const hash = createHash("sha256")
    .update(JSON.stringify([server.origin, ...what]))
    .digest("hex");
  return `${server.name} ${hash.slice(0, 16)}`;
}

/** Pins in a JSON file, which only its user reads. One that cannot be read is as none, and is written anew. */
export function pinsInFile(file: string): Pins {
  let writing: Promise<void> = Promise.resolve();
  const all = async (): Promise<JsonObject> => {
    const value = parseJson(await readFile(file, "utf8").catch(() => "{}"));
    const servers = isObject(value) ? own(value, "servers") : undefined;
    return isObject(servers) ? servers : {};
  };
  const write = async (key: string, pinned: Pinned): Promise<void> => {
    const servers = { ...(await all()), [key]: pinned };
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    // Whoever reads meanwhile reads the old or the new one, whole.
    const fresh = `${file}.${randomUUID()}`;
    await writeFile(fresh, `${JSON.stringify({ version: 1, servers }, null, 2)}\n`, { mode: 0o600 });
    await rename(fresh, file);
  };
  return {
    file,
    read: async (key) => {
      const found = own(await all(), key);
      if (!isObject(found)) return undefined;
      const hashes = Object.entries(found).filter(([, hash]) => typeof hash === "string");
      return Object.fromEntries(hashes) as Pinned;
    },
    write: (key, pinned) => {
      const next = writing.then(() => write(key, pinned));
      writing = next.catch(() => undefined);
      return next;
    },
  };
}

/** Pins that are forgotten with the process. */
export function pinsInMemory(): Pins {
  const known = new Map<string, Pinned>();
  return {
    file: undefined,
    read: (key) => Promise.resolve(known.get(key)),
    write: (key, pinned) => {
      known.set(key, pinned);
      return Promise.resolve();
    },
  };
}
