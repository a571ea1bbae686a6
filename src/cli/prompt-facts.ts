import type { Guidance, PromptFacts } from "../agent/index.ts";
import { system } from "../providers/system.ts";
import type { Io } from "./io.ts";

/** What the instructions here are made from, and all of the guidance in them. */
export interface GatheredFacts {
  readonly facts: PromptFacts;
  readonly guidance: Guidance;
}

/** What others know: of the sandbox, the tools and the repository. */
type Known = Pick<PromptFacts, "enforcement" | "hosts" | "plan" | "tools" | "git" | "subAgents">;

/** Gathers what the instructions in a folder are made from. It reads text, and runs nothing. */
export async function promptFacts(folder: string, known: Known, io: Io): Promise<GatheredFacts> {
  const agent = await import("../agent/index.ts");
  const { clock } = io.machine ?? system;
  const user = agent.userPlaces(io.env);
  const guidance = await agent.readGuidance({ folder, root: agent.repositoryTop(folder), user });
  const facts: PromptFacts = {
    workspace: folder,
    platform: `${process.platform} ${process.arch}`,
    date: new Date(clock.now()).toISOString().slice(0, 10),
    guidance,
    ...known,
  };
  return { facts, guidance };
}
