/*
 * What the validators of the wire formats share. They are written from the vendors' documentation and from what their
 * servers were seen to refuse, and share nothing with our encoders: they import nothing of `src`.
 */

/** A JSON object whose members are not known yet. */
export type Json = Readonly<Record<string, unknown>>;

/** Collects violations, each as `rule at.path: what is wrong`. */
export class Violations {
  readonly found: string[] = [];

  /** Notes that a rule is broken at a place. */
  add(rule: string, at: string, what: string): void {
    this.found.push(`${rule} ${at}: ${what}`);
  }

  /** Notes the rule unless it holds. */
  expect(holds: boolean, rule: string, at: string, what: string): void {
    if (!holds) this.add(rule, at, what);
  }

  /** An object, whose members are all among the allowed ones; undefined, and noted, where it is none. */
  object(value: unknown, at: string, allowed?: ReadonlySet<string>): Json | undefined {
    if (!isJson(value)) {
      this.add("shape", at, "is no object");
      return undefined;
    }
    for (const key of Object.keys(value)) {
      if (allowed !== undefined && !allowed.has(key))
        this.add("unknown-field", `${at}.${key}`, "is not documented");
    }
    return value;
  }

  /** A list; empty, and noted, where it is none. */
  list(value: unknown, at: string): readonly unknown[] {
    if (Array.isArray(value)) return value;
    this.add("shape", at, "is no list");
    return [];
  }

  /** A text; empty, and noted, where it is none. */
  text(value: unknown, at: string): string {
    if (typeof value === "string") return value;
    this.add("shape", at, "is no text");
    return "";
  }

  /** Whether a value is one of a few words. */
  oneOf(value: unknown, words: ReadonlySet<string>, rule: string, at: string): void {
    this.expect(typeof value === "string" && words.has(value), rule, at, `${show(value)} is not allowed`);
  }

  /** A text that matches. */
  matches(value: unknown, pattern: RegExp, rule: string, at: string): void {
    this.expect(
      typeof value === "string" && pattern.test(value),
      rule,
      at,
      `${show(value)} is not ${pattern}`,
    );
  }

  /** No text in the value holds half a surrogate pair, which no server reads as JSON. */
  characters(value: unknown, at = "$"): void {
    if (typeof value === "string") {
      if (/\p{Surrogate}/u.test(value)) this.add("half-character", at, show(value));
    } else if (Array.isArray(value)) {
      for (const [index, each] of value.entries()) this.characters(each, `${at}[${index}]`);
    } else if (isJson(value)) {
      for (const [key, each] of Object.entries(value)) {
        if (/\p{Surrogate}/u.test(key)) this.add("half-character", at, show(key));
        this.characters(each, `${at}.${key}`);
      }
    }
  }

  /** Which values occur more than once. */
  unique(values: readonly string[], rule: string, at: string): void {
    const seen = new Set<string>();
    for (const value of values) {
      if (seen.has(value)) this.add(rule, at, `${show(value)} occurs more than once`);
      seen.add(value);
    }
  }
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A set of words, written as one text. */
export function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter((word) => word !== ""));
}

/** A value, short enough for a message. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

/** The value of a JSON text; undefined where it is none. */
export function parsed(text: unknown): unknown {
  try {
    return typeof text === "string" ? (JSON.parse(text) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

/** The media type of a `data:` URL that holds base64; undefined for any other. */
export function dataUrlType(url: string): string | undefined {
  return /^data:([^;,]*);base64,/.exec(url)?.[1];
}
