import { isSecretName } from "./key-like.ts";
import { REDACTED, type Redactor } from "./redactor.ts";

/** How much of a value is written down. */
export interface Bounds {
  /** The longest text, in characters. */
  readonly text: number;
  /** The most items of an array, and fields of an object. */
  readonly items: number;
  readonly depth: number;
  /** The most characters of all texts together, other values counted as one each. */
  readonly total: number;
}

export const bounds: Bounds = { text: 8192, items: 100, depth: 8, total: 65_536 };

/** Facts of an error that say what it is. Its body and its partial answer, which may quote what was said, are none. */
const ERROR_FACTS = [
  "kind",
  "code",
  "reason",
  "status",
  "requestId",
  "retryable",
  "retryAfterMs",
  "limit",
  "allowed",
  "used",
] as const;

/**
 * Any value as JSON on one line, without keys, or undefined where JSON has no word for it. It takes what comes: cycles
 * and getters that throw are told as such, what is too much is cut, and says so.
 */
export class JsonWriter {
  readonly #redact: Redactor;
  readonly #stacks: boolean;
  readonly #above: object[] = [];
  #left = bounds.total;

  /** @param stacks Whether errors are told with the place where they came up. */
  constructor(redact: Redactor, stacks: boolean) {
    this.#redact = redact;
    this.#stacks = stacks;
  }

  /** The value under this name. */
  field(name: string, value: unknown): string | undefined {
    if (value === undefined) return undefined;
    const hidden = typeof value !== "boolean" && value !== null && isSecretName(name);
    return hidden ? quoted(REDACTED) : this.value(value);
  }

  value(value: unknown): string | undefined {
    // Each counts, or a few arrays that hold one another many times would never end.
    this.#left--;
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        return Number.isFinite(value) ? String(value) : quoted(String(value));
      case "boolean":
        return String(value);
      case "bigint":
        return this.#text(String(value));
      case "object":
        return value === null ? "null" : this.#guarded(value);
      case "symbol":
        return this.#text(String(value));
      case "function":
        return quoted("[function]");
      case "undefined":
        return undefined;
    }
  }

  /** A name as it is written: someone may have used a key as one. */
  name(name: string): string {
    return this.#text(name);
  }

  #text(text: string): string {
    const written = this.#redact(text, Math.min(bounds.text, this.#left));
    this.#left = Math.max(0, this.#left - written.length);
    return quoted(written);
  }

  #guarded(value: object): string {
    if (this.#above.includes(value)) return quoted("[circular]");
    if (this.#above.length >= bounds.depth) return quoted("[too deep]");
    this.#above.push(value);
    try {
      return this.#object(value);
    } catch {
      return quoted("[unreadable]");
    } finally {
      this.#above.pop();
    }
  }

  #object(value: object): string {
    if (value instanceof Error) return this.#error(value);
    if (Array.isArray(value)) return this.#array(value);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
      return quoted(`[${value.byteLength} bytes]`);
    if (value instanceof Map) return this.#fields(some(value.entries()), value.size);
    if (value instanceof Set) return this.#array([...some(value)], value.size);
    if (value instanceof RegExp) return this.#text(String(value));
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON === "function") return this.value(toJSON.call(value)) ?? "null";
    const names = Object.keys(value);
    return this.#fields(read(value, names.slice(0, bounds.items)), names.length);
  }

  #array(items: readonly unknown[], length = items.length): string {
    const written: string[] = [];
    let before: unknown;
    for (let i = 0; i < Math.min(items.length, bounds.items) && this.#left > 0; i++) {
      const item = get(items, i);
      // Headers are kept as lists of names and values too.
      const hidden = typeof before === "string" && typeof item === "string" && isSecretName(before);
      written.push(hidden ? quoted(REDACTED) : (this.value(item) ?? "null"));
      before = item;
    }
    if (written.length < length) written.push(quoted(`… (${length} items)`));
    return `[${written.join(",")}]`;
  }

  #fields(entries: Iterable<readonly [unknown, unknown]>, count: number): string {
    const written = new Map<string, string>();
    let seen = 0;
    for (const [key, value] of entries) {
      if (this.#left <= 0) break;
      seen++;
      const name = nameOf(key);
      const json = this.field(name, value);
      if (json !== undefined) written.set(this.name(name), json);
    }
    if (seen < count) written.set(quoted("…"), quoted(`(${count} fields)`));
    return `{${Array.from(written, ([name, json]) => `${name}:${json}`).join(",")}}`;
  }

  #error(error: Error): string {
    const facts: [string, unknown][] = ["name", "message", ...ERROR_FACTS].flatMap((name) => {
      const fact = get(error, name);
      return typeof fact === "object" || typeof fact === "function"
        ? []
        : [[name, fact] as [string, unknown]];
    });
    if (this.#stacks) facts.push(["stack", get(error, "stack")]);
    const cause = get(error, "cause");
    if (cause !== undefined) facts.push(["cause", cause]);
    if (error instanceof AggregateError) facts.push(["errors", get(error, "errors")]);
    return this.#fields(facts, facts.length);
  }
}

/** A text as JSON, safe on a line of its own wherever it is shown: no half characters, line ends or control codes. */
export function quoted(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`; // nearly all are such
  return JSON.stringify(text.replace(/\p{Surrogate}/gu, "\ufffd")).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A key of a map as a name. */
function nameOf(key: unknown): string {
  switch (typeof key) {
    case "string":
      return key;
    case "object":
    case "function":
      return "[object]";
    default:
      return String(key);
  }
}

function* some<Item>(items: Iterable<Item>): Iterable<Item> {
  let count = 0;
  for (const item of items) {
    if (count++ === bounds.items) return;
    yield item;
  }
}

function* read(value: object, names: readonly string[]): Iterable<readonly [string, unknown]> {
  for (const name of names) yield [name, get(value, name)];
}

function get(value: object, name: string | number): unknown {
  try {
    return (value as Readonly<Record<string | number, unknown>>)[name];
  } catch {
    return "[unreadable]";
  }
}
