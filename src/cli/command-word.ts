import { UsageError, type Command } from "./command.ts";
import { near } from "./near.ts";

type Name = Exclude<Command["command"], "version">;

/** How many further words each command takes, and what they are. */
const commands: Readonly<
  Record<Exclude<Name, "converse">, { readonly least: number; readonly most: number; readonly what: string }>
> = {
  models: { least: 0, most: 0, what: "no further words" },
  help: { least: 0, most: 0, what: "no further words" },
  doctor: { least: 0, most: 0, what: "no further words" },
  settings: { least: 0, most: 0, what: "no further words" },
  prompt: { least: 0, most: 0, what: "no further words" },
  trust: { least: 0, most: 0, what: "no further words" },
  sessions: { least: 0, most: Infinity, what: "" },
  export: { least: 1, most: 1, what: "the id of one session" },
  cost: { least: 0, most: 1, what: "the id of one session" },
  undo: { least: 0, most: 1, what: "at most the number of a restore point" },
  import: { least: 1, most: 1, what: "one file, or - for stdin" },
};

/** Words that will be commands: they are not to be taken for something to tell a model. */
const planned = ["serve"];

/**
 * The command that the words of a command line name; `converse` where they are something to say.
 * @throws UsageError for words that may be either.
 */
export function commandOf([word = "", ...more]: readonly string[]): Name {
  const say = `to say ${more.length === 0 ? "it" : "them"} to a model, use -p`;
  if (planned.includes(word) && more.length === 0) {
    throw new UsageError(`\`colloquy ${word}\` does not exist yet; to say it to a model: -p ${word}`);
  }
  if (isCommand(word)) {
    const { least, most, what } = commands[word];
    if (more.length >= least && more.length <= most) return word;
    if (word === "help") return "converse"; // "help me with this", without quotes
    throw new UsageError(`\`colloquy ${word}\` takes ${what}; ${say}`);
  }
  const meant = more.length === 0 && !/\s/.test(word) ? near(word, Object.keys(commands)) : undefined;
  if (meant === undefined) return "converse";
  throw new UsageError(
    `unknown command ${word}; did you mean \`colloquy ${meant}\`? To say it to a model: -p ${word}`,
  );
}

function isCommand(word: string): word is keyof typeof commands {
  return Object.hasOwn(commands, word);
}
