import { UsageError, type SessionChoice, type SessionsAction } from "./command.ts";

type Given = ReadonlyMap<string, string>;

const choices = ["continue", "resume", "fork", "no-session"] as const;

/** Which session the flags choose. @throws UsageError */
export function sessionChoice(given: Given): SessionChoice {
  const [first, second] = choices.filter((name) => given.has(name));
  if (second !== undefined) throw new UsageError(`--${first} and --${second} exclude each other`);
  switch (first) {
    case undefined:
      return { kind: "new" };
    case "no-session":
      return { kind: "none" };
    case "continue":
      return { kind: "continue" };
    case "resume":
      return { kind: "resume", id: given.get("resume") ?? "" };
    default:
      return forkOf(given.get("fork") ?? "");
  }
}

/** `ID`, or `ID@N` for the session as it was behind its N-th message. */
function forkOf(text: string): SessionChoice {
  const [, id, at] = /^([^@]+)(?:@(\d{1,9}))?$/.exec(text) ?? [];
  if (id === undefined || at === "0") {
    throw new UsageError(
      `--fork takes the id of a session, or ID@N for behind its N-th message, not ${JSON.stringify(text)}`,
    );
  }
  return { kind: "fork", id, ...(at !== undefined && { at: Number(at) }) };
}

/** What `colloquy sessions` is to do, by the words behind it. @throws UsageError */
export function sessionsAction([verb, ...words]: readonly string[], given: Given): SessionsAction {
  const only = (...allowed: readonly string[]): void => {
    for (const name of ["json", "all", "search", "yes"]) {
      if (!given.has(name) || allowed.includes(name)) continue;
      const what = verb === undefined ? "`colloquy sessions`" : `\`colloquy sessions ${verb}\``;
      throw new UsageError(`--${name} does not go with ${what}`);
    }
  };
  switch (verb) {
    case undefined: {
      only("json", "all", "search");
      const search = given.get("search");
      return {
        do: "list",
        json: given.has("json"),
        all: given.has("all"),
        ...(search !== undefined && { search }),
      };
    }
    case "rename": {
      only();
      const [id, ...title] = words;
      if (id === undefined || title.join("").trim() === "") {
        throw new UsageError("`colloquy sessions rename` takes an id and a title");
      }
      return { do: "rename", id, title: title.join(" ") };
    }
    case "delete":
      only("yes");
      if (words.length === 0) throw new UsageError("`colloquy sessions delete` takes the ids of sessions");
      return { do: "delete", ids: words, yes: given.has("yes") };
    default:
      throw new UsageError(
        `\`colloquy sessions\` takes rename, delete or nothing, not ${verb}; to say it to a model, use -p`,
      );
  }
}
