import { mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { ConfigurationError } from "../../llm/errors.ts";
import { isObject, type JsonValue } from "../../llm/json.ts";
import type { Offer } from "./offer.ts";

/** A folder that the user trusts, as it was when he said so. */
export interface TrustedFolder {
  /** Its path, links followed. */
  readonly folder: string;
  /** SHA-256 of all that would be obeyed, in hex. */
  readonly hash: string;
  /** The same in words, as it was shown: to say later what has changed. */
  readonly obeyed: readonly string[];
  /** When, as YYYY-MM-DD. */
  readonly date: string;
}

/** Which folders the user trusts. */
export interface Trust {
  /** By path. */
  readonly folders: ReadonlyMap<string, TrustedFolder>;
  /** Why nothing is trusted although there is a record. */
  readonly problem?: string;
}

const NAME = "trust.json";
const VERSION = 1;

/** Nobody trusts anything. */
export const noTrust: Trust = { folders: new Map() };

/** Reads the record of a state folder. One that is damaged, or that others may write, trusts nothing. */
export async function readTrust(stateFolder: string | undefined): Promise<Trust> {
  if (stateFolder === undefined) return noTrust;
  const file = path.join(stateFolder, NAME);
  try {
    const handle = await open(file, "r");
    try {
      const { mode, uid } = await handle.stat();
      const us = process.getuid?.() ?? uid;
      if (us !== uid || (mode & 0o022) !== 0) return distrusted(`${file} may be written by others`);
      const folders = read(JSON.parse(await handle.readFile("utf8")) as JsonValue);
      return folders === undefined ? distrusted(`${file} is not what we write`) : { folders };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR"
      ? noTrust
      : distrusted(`${file} cannot be read (${code ?? message})`);
  }
}

/**
 * Trusts a folder, as it was shown: what has changed on the disk since is not meant.
 * @throws ConfigurationError `busy` where another process writes, `invalid-option` where it cannot be written
 */
export async function trustFolder(
  stateFolder: string | undefined,
  offer: Offer,
  date: string,
): Promise<void> {
  const { folder, hash, obeyed } = offer;
  await write(stateFolder, (folders) => folders.set(folder, { folder, hash, obeyed, date }));
}

/** Takes trust back, and says whether there was any. @throws as {@link trustFolder} */
export async function distrust(stateFolder: string | undefined, folder: string): Promise<boolean> {
  if (!(await readTrust(stateFolder)).folders.has(folder)) return false;
  await write(stateFolder, (folders) => folders.delete(folder));
  return true;
}

/** The new record is also the lock: who finds one half written waits for nobody, and says so. */
async function write(
  stateFolder: string | undefined,
  change: (folders: Map<string, TrustedFolder>) => void,
): Promise<void> {
  if (stateFolder === undefined) {
    throw new ConfigurationError(
      "invalid-option",
      "trust has no place, for neither COLLOQUY_HOME nor HOME is set",
    );
  }
  const file = path.join(stateFolder, NAME);
  const next = `${file}.new`;
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const handle = await open(next, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST")
      throw new ConfigurationError("invalid-option", `${next} cannot be written: ${error.message}`);
    throw new ConfigurationError("busy", `another process writes ${file}; if none does, delete ${next}`);
  });
  try {
    const { folders: before, problem } = await readTrust(stateFolder);
    // What cannot be read is not thrown away.
    if (problem !== undefined) await rename(file, `${file}.old`);
    const folders = new Map(before);
    change(folders);
    const record = { version: VERSION, folders: [...folders.values()] };
    await handle.writeFile(`${JSON.stringify(record, null, 2)}\n`);
    await handle.sync();
    await handle.close();
    await rename(next, file);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(next, { force: true });
    throw error;
  }
}

function read(value: JsonValue): ReadonlyMap<string, TrustedFolder> | undefined {
  if (!isObject(value) || value["version"] !== VERSION || !Array.isArray(value["folders"])) return undefined;
  const found = new Map<string, TrustedFolder>();
  for (const each of value["folders"] as readonly JsonValue[]) {
    if (!isObject(each)) return undefined;
    const { folder, hash, obeyed, date } = each;
    if (typeof folder !== "string" || typeof hash !== "string" || typeof date !== "string") return undefined;
    if (!Array.isArray(obeyed) || !obeyed.every((line) => typeof line === "string")) return undefined;
    found.set(folder, { folder, hash, obeyed, date });
  }
  return found;
}

function distrusted(why: string): Trust {
  return {
    folders: new Map(),
    problem: `no folder is trusted: ${why}; \`colloquy trust\` begins a new record`,
  };
}
