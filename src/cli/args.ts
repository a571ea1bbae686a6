import {
  outputFormats,
  UsageError,
  type Command,
  type CommonFlags,
  type ConverseCommand,
  type OutputFormat,
} from "./command.ts";
import { flags, readFlags } from "./flags.ts";
import { near } from "./near.ts";

const commandWords = ["models", "help"];

/** Words that will be commands: they are not to be taken for something to tell a model. */
const plannedWords = ["serve", "sessions", "export", "doctor"];

/**
 * Reads a command line. Pure: whether a terminal is there, and whether names and files exist, is seen later.
 * @throws UsageError
 */
export function parseArguments(argv: readonly string[]): Command {
  const { flags: given, words, literal } = readFlags(argv);
  if (given.has("help")) return { command: "help" };
  if (given.has("version")) return { command: "version" };
  const word = literal || given.has("print") ? undefined : commandWord(words);
  if (word === "help") return { command: "help" };
  const command = word === "models" ? "models" : "converse";
  for (const name of given.keys()) {
    const of = flags.get(name)?.of;
    if (of === undefined || of === command) continue;
    throw new UsageError(
      command === "models"
        ? `--${name} does not go with \`colloquy models\``
        : `--${name} belongs to \`colloquy models\`; with -p there is --output-format`,
    );
  }
  const directory = given.get("directory");
  const common: CommonFlags = {
    quiet: given.has("quiet"),
    verbose: given.has("verbose"),
    color: !given.has("no-color"),
    ...(directory !== undefined && { directory }),
  };
  if (command === "models") return { command, json: given.has("json"), ...common };
  return { command, ...common, ...converse(given, words) };
}

function commandWord(words: readonly string[]): string | undefined {
  const [word = "", ...more] = words;
  if (plannedWords.includes(word) && more.length === 0) {
    throw new UsageError(`\`colloquy ${word}\` does not exist yet; to say it to a model: -p ${word}`);
  }
  if (commandWords.includes(word)) {
    if (more.length === 0) return word;
    if (word === "help") return undefined; // "help me with this", without quotes
    throw new UsageError(`\`colloquy ${word}\` takes no further words; to say them to a model, use -p`);
  }
  const meant = more.length === 0 && !/\s/.test(word) ? near(word, commandWords) : undefined;
  if (meant === undefined) return undefined;
  throw new UsageError(
    `unknown command ${word}; did you mean \`colloquy ${meant}\`? To say it to a model: -p ${word}`,
  );
}

function converse(
  given: ReadonlyMap<string, string>,
  words: readonly string[],
): Omit<ConverseCommand, "command" | keyof CommonFlags> {
  const format = given.get("output-format");
  if (format !== undefined && !isFormat(format)) {
    throw new UsageError(`unknown --output-format ${format}; there are ${outputFormats.join(", ")}`);
  }
  if (given.has("record") && given.has("replay")) {
    throw new UsageError("--record and --replay exclude each other: what is replayed is recorded already");
  }
  const plain = (
    name: "model" | "system" | "record" | "replay" | "log",
  ): { readonly [name: string]: string } => {
    const value = given.get(name);
    return value === undefined ? {} : { [name]: value };
  };
  const maxDollars = dollars(given);
  const maxWallTimeMs = duration(given);
  const maxResponses = wholeNumber(given, "max-responses", 0);
  const maxOutputTokens = wholeNumber(given, "max-output-tokens", 1);
  return {
    print: given.has("print"),
    ...(words.length > 0 && { text: words.join(" ") }),
    ...(format !== undefined && { format }),
    ...plain("model"),
    ...plain("system"),
    ...plain("record"),
    ...plain("replay"),
    ...plain("log"),
    ...(maxDollars !== undefined && { maxDollars }),
    ...(maxResponses !== undefined && { maxResponses }),
    ...(maxWallTimeMs !== undefined && { maxWallTimeMs }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
  };
}

function isFormat(format: string): format is OutputFormat {
  return (outputFormats as readonly string[]).includes(format);
}

function wholeNumber(given: ReadonlyMap<string, string>, name: string, least: number): number | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  if (/^\d{1,12}$/.test(text) && Number(text) >= least) return Number(text);
  throw new UsageError(`--${name} takes a whole number from ${least} on, not ${JSON.stringify(text)}`);
}

function dollars(given: ReadonlyMap<string, string>): string | undefined {
  const text = given.get("max-dollars");
  if (text === undefined || /^\d{1,12}(?:\.\d{1,12})?$/.test(text)) return text;
  throw new UsageError(`--max-dollars takes a number of dollars such as 0.50, not ${JSON.stringify(text)}`);
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** `90`, `90s`, `10m`, `1.5h`, in milliseconds. */
function duration(given: ReadonlyMap<string, string>): number | undefined {
  const text = given.get("max-wall-time");
  if (text === undefined) return undefined;
  const [, count, unit = "s"] = /^(\d{1,6}(?:\.\d{1,3})?)([smh])?$/.exec(text) ?? [];
  if (count !== undefined) return Math.round(Number(count) * (units[unit] ?? 0));
  throw new UsageError(`--max-wall-time takes a time such as 90s, 10m or 1h, not ${JSON.stringify(text)}`);
}
