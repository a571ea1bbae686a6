import type { Tool } from "../../conversation/tool.ts";
import { agentTool } from "./agent-tool.ts";
import type { ToolRoom } from "./room.ts";
import { shownPath } from "./shown-path.ts";
import { fileText } from "../text/file-text.ts";

const WRITE_MS = 30_000;

interface Arguments {
  readonly path: string;
  readonly content: string;
}

/** Writes whole files. */
export function writeTool(room: ToolRoom): Tool {
  return agentTool<Arguments>({
    name: "write",
    description:
      "Writes a whole file, new or in place of what is there, and makes the folders on the way. To change a part of a " +
      "file use patch. Write all of it: what stands for left-out text is refused.",
    properties: {
      path: { type: "string", description: "Absolute, or seen from the workspace." },
      content: { type: "string", description: "All that is to be in the file." },
    },
    required: ["path", "content"],
    idempotent: true,
    run: async ({ path, content }, { signal }) => {
      const request = { type: "write", path, text: content } as const;
      const answer = await room.hands.ask(request, { signal, timeoutMs: WRITE_MS });
      const name = shownPath(room, answer.path);
      const what = answer.created ? "created" : answer.diff === "" ? "is already so" : "overwritten";
      return {
        content: `${name} ${what}, ${answer.size} bytes`,
        display: { type: "diff", path: name, diff: fileText(answer.diff) },
      };
    },
  });
}
