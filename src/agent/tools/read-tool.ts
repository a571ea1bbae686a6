import type { Tool, ToolContent } from "../../conversation/tool.ts";
import { text, type ResultPart } from "../../llm/message.ts";
import type { FolderList, ReadAnswer, TextPage } from "../hands/protocol.ts";
import { agentTool } from "./agent-tool.ts";
import type { ToolRoom } from "./room.ts";
import { shownPath } from "./shown-path.ts";
import { fileText, inOneLine } from "../text/file-text.ts";

const LINES = 2000;
const READ_MS = 30_000;

interface Arguments {
  readonly path: string;
  readonly offset?: number;
  readonly limit?: number;
}

/** Reads files, in pages, and folders. */
export function readTool(room: ToolRoom): Tool {
  return agentTool<Arguments>({
    name: "read",
    description:
      "Reads a text file, up to 2,000 lines or 50 KB at a time, exactly as it is: one line tells where you are in it, " +
      "then comes the text alone. Shows pictures and PDFs, and lists folders.",
    properties: {
      path: { type: "string", description: "Absolute, or seen from the workspace." },
      offset: { type: "integer", minimum: 1, description: "The first line to read; 1 by default." },
      limit: { type: "integer", minimum: 1, description: "How many lines to read." },
    },
    required: ["path"],
    readOnly: true,
    idempotent: true,
    run: async ({ path, offset, limit }, { signal }) => {
      const request = {
        type: "read",
        path,
        offset: offset ?? 1,
        limit: Math.min(limit ?? LINES, LINES),
      } as const;
      const answer = await room.hands.ask(request, { signal, timeoutMs: READ_MS });
      return shown(answer, shownPath(room, answer.path));
    },
  });
}

function shown(answer: ReadAnswer, name: string): ToolContent {
  switch (answer.type) {
    case "text":
      return page(answer, name);
    case "media":
      return media(answer, name);
    case "binary":
      return `${name} is no text (${inOneLine(answer.mediaType)}, ${answer.size} bytes), or too large to be shown; look into it with a program`;
    case "folder":
      return folder(answer, name);
  }
}

function page(answer: TextPage, name: string): readonly ResultPart[] {
  const { from, lines, total, size, notes } = answer;
  const about = notes.length === 0 ? "" : ` (${inOneLine(notes.join("; "))})`;
  if (size === 0) return [text(`${name} is empty`)];
  const of = total === undefined ? `a file of ${size} bytes` : `${total}`;
  if (lines === 0) return [text(`${name} has no line ${from}; it has ${of} lines`)];
  const last = from + lines - 1;
  const left = total === undefined ? undefined : total - last;
  const more = left === 0 ? "" : `; ${left ?? "many"} more lines: go on with offset ${last + 1}`;
  return [text(`${name}, lines ${from} to ${last} of ${of}${about}${more}\n`), text(fileText(answer.text))];
}

function media(answer: ReadAnswer & { readonly type: "media" }, name: string): readonly ResultPart[] {
  const { mediaType, base64, size } = answer;
  const source = { kind: "base64", mediaType, data: base64 } as const;
  const said = text(`${name} (${mediaType}, ${size} bytes)`);
  return [said, mediaType === "application/pdf" ? { type: "file", source, name } : { type: "image", source }];
}

function folder({ entries, more }: FolderList, name: string): string {
  if (entries.length === 0) return `${name} is an empty folder`;
  const lines = entries.map((entry) => {
    const called = inOneLine(entry.name);
    switch (entry.kind) {
      case "folder":
        return `${called}/`;
      case "link":
        return `${called} (link)`;
      case "other":
        return `${called} (neither file nor folder)`;
      case "file":
        return entry.size === undefined ? called : `${called} (${entry.size} bytes)`;
    }
  });
  const rest = more === 0 ? "" : `\n${more} more`;
  return `${name} is a folder:\n${lines.join("\n")}${rest}`;
}
