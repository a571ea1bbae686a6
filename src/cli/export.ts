import { writeFile } from "node:fs/promises";
import path from "node:path";
import { sessionMarkdown } from "../store/markdown.ts";
import { UsageError, type ExportCommand } from "./command.ts";
import { whyNot } from "./file-reasons.ts";
import type { Io } from "./io.ts";
import { print } from "./outlet.ts";
import { withSessions } from "./sessions-file.ts";
import { harmless, teller } from "./terminal.ts";
import { workingFolder } from "./working-folder.ts";

/** The face of `colloquy export`: a session as a page to read, or as a file that can be imported. */
export async function runExport(command: ExportCommand, io: Io): Promise<number> {
  const { id, format, output } = command;
  const tell = teller(io, command);
  const folder = await workingFolder(command, io);
  const text = await withSessions(io, async (store) => {
    const record = await store.read(id);
    const { damage } = record;
    if (damage.length > 0) {
      tell.notice(`entries that could not be read and are missing: ${damage.length}; the rest is whole`);
    }
    return format === "md"
      ? sessionMarkdown(record)
      : `${JSON.stringify(await store.export(record.info.id), null, 2)}\n`;
  });
  if (output === undefined || output === "-") {
    return print(io.stdout.isTTY === true ? harmless(text) : text, io);
  }
  try {
    // What was said is nobody else's.
    await writeFile(path.resolve(folder, output), text, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(`--output ${output} cannot be written: ${whyNot(error)}`);
  }
  return 0;
}
