import path from "node:path";

/** Where a user keeps what the agent reads. Undefined where there is no home. */
export interface UserPlaces {
  /** `$XDG_CONFIG_HOME/colloquy`, else `~/.config/colloquy`. */
  readonly configFolder: string | undefined;
  /**
   * `~/.agents/skills`, whose skills the model reads by itself: give it to the sandbox as `readable`. The configuration's
   * folder is none that programs inside may see.
   */
  readonly skillsFolder: string | undefined;
}

/** Those of a user by his environment. A relative XDG_CONFIG_HOME does not count (XDG Base Directory Specification). */
export function userPlaces(env: Readonly<Record<string, string | undefined>>): UserPlaces {
  const home = env["HOME"] || env["USERPROFILE"] || undefined;
  const xdg = env["XDG_CONFIG_HOME"] ?? "";
  const config = path.isAbsolute(xdg) ? xdg : home && path.join(home, ".config");
  return {
    configFolder: config === undefined ? undefined : path.join(config, "colloquy"),
    skillsFolder: home === undefined ? undefined : path.join(home, ".agents", "skills"),
  };
}
