/*
 * How git is run over a repository that somebody else made. Its configuration can name programs for many occasions
 * (https://git-scm.com/docs/git-config); those that have a fixed name are overridden here. Pure.
 */

/** One setting, by its whole name. */
export type GitSetting = readonly [name: string, value: string];

/** Settings that are said on the command line, where they count more than any file. */
const FIXED: readonly GitSetting[] = [
  ["core.hooksPath", "/dev/null"],
  // Empty, not `false`: before git 2.36 that was the name of a program.
  ["core.fsmonitor", ""],
  ["core.pager", "cat"],
  ["core.editor", "true"],
  ["core.askPass", "true"],
  ["core.sshCommand", "false"],
  ["core.gitProxy", "false"],
  ["core.quotePath", "false"],
  ["credential.helper", ""],
  ["diff.external", ""],
  ["diff.submodule", "short"],
  ["diff.orderFile", "/dev/null"],
  ["protocol.allow", "never"],
  ["protocol.ext.allow", "never"],
  ["submodule.recurse", "false"],
  ["status.submoduleSummary", "false"],
  ["log.showSignature", "false"],
  ["commit.gpgSign", "false"],
  ["tag.gpgSign", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["i18n.logOutputEncoding", "UTF-8"],
  // A folder that merely looks like a bare repository is none. (CVE-2022-24765 and what followed it.)
  ["safe.bareRepository", "explicit"],
  // Others own it: in a user namespace, say. What ownership guards against, its programs, is turned off by the rest.
  ["safe.directory", "*"],
];

/** The first words of each command. */
export const safeWords: readonly string[] = [
  "--no-pager",
  ...FIXED.flatMap(([name, value]) => ["-c", `${name}=${value}`]),
];

const ENVIRONMENT: Readonly<Record<string, string>> = {
  LC_ALL: "C",
  LANGUAGE: "",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_ATTR_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_LITERAL_PATHSPECS: "1",
  GIT_NO_REPLACE_OBJECTS: "1",
  // Objects that a partial clone lacks are not fetched; and by no protocol, whatever the configuration allows.
  GIT_NO_LAZY_FETCH: "1",
  GIT_ALLOW_PROTOCOL: "none",
};

/** A filter that nobody has: where git does not name it among the others, it does not read settings from variables. */
const CANARY: GitSetting = ["filter.colloquy.clean", ""];

/**
 * The variables of a command.
 *
 * @param more settings whose names may hold anything, `=` too, which the command line could not say.
 */
export function safeEnvironment(more: readonly GitSetting[]): Record<string, string> {
  const settings = [CANARY, ...more];
  const variables: Record<string, string> = { ...ENVIRONMENT, GIT_CONFIG_COUNT: String(settings.length) };
  for (const [at, [name, value]] of settings.entries()) {
    variables[`GIT_CONFIG_KEY_${at}`] = name;
    variables[`GIT_CONFIG_VALUE_${at}`] = value;
  }
  return variables;
}

/** More than this no repository needs, and Linux takes no environment without end (execve(2)). */
const MOST_FILTERS = 200;

/**
 * Settings that turn off each filter which a repository has, from the names of its settings.
 *
 * @returns undefined where there are too many, or git is too old to be told so (before 2.31).
 */
export function withoutFilters(names: readonly string[]): readonly GitSetting[] | undefined {
  if (!names.includes(CANARY[0])) return undefined;
  const drivers = new Set(names.map((name) => /^filter\.([^]*)\.[^.]+$/.exec(name)?.[1]));
  drivers.delete(undefined);
  if (drivers.size > MOST_FILTERS) return undefined;
  return [...drivers].flatMap((driver): GitSetting[] => [
    [`filter.${driver}.clean`, ""],
    [`filter.${driver}.smudge`, ""],
    [`filter.${driver}.process`, ""],
    [`filter.${driver}.required`, "false"],
  ]);
}
