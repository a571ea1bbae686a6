import type { Asked } from "./asked.ts";
import type { Change } from "./change.ts";
import { whyLeftOut, type LeftOut, type WhyLeftOut } from "./coverage.ts";
import type { Problem } from "./restore.ts";

/** Whether what stands at a path may be lost: there is nothing to it, or somebody named it. */
export function mayBeLost(why: WhyLeftOut, asked: Asked): boolean {
  return why === "special" || asked === "named";
}

/** Why something is left that could not be kept. */
export function leftText(why: WhyLeftOut): string {
  return `what is there now could not be kept (${whyLeftOut(why)}), so it is left; name this path to lose it`;
}

/**
 * What a restore would come to. What is closed to us is opened by a restore; what is in it is known only then.
 * @param changes from what could be kept of the present
 * @param unkept what could not
 */
export function planned(
  changes: readonly Change[],
  unkept: readonly LeftOut[],
  asked: (path: string) => Asked,
): { readonly done: readonly Change[]; readonly problems: readonly Problem[] } {
  const done = new Map<string, Change>();
  for (const change of changes) {
    const how = asked(change.path === "." ? "" : change.path);
    const wanted = how === "named" || how === "within" || (how === "around" && change.does === "create");
    if (wanted) done.set(change.path, change);
  }
  const problems: Problem[] = [];
  for (const { path, why } of unkept) {
    const how = asked(path);
    if (how === "no" || how === "around") continue;
    const change = done.get(path);
    const opened = why === "unreadable";
    if (opened || !mayBeLost(why, how)) {
      for (const at of done.keys()) if (at.startsWith(`${path}/`)) done.delete(at);
    }
    if (!opened && !mayBeLost(why, how)) {
      done.delete(path);
      problems.push({ path, why: leftText(why) });
    } else if (change === undefined) done.set(path, { path, does: "remove", type: "file" });
    else done.set(path, { ...change, does: change.type === "folder" ? "mode" : "replace" });
  }
  return { done: [...done.values()], problems };
}
