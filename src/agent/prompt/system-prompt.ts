import type { PromptFacts } from "./facts.ts";
import { gitState } from "./git-state.ts";
import { guidanceSection } from "./guidance-section.ts";
import { howToWork } from "./how-to-work.ts";
import { place } from "./place.ts";
import { section, type PromptSection } from "./section.ts";
import { skillsSection } from "./skills-section.ts";
import { subAgents } from "./sub-agents.ts";
import { toolHints } from "./tools.ts";

/** The room for all of it, in tokens. */
const BUDGET = 16_000;

const PLAN =
  "This is plan mode: nothing may be changed. Find out what is needed, and give the user a plan to decide on.";

/**
 * The parts of an agent's instructions, in their order. The same facts give the same bytes, so that what a provider has
 * cached of them holds.
 *
 * Where there is more than the budget, it is cut in this order: descriptions of skills, skills, the project's guidance from
 * the root down, the user's own guidance. All else is short and is never cut. A cut is said in words, where it is.
 */
export function promptSections(facts: PromptFacts): readonly PromptSection[] {
  const { git, guidance, plan, subAgents: others, budget = BUDGET } = facts;
  const fixed = [
    howToWork(facts),
    toolHints(facts),
    others === undefined ? undefined : subAgents(others),
    place(facts),
    git === undefined ? undefined : gitState(git),
    plan ? section("plan mode", PLAN) : undefined,
  ].filter((each) => each !== undefined);
  const room = budget - sum(fixed);
  const told = guidanceSection(guidance?.files ?? [], room);
  const skills = skillsSection(guidance?.skills ?? [], room - (told?.tokens ?? 0));
  return [...fixed, told, skills].filter((each) => each !== undefined);
}

/** The instructions of a coding agent: how it works, and where it is. What the user wants of it comes with the messages. */
export function systemPrompt(facts: PromptFacts): string {
  return joinSections(promptSections(facts));
}

/** Sections as the text that is sent. */
export function joinSections(sections: readonly PromptSection[]): string {
  return sections.map(({ text }) => text).join("\n\n");
}

function sum(sections: readonly PromptSection[]): number {
  return sections.reduce((tokens, each) => tokens + each.tokens, 0);
}
