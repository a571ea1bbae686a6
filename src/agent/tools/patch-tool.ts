import type { Tool } from "../../conversation/tool.ts";
import type { AppliedEdit, Edit } from "../hands/edits/edit.ts";
import { agentTool } from "./agent-tool.ts";
import type { ToolRoom } from "./room.ts";
import { shownPath } from "./shown-path.ts";
import { fileText } from "../text/file-text.ts";

const PATCH_MS = 30_000;

interface Arguments {
  readonly path: string;
  readonly edits: readonly Edit[];
}

/** Changes parts of a file. */
export function patchTool(room: ToolRoom): Tool {
  return agentTool<Arguments>({
    name: "patch",
    description:
      "Changes parts of a file. Each edit replaces old, which must stand in the file exactly once (or everywhere, with " +
      "all), by new. All edits are matched against the file as it is before any of them, must not overlap, and are " +
      "applied together or not at all. Copy old from the file, with its indentation and as many lines as make it unique. " +
      "An empty old makes a new file.",
    properties: {
      path: { type: "string", description: "Absolute, or seen from the workspace." },
      edits: {
        type: "array",
        minItems: 1,
        items: {
          type: "object",
          properties: {
            old: { type: "string", description: "As it stands in the file." },
            new: { type: "string", description: "What takes its place; empty to delete it." },
            all: { type: "boolean", description: "Replace it everywhere." },
          },
          required: ["old", "new"],
          additionalProperties: false,
        },
      },
    },
    required: ["path", "edits"],
    run: async ({ path, edits }, { signal }) => {
      const request = { type: "patch", path, edits } as const;
      const answer = await room.hands.ask(request, { signal, timeoutMs: PATCH_MS });
      const name = shownPath(room, answer.path);
      return {
        content: answer.created ? `${name} created` : `${name}: ${told(answer.edits)}`,
        display: { type: "diff", path: name, diff: fileText(answer.diff) },
      };
    },
  });
}

function told(edits: readonly AppliedEdit[]): string {
  const lines = edits.map(({ found, lines, count }, index) => {
    const which = edits.length === 1 ? "" : ` ${index + 1}`;
    const places = count === 1 ? `line ${lines[0]}` : `${count} places from line ${lines[0]} on`;
    return `edit${which} in ${places}${found === "exact" ? "" : ` (old was there ${apart[found]})`}`;
  });
  return `${lines.join(", ")}; lines as they were before`;
}

const apart: Readonly<Record<Exclude<AppliedEdit["found"], "exact">, string>> = {
  "line ends": "apart from line ends, which were kept",
  "blanks at line ends": "apart from blanks at line ends, which were kept",
  "Unicode look-alikes": "apart from characters that look alike, which were kept",
  indentation: "apart from indentation, to which new was fitted",
};
