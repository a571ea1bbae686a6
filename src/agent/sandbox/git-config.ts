/** One setting of a git configuration file: `core.hookspath`, `include.path`. */
export interface GitSetting {
  /** In lower case, without a subsection: `remote.origin.url` is `remote.url`. */
  readonly name: string;
  readonly value: string;
}

/**
 * The settings of a configuration file in their order, by https://git-scm.com/docs/git-config#_syntax. It is read here
 * rather than by git, because no program may run over a repository that nobody trusts yet. Pure.
 */
export function readGitConfig(text: string): GitSetting[] {
  const settings: GitSetting[] = [];
  let section = "";
  for (const line of text.replace(/\\\r?\n/g, "").split(/\r?\n/)) {
    const heading = /^\s*\[\s*([A-Za-z0-9.-]+)[^\]]*\]/.exec(line);
    if (heading !== null) section = (heading[1] ?? "").toLowerCase().split(".", 1)[0] ?? "";
    const rest = heading === null ? line : line.slice(heading[0].length);
    const setting = /^\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$/.exec(rest);
    if (setting === null) continue;
    settings.push({ name: `${section}.${(setting[1] ?? "").toLowerCase()}`, value: plain(setting[2]) });
  }
  return settings;
}

/** A value without its quotes, its escapes and the comment behind it; a name alone says `true`. */
function plain(value: string | undefined): string {
  if (value === undefined) return "true";
  let text = "";
  let quoted = false;
  for (let at = 0; at < value.length; at++) {
    const letter = value.charAt(at);
    if (letter === '"') quoted = !quoted;
    else if (letter === "\\") text += ESCAPES.get(value.charAt(++at)) ?? value.charAt(at);
    else if (!quoted && (letter === "#" || letter === ";")) break;
    else text += letter;
  }
  return text.trim();
}

const ESCAPES = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["b", "\b"],
]);
