import type { FileHandle } from "node:fs/promises";

import { systemCode, TraceError } from "./errors.ts";
import { HEADER } from "./format.ts";

/**
 * Keeps the records of one recording. They go to `FILE.partial`, each in one write, in the order in which
 * they are given; `close()` makes that file FILE. Until then an older FILE stays as it is, and after a crash
 * the partial file is a trace of all that was finished (rename it to use it).
 */
export interface TraceWriter {
  /** @throws {TraceError} `unwritable` after a failed write, `closed` after `close()` */
  check(): void;
  /**
   * Writes what `make` returns, after all that came before. Returns at once; a failure shows in `check` and
   * `close`.
   */
  append(make: () => Uint8Array): void;
  /** @throws {TraceError} `unwritable` */
  close(): Promise<void>;
}

type Write = Pick<FileHandle, "write">;

/**
 * Creates the partial file at once, so that a place that cannot be written fails before anything is asked of
 * a server. `through` wraps the handle, for tests of a disk that fails.
 * @throws {TraceError} `unwritable`
 */
export async function openWriter(
  file: string,
  through: (handle: FileHandle) => Write = (handle) => handle,
): Promise<TraceWriter> {
  const fs = await import("node:fs/promises");
  const partial = `${file}.partial`;
  let failure: TraceError | undefined;
  let closing: Promise<void> | undefined;
  let sealed = false;
  const unwritable = (error: unknown): TraceError => unwritableError(file, error);

  const handle = await create().catch((error: unknown) => {
    throw unwritable(error);
  });
  const writing = through(handle);
  let last: Promise<void> = Promise.resolve();
  append(() => Buffer.from(HEADER));
  await last;
  throwFailure();
  const begun = last;
  return { check, append, close: () => (closing ??= finish()) };

  async function create(): Promise<FileHandle> {
    const there = await fs.stat(file).catch(() => undefined);
    if (there?.isDirectory() === true)
      throw Object.assign(new Error("it is a directory"), { code: "EISDIR" });
    await fs.rm(partial, { force: true }); // what an earlier recording left
    return await fs.open(partial, "wx", 0o600); // conversations are private
  }

  function throwFailure(): void {
    if (failure !== undefined) throw failure;
  }

  function check(): void {
    throwFailure();
    if (closing !== undefined) {
      const message = `${file} is closed, and its fetch with it. Open the trace again for more requests.`;
      throw new TraceError("closed", file, message);
    }
  }

  function append(make: () => Uint8Array): void {
    if (sealed) return;
    last = last.then(async () => {
      if (failure !== undefined) return;
      try {
        const bytes = make();
        const { bytesWritten } = await writing.write(bytes);
        if (bytesWritten < bytes.length)
          throw new Error(`${bytesWritten} of ${bytes.length} bytes were written`);
      } catch (error) {
        failure = unwritable(error);
        await handle.close().catch(() => undefined);
        await fs.rm(partial, { force: true }).catch(() => undefined);
      }
    });
  }

  async function finish(): Promise<void> {
    await last;
    try {
      // While these wait for the disk, an answer whose end has arrived unseen is seen and written.
      throwFailure();
      const ours = await handle.stat({ bigint: true });
      const there = await fs.stat(partial, { bigint: true }).catch(() => undefined);
      await last;
      sealed = true;
      throwFailure();
      await handle.sync();
      if (there?.ino !== ours.ino) throw new Error(`${partial} was removed or replaced meanwhile`);
    } catch (error) {
      throw (failure = unwritable(error));
    } finally {
      await handle.close().catch(() => undefined);
    }
    // A run that recorded nothing (no network, say) does not take an older recording's place.
    if (last === begun && (await fs.stat(file).catch(() => undefined))?.isFile() === true) {
      await fs.rm(partial, { force: true });
      return;
    }
    await fs.rename(partial, file).catch((error: unknown) => {
      throw (failure = unwritableError(file, error, ` What was recorded is in ${partial}.`));
    });
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist; create the folder first",
  ENOTDIR: "part of its path is a file, not a folder; name another place",
  EISDIR: "there is a folder of that name; name a file",
  ERR_FS_EISDIR:
    "there is a folder in the way (the recording grows in a file of the same name and .partial); remove it",
  EACCES: "the folder may not be written; change its permissions or name another place",
  EPERM: "the system forbids it; change its permissions or name another place",
  EROFS: "the file system is read-only; name another place",
  ENOSPC: "the disk is full; make room and record again",
  EDQUOT: "the disk quota is used up; make room and record again",
};

function unwritableError(file: string, error: unknown, rescued = ""): TraceError {
  if (error instanceof TraceError) return error;
  const why = error instanceof Error ? error.message : String(error);
  const advice = ADVICE[systemCode(error)] ?? "see the cause, then record again";
  return new TraceError("unwritable", file, `cannot record to ${file}: ${advice} (${why}).${rescued}`, {
    cause: error,
  });
}
