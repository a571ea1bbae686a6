import { ConfigurationError } from "../llm/errors.ts";
import { levels, type Attributes, type Level, type Logger } from "./logger.ts";
import { redactor, type Redactor } from "./redactor.ts";
import { bounds, JsonWriter, quoted } from "./to-json.ts";

/** How records are written. */
export interface JsonLinesOptions {
  /** Tells the time, in milliseconds since 1970; `Date` is one. */
  readonly clock: { now(): number };
  /** The level from which on records are written; `info` by default. With `debug`, errors have their stack. */
  readonly level?: Level;
  /**
   * Secrets of no known form that may turn up: each is left out by its value, as it is, in JSON and in a URL. Those of
   * less than 8 characters are not looked for.
   */
  readonly secrets?: readonly string[];
}

/** Names that each record has. An attribute of one of these names is written with `_` before it. */
const OWN: ReadonlySet<string> = new Set(["time", "level", "msg"]);

/**
 * A logger that gives `write` each record as one line of JSON, with its end: `time` (ISO 8601, UTC), `level`, `msg`,
 * then the attributes; of two with the same name the later one counts. Errors are `{ name, message, kind, code, ... }`.
 *
 * Keys never get to `write`: whatever is named like one (`apiKey`, `authorization`, `cookie`), and whatever looks like
 * one in any text, is `***`. Texts are cut at 8,192 characters, all of a record's together at 65,536, arrays and objects
 * at 100 items and 8 levels; what was cut says so. What `write` throws is dropped.
 *
 * @throws ConfigurationError `invalid-option` for a level that there is not.
 *
 * @example
 * const log = jsonLines((line) => process.stderr.write(line), { clock: Date });
 * log.with({ job: 7 }).info("begun", { apiKey: "k-123" });
 * // {"time":"2026-01-02T03:04:05.000Z","level":"info","msg":"begun","job":7,"apiKey":"***"}
 */
export function jsonLines(write: (line: string) => void, options: JsonLinesOptions): Logger {
  const { clock, level = "info", secrets } = options;
  const least = levels.indexOf(level);
  if (least === -1) {
    throw new ConfigurationError(
      "invalid-option",
      `level must be one of ${levels.join(", ")}, not ${JSON.stringify(level)}`,
    );
  }
  return new JsonLines({ write, clock, least, redact: redactor(secrets) }, new Map());
}

/** What all loggers of one output share. */
interface Output {
  readonly write: (line: string) => void;
  readonly clock: { now(): number };
  /** The first of `levels` that is written. */
  readonly least: number;
  readonly redact: Redactor;
}

class JsonLines implements Logger {
  readonly #output: Output;
  /** Attributes as JSON, by their names as JSON. */
  readonly #bound: ReadonlyMap<string, string>;

  constructor(output: Output, bound: ReadonlyMap<string, string>) {
    this.#output = output;
    this.#bound = bound;
  }

  on(level: Level): boolean {
    return levels.indexOf(level) >= this.#output.least;
  }

  with(attributes: Attributes): Logger {
    return new JsonLines(this.#output, joined(this.#bound, attributes, this.#writer()));
  }

  debug(message: string, attributes?: Attributes): void {
    if (this.#output.least === 0) this.#record("debug", message, attributes);
  }

  info(message: string, attributes?: Attributes): void {
    if (this.#output.least <= 1) this.#record("info", message, attributes);
  }

  warn(message: string, attributes?: Attributes): void {
    if (this.#output.least <= 2) this.#record("warn", message, attributes);
  }

  error(message: string, attributes?: Attributes): void {
    this.#record("error", message, attributes);
  }

  #writer(): JsonWriter {
    return new JsonWriter(this.#output.redact, this.#output.least === 0);
  }

  #record(level: Level, message: string, attributes: Attributes | undefined): void {
    try {
      const writer = this.#writer();
      const time = new Date(this.#output.clock.now()).toISOString();
      let line = `{"time":"${time}","level":"${level}","msg":${writer.value(message) ?? '""'}`;
      const fields = attributes === undefined ? this.#bound : joined(this.#bound, attributes, writer);
      for (const [name, json] of fields) line += `,${name}:${json}`;
      this.#output.write(`${line}}\n`);
    } catch {
      // A log that fails hides nothing of what it was to tell of.
    }
  }
}

function joined(
  bound: ReadonlyMap<string, string>,
  attributes: Attributes,
  writer: JsonWriter,
): Map<string, string> {
  const fields = new Map(bound);
  let names: readonly string[];
  try {
    names = Object.keys(attributes).slice(0, bounds.items);
  } catch {
    return fields;
  }
  for (const name of names) {
    let json: string | undefined;
    try {
      json = writer.field(name, attributes[name]);
    } catch {
      json = quoted("[unreadable]");
    }
    if (json !== undefined) fields.set(writer.name(OWN.has(name) ? `_${name}` : name), json);
  }
  return fields;
}
