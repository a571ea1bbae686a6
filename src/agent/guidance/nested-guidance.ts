import { realpathSync } from "node:fs";
import path from "node:path";
import { isObject } from "../../llm/json.ts";
import type { AroundCall, CallAround } from "../around.ts";
import { isWithin } from "../sandbox/look.ts";
import { inOneLine } from "../text/file-text.ts";
import { foldersDown } from "./folders.ts";
import { guidanceIn, marked } from "./guidance-file.ts";
import type { Guidance } from "./guidance.ts";

/** What the guidance of folders further down is found with. */
export interface NestedGuidanceOptions {
  /** The folder that the agent works in; only what lies below it is looked at. */
  readonly folder: string;
  /** What the model was told at the beginning. */
  readonly told: Pick<Guidance, "files">;
  /** Tells people of what was left out of a text. */
  readonly notice?: (text: string) => void;
}

/** A conversation is told so many files, and so many bytes, at most. */
const MOST_FILES = 50;
const MOST_BYTES = 128 * 1024;

/**
 * When a tool has touched a `path` below a folder with guidance of its own, the model is told that, once for each file.
 */
export function nestedGuidance({ folder, told, notice }: NestedGuidanceOptions): CallAround {
  const root = realpathSync(folder);
  const looked = new Set([root]);
  const known = new Set(told.files.map((each) => each.path));
  let [files, bytes] = [0, 0];
  return {
    after: async ({ input }: AroundCall, { isError }) => {
      const at = isObject(input) ? input["path"] : undefined;
      if (isError || typeof at !== "string" || at.includes("\0")) return undefined;
      const said: string[] = [];
      const file = path.resolve(root, at);
      if (!isWithin(root, file)) return undefined;
      for (const each of foldersDown(root, file)) {
        // Whoever comes first looks; calls run side by side.
        if (looked.has(each) || !isWithin(root, each) || files >= MOST_FILES) continue;
        looked.add(each);
        const { file: found, notes } = await guidanceIn(each, root);
        for (const note of notes) notice?.(note);
        if (found === undefined || known.has(found.path)) continue;
        known.add(found.path);
        // Whoever reads it has its words already.
        if (found.path === file) continue;
        bytes += Buffer.byteLength(found.text);
        if (bytes > MOST_BYTES) {
          notice?.(`${inOneLine(found.path)} is not told to the model: there is too much guidance`);
          continue;
        }
        files++;
        said.push(marked(found));
      }
      if (said.length === 0) return undefined;
      return `Here holds, for what lies below:\n${said.join("\n")}`;
    },
  };
}
