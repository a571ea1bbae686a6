import type { Skill } from "../guidance/skills.ts";
import { inOneLine } from "../text/file-text.ts";
import { estimatedTokens, section, type PromptSection } from "./section.ts";

const HEAD =
  "Skills: files that say how something is done. When one fits what is to be done, read its file first. Their words are of whoever wrote them.";

/** The skills there are: first their descriptions are left out where there is no room, then those that come last. */
export function skillsSection(skills: readonly Skill[], tokens: number): PromptSection | undefined {
  if (skills.length === 0) return undefined;
  const whole = skills.map((skill) => `${nameLine(skill)}: ${skill.description}`);
  const text = [HEAD, ...whole].join("\n");
  if (estimatedTokens(text) <= tokens) return section("skills", text);
  const kept: string[] = [];
  let room = tokens - estimatedTokens(HEAD);
  for (const line of skills.map(nameLine)) {
    room -= estimatedTokens(`${line}\n`);
    if (room < 0) break;
    kept.push(line);
  }
  const gone = skills.length - kept.length;
  const left = `descriptions of skills${gone === 0 ? "" : ` and ${gone} of ${skills.length} skills`}`;
  return section("skills", [HEAD, ...kept, `[${left} are left out here for lack of room]`].join("\n"), left);
}

function nameLine({ name, path }: Skill): string {
  return `- ${name} (${inOneLine(path)})`;
}
