import type { PromptFacts } from "./facts.ts";
import { section, type PromptSection } from "./section.ts";

/** The machine, the folder, and what is enforced. */
export function place({ workspace, platform, date, enforcement, hosts }: PromptFacts): PromptSection {
  const lines = [
    "Where you are:",
    `- folder: ${workspace}`,
    `- system: ${platform}; today is ${date}`,
    `- your tools run in a sandbox: ${enforcement}`,
    "- read-only empty folders with names such as .vscode or .npmrc are the sandbox's, and are not part of the project",
    hosts.length === 0
      ? "- there is no network; what is not installed cannot be fetched"
      : `- of the network there is only: ${hosts.join(", ")}`,
  ];
  return section("place", lines.join("\n"));
}
