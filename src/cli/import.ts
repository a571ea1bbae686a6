import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseJson } from "../llm/json.ts";
import { UsageError, type ImportCommand } from "./command.ts";
import type { Io } from "./io.ts";
import { print } from "./outlet.ts";
import { openSessions } from "./sessions-file.ts";
import { oneLine, teller } from "./terminal.ts";
import { workingFolder } from "./working-folder.ts";

/** The face of `colloquy import`: keeps a session that was exported as JSON; its id is the result. */
export async function runImport(command: ImportCommand, io: Io): Promise<number> {
  const { file } = command;
  const text = await read(file, await workingFolder(command, io), io);
  const data = parseJson(text.replace(/^\uFEFF/, ""));
  if (data === undefined) {
    throw new UsageError(
      `${file} is not JSON; sessions are exported with \`colloquy export ID --format json\``,
    );
  }
  const store = await openSessions(io);
  try {
    const { id, title, messages } = await store.import(data);
    const code = await print(`${id}\n`, io);
    teller(io, command).notice(
      `“${oneLine(title)}”, ${messages} messages; to go on: colloquy --resume ${id}`,
    );
    return code;
  } finally {
    await store.close();
  }
}

async function read(file: string, folder: string, { stdin }: Io): Promise<string> {
  try {
    if (file !== "-") return await readFile(path.resolve(folder, file), "utf8");
    const chunks: Buffer[] = [];
    for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array | string));
    return new TextDecoder().decode(Buffer.concat(chunks));
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
