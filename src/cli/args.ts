import {
  exportFormats,
  outputFormats,
  UsageError,
  type Command,
  type CommonFlags,
  type ConverseCommand,
  type ExportFormat,
  type OutputFormat,
  type TrustCommand,
} from "./command.ts";
import { commandOf } from "./command-word.ts";
import { flags, readFlags } from "./flags.ts";
import { sessionChoice, sessionsAction } from "./session-args.ts";
import { toolFlags } from "./tool-args.ts";
import { undoOf } from "./undo-args.ts";

/**
 * Reads a command line. Pure: whether a terminal is there, and whether names and files exist, is seen later.
 * @throws UsageError
 */
export function parseArguments(argv: readonly string[]): Command {
  const { flags: given, words, literal } = readFlags(argv);
  if (given.has("help")) return { command: "help" };
  if (given.has("version")) return { command: "version" };
  const command = literal || given.has("print") ? "converse" : commandOf(words);
  if (command === "help") return { command };
  for (const name of given.keys()) checkOwner(name, command);
  const directory = given.get("directory");
  const common: CommonFlags = {
    quiet: given.has("quiet"),
    verbose: given.has("verbose"),
    color: !given.has("no-color"),
    ...(directory !== undefined && { directory }),
  };
  const [, word = ""] = words;
  const json = given.has("json");
  switch (command) {
    case "models":
      return { command, json, ...common };
    case "doctor":
      if (given.has("mend") && !given.has("sessions")) throw new UsageError("--mend goes with --sessions");
      return { command, json, sessions: given.has("sessions"), mend: given.has("mend"), ...common };
    case "settings":
    case "prompt":
      return { command, json, ...common };
    case "trust":
      return { command, action: trustAction(given), yes: given.has("yes"), ...common };
    case "sessions":
      return { command, action: sessionsAction(words.slice(1), given), ...common };
    case "cost":
      return { command, json, ...(word !== "" && { id: word }), ...common };
    case "undo":
      return { command, ...undoOf(word, given), ...common };
    case "import":
      return { command, file: word, ...common };
    case "export":
      return { command, id: word, ...exported(given), ...common };
    case "converse":
      return { command, ...common, ...converse(given, words) };
  }
}

function trustAction(given: ReadonlyMap<string, string>): TrustCommand["action"] {
  if (given.has("list") && given.has("revoke"))
    throw new UsageError("--list and --revoke exclude each other");
  if (given.has("list")) return "list";
  return given.has("revoke") ? "revoke" : "trust";
}

/** @throws UsageError for a flag that belongs to other commands. */
function checkOwner(name: string, command: Exclude<Command["command"], "help" | "version">): void {
  const owners: readonly string[] | undefined = flags.get(name)?.of;
  if (owners === undefined || owners.includes(command)) return;
  if (command !== "converse") throw new UsageError(`--${name} does not go with \`colloquy ${command}\``);
  const told = owners.map((owner) => `\`colloquy ${owner}\``).join(", ");
  const instead = name === "json" || name === "format" ? "; with -p there is --output-format" : "";
  throw new UsageError(`--${name} belongs to ${told}${instead}`);
}

/** The form and the place of an export: the name of the file says the form where no flag does. */
function exported(given: ReadonlyMap<string, string>): { format: ExportFormat; output?: string } {
  const output = given.get("output");
  const format = given.get("format") ?? (output?.endsWith(".json") === true ? "json" : "md");
  if (!isExportFormat(format)) {
    throw new UsageError(`unknown --format ${format}; there are ${exportFormats.join(", ")}`);
  }
  return { format, ...(output !== undefined && { output }) };
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
  const maxSteps = wholeNumber(given, "max-steps", 1);
  return {
    print: given.has("print"),
    session: sessionChoice(given),
    tools: toolFlags(given),
    ...(maxSteps !== undefined && { maxSteps }),
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

function isExportFormat(format: string): format is ExportFormat {
  return (exportFormats as readonly string[]).includes(format);
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
