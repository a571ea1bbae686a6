import path from "node:path";
import type { ToolRoom } from "./room.ts";
import { inOneLine } from "../text/file-text.ts";

/** A path as the model is told it: seen from the workspace where it is inside. */
export function shownPath(room: ToolRoom, file: string): string {
  const relative = path.relative(room.sandbox.workspace, file);
  const inside = relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
  return inOneLine(inside ? relative || "." : file);
}
