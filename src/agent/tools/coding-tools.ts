import type { Tool } from "../../conversation/tool.ts";
import { patchTool } from "./patch-tool.ts";
import { readTool } from "./read-tool.ts";
import type { ToolRoom } from "./room.ts";
import { searchTool } from "./search-tool.ts";
import { shellMoreTool } from "./shell/shell-more-tool.ts";
import { shellTool } from "./shell/shell-tool.ts";
import { webFetchTool } from "./web/web-fetch-tool.ts";
import { writeTool } from "./write-tool.ts";

/** The tools of a coding agent; `web_fetch` only where the room has access to the web. */
export function codingTools(room: ToolRoom): readonly Tool[] {
  const { web } = room;
  return [
    shellTool(room),
    shellMoreTool(room),
    readTool(room),
    writeTool(room),
    patchTool(room),
    searchTool(room),
    ...(web === undefined ? [] : [webFetchTool(room.clock, web)]),
  ];
}
