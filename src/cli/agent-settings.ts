import type { ResolvedSettings } from "../agent/index.ts";
import type { Io } from "./io.ts";
import { stateFolder } from "./sessions-file.ts";

/** The settings that hold in a folder. @throws ConfigurationError for the user's own that make no sense */
export async function agentSettings(folder: string, { env }: Pick<Io, "env">): Promise<ResolvedSettings> {
  const agent = await import("../agent/index.ts");
  const { configFolder } = agent.userPlaces(env);
  const trust = await agent.readTrust(stateFolder(env));
  return agent.resolveSettings({ folder, configFolder, trust, withoutHooks: agent.inHook(env) });
}
