import type { Guidance } from "../agent/index.ts";
import type { Io } from "./io.ts";

/** What the user and the project want an agent in this folder to know. It reads text, and runs nothing. */
export async function readGuidance(folder: string, { env }: Pick<Io, "env">): Promise<Guidance> {
  const agent = await import("../agent/index.ts");
  return agent.readGuidance({ folder, root: agent.repositoryTop(folder), user: agent.userPlaces(env) });
}
