import { visible } from "../permissions/visible.ts";
import type { ProjectSettings } from "./project-settings.ts";

/**
 * What is shown to a user before he trusts a folder: all that would be obeyed, nothing of it hidden, and what of it is new.
 * Undefined where there is nothing to ask.
 */
export function trustQuestion(project: ProjectSettings): string | undefined {
  if (project.state === "none" || project.state === "trusted") return undefined;
  const { folder, obeyed } = project.offer;
  const before = project.state === "changed" ? project.before : undefined;
  const marked = obeyed.map((line) =>
    before === undefined || before.includes(line) ? `  ${line}` : `+ ${line}`,
  );
  const gone = (before ?? []).filter((line) => !obeyed.includes(line)).map((line) => `- ${line}`);
  const head =
    before === undefined
      ? `${visible(folder)} wants the agent to:`
      : `${visible(folder)} wants something else than when you trusted it (+ new, - gone):`;
  return [head, ...marked, ...gone, "Trust it only if you know whoever wrote this."].join("\n");
}
