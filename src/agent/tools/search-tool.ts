import type { Tool } from "../../conversation/tool.ts";
import type { SearchAnswer } from "../hands/protocol.ts";
import { agentTool } from "./agent-tool.ts";
import type { ToolRoom } from "./room.ts";
import { capLine } from "../text/cap-lines.ts";
import { inOneLine } from "../text/file-text.ts";

const RESULTS = 200;
const MOST_RESULTS = 1000;
const LONGEST_LINE = 300;
/** Of the whole answer, in UTF-16 units. */
const LONGEST = 40 * 1024;
/** The program inside stops by itself after four seconds; only an expression that takes for ever on a line does not. */
const SEARCH_MS = 5000;

interface Arguments {
  readonly pattern?: string;
  readonly glob?: string;
  readonly path?: string;
  readonly ignoreCase?: boolean;
  readonly limit?: number;
}

/** Finds lines and files. */
export function searchTool(room: ToolRoom): Tool {
  return agentTool<Arguments>({
    name: "search",
    description:
      "Finds lines that match a regular expression, as path:line: text, in files that a glob may choose; with a glob " +
      "alone, files by name. What git ignores is passed over. 200 results unless limit says otherwise.",
    properties: {
      pattern: { type: "string", description: "A regular expression, matched line by line." },
      glob: {
        type: "string",
        description: "Such as *.ts (a name) or src/**/*.ts (a path below where is searched).",
      },
      path: { type: "string", description: "The folder or file to look in; the workspace by default." },
      ignoreCase: { type: "boolean" },
      limit: { type: "integer", minimum: 1, maximum: MOST_RESULTS },
    },
    required: [],
    readOnly: true,
    idempotent: true,
    run: async ({ pattern, glob, path, ignoreCase, limit }, { signal }) => {
      const request = {
        type: "search",
        path: path ?? ".",
        ...(pattern !== undefined && { pattern }),
        ...(glob !== undefined && { glob }),
        ignoreCase: ignoreCase ?? false,
        limit: limit ?? RESULTS,
      } as const;
      return told(await room.searcher.ask(request, { signal, timeoutMs: SEARCH_MS }));
    },
  });
}

function told({ matches, files, stopped, skipped }: SearchAnswer): string {
  const lines = [
    ...files.map(inOneLine),
    ...matches.map(
      ({ path, line, text }) => `${inOneLine(path)}:${line}: ${capLine(inOneLine(text), LONGEST_LINE)}`,
    ),
  ];
  let shown = 0;
  for (let length = 0; shown < lines.length && length <= LONGEST; shown++)
    length += (lines[shown]?.length ?? 0) + 1;
  const notes = [
    shown < lines.length && `${lines.length - shown} more results are not shown; narrow the search`,
    stopped !== undefined && why[stopped],
    skipped > 0 && `${skipped} files of more than 4 MB were not looked into`,
  ].filter((note) => note !== false);
  const found = lines.length === 0 ? "nothing found" : lines.slice(0, shown).join("\n");
  return notes.length === 0 ? found : `${found}\n\n${notes.join("\n")}`;
}

const why: Readonly<Record<NonNullable<SearchAnswer["stopped"]>, string>> = {
  limit: "there are more results; narrow the search, or raise limit",
  time: "stopped after 4 s with not everything looked into; narrow the search with path or glob",
  output: "stopped because of too much output; narrow the search",
};
