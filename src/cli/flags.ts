import { parseArgs } from "node:util";
import { UsageError } from "./command.ts";
import { near } from "./near.ts";

/** The commands that have flags of their own. */
type FlagOwner =
  | "converse"
  | "models"
  | "sessions"
  | "export"
  | "cost"
  | "doctor"
  | "undo"
  | "settings"
  | "prompt"
  | "trust";

interface Flag {
  readonly type: "boolean" | "string";
  readonly short?: string;
  /** The commands it belongs to; absent for those that every command understands. */
  readonly of?: readonly FlagOwner[];
  /** What is told to whoever forgets its value. */
  readonly hint?: string;
  /** It may be given several times; its values are joined by line ends. */
  readonly many?: true;
}

const listed = "`colloquy sessions` lists ids";

/** Every flag there is, by its long name. */
export const flags: ReadonlyMap<string, Flag> = new Map<string, Flag>([
  ["print", { type: "boolean", short: "p", of: ["converse"] }],
  ["model", { type: "string", of: ["converse"] }],
  ["output-format", { type: "string", of: ["converse"] }],
  ["system", { type: "string", of: ["converse"] }],
  ["record", { type: "string", of: ["converse"] }],
  ["replay", { type: "string", of: ["converse"] }],
  ["log", { type: "string", of: ["converse"] }],
  ["max-dollars", { type: "string", of: ["converse"] }],
  ["max-responses", { type: "string", of: ["converse"] }],
  ["max-wall-time", { type: "string", of: ["converse"] }],
  ["max-output-tokens", { type: "string", of: ["converse"] }],
  ["max-steps", { type: "string", of: ["converse"] }],
  ["permission-mode", { type: "string", of: ["converse"] }],
  ["allow", { type: "string", of: ["converse"], many: true, hint: 'such as --allow "shell(npm test *)"' }],
  ["sandbox", { type: "string", of: ["converse"] }],
  ["unsafe", { type: "boolean", of: ["converse"] }],
  ["allow-host", { type: "string", of: ["converse"], many: true }],
  ["mcp-config", { type: "string", of: ["converse"], many: true, hint: "a file with MCP servers" }],
  ["worktree", { type: "string", of: ["converse"], hint: "such as --worktree fix-login" }],
  ["from", { type: "string", of: ["converse"], hint: "a commit, a branch or a tag" }],
  ["no-tools", { type: "boolean", of: ["converse"] }],
  ["continue", { type: "boolean", short: "c", of: ["converse"] }],
  ["resume", { type: "string", short: "r", of: ["converse"], hint: listed }],
  ["fork", { type: "string", of: ["converse"], hint: listed }],
  ["no-session", { type: "boolean", of: ["converse"] }],
  ["json", { type: "boolean", of: ["models", "sessions", "cost", "doctor", "undo", "settings", "prompt"] }],
  ["all", { type: "boolean", of: ["sessions"] }],
  ["search", { type: "string", of: ["sessions"] }],
  ["yes", { type: "boolean", of: ["sessions", "undo", "trust"] }],
  ["list", { type: "boolean", of: ["undo", "trust"] }],
  ["session", { type: "string", of: ["undo"], hint: listed }],
  ["to", { type: "string", of: ["undo"], hint: "`colloquy undo --list` lists restore points" }],
  ["file", { type: "string", of: ["undo"], many: true }],
  ["dry-run", { type: "boolean", of: ["undo"] }],
  ["revoke", { type: "boolean", of: ["trust"] }],
  ["format", { type: "string", of: ["export"] }],
  ["output", { type: "string", short: "o", of: ["export"] }],
  ["sessions", { type: "boolean", of: ["doctor"] }],
  ["mend", { type: "boolean", of: ["doctor"] }],
  ["directory", { type: "string", short: "C" }],
  ["quiet", { type: "boolean" }],
  ["verbose", { type: "boolean" }],
  ["no-color", { type: "boolean" }],
  ["version", { type: "boolean", short: "v" }],
  ["help", { type: "boolean", short: "h" }],
]);

/** A command line taken apart. */
export interface Given {
  /** Flags by long name; the last one counts, of those that may be given once. Flags without a value have the empty one. */
  readonly flags: ReadonlyMap<string, string>;
  readonly words: readonly string[];
  /** Whether `--` came first: what follows is no command word. */
  readonly literal: boolean;
}

/** Marks an argument as no flag though it begins with a dash; no argument can hold this character itself. */
const MARK = "\0";

/**
 * Takes a command line apart.
 * @throws UsageError for a flag that there is not, or without its value.
 */
export function readFlags(argv: readonly string[]): Given {
  // "- one" and "-- two" are prompts or their pieces: flags have no spaces before their value.
  const args = argv.map((arg) => (/^-[^=]*\s/.test(arg) && !arg.startsWith("-C") ? MARK + arg : arg));
  const { tokens } = parseArgs({
    args,
    options: Object.fromEntries(flags),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string>();
  const words: string[] = [];
  let literal = false;
  for (const token of tokens) {
    if (token.kind === "option-terminator") literal = words.length === 0;
    else if (token.kind === "positional") words.push(unmarked(token.value));
    else {
      const value = unmarked(valueOf(token, words));
      const before = flags.get(token.name)?.many === true ? given.get(token.name) : undefined;
      given.set(token.name, before === undefined ? value : `${before}\n${value}`);
    }
  }
  return { flags: given, words, literal };
}

const unmarked = (text: string): string => (text.startsWith(MARK) ? text.slice(1) : text);

/** A flag as it stands on the command line. */
interface GivenFlag {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function valueOf({ name, rawName: raw, value, inlineValue }: GivenFlag, words: string[]): string {
  const flag = flags.get(name);
  if (flag === undefined) {
    const meant = near(raw, [...flags.keys()]);
    throw new UsageError(`unknown flag ${raw}${meant === undefined ? "" : `; did you mean --${meant}?`}`);
  }
  if (flag.type === "boolean") {
    // `--print=TEXT` is how some people write it.
    if (name === "print" && value !== undefined) words.push(value);
    else if (value !== undefined) throw new UsageError(`${raw} takes no value`);
    return "";
  }
  const swallowed = inlineValue !== true && /^(--|-[a-z]$)/i.test(value ?? "");
  if (value !== undefined && !swallowed && (value !== "" || name === "system")) return value;
  const hint = flag.hint === undefined ? "" : `; ${flag.hint}`;
  throw new UsageError(
    `${raw} needs a value${swallowed ? `; if it is ${value}, write ${raw}=${value}` : hint}`,
  );
}
