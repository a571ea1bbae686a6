/** A tool call, as a reader reports it. */
export interface Call {
  /** Empty where the vendor sent none: then ours is our own. */
  readonly id: string;
  readonly name: string;
  /** The arguments as a value, or `{ notJson: text }`. */
  readonly input: unknown;
}

/** What an answer says, in the vendor's own terms. */
export interface Facts {
  readonly text: string;
  readonly calls: readonly Call[];
  /** Why it ended, in the vendor's word. */
  readonly stop: string | null;
  /** Tokens in the vendor's classes and totals; null where none were reported. */
  readonly usage: Readonly<Record<string, number>> | null;
}

/** What a reader makes of a recorded answer. */
export type Reading =
  | { readonly ends: "answer"; readonly facts: Facts }
  | { readonly ends: "failure"; readonly status: number | undefined; readonly message: string };

/** Runs a reader; whatever it throws is its failure. */
export async function reading(read: () => Promise<Facts>): Promise<Reading> {
  try {
    return { ends: "answer", facts: await read() };
  } catch (error) {
    const { status } = Object(error) as { status?: unknown };
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { ends: "failure", status: typeof status === "number" ? status : undefined, message };
  }
}

/** Arguments as a value. No text at all means no arguments. */
export function parsedArguments(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return { notJson: text };
  }
}

/** A count of tokens as reported; what is no number counts as none. */
export function tokens(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** A field as a word: the text that it is, empty where there is none, and JSON where it is no text. */
export function word(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}
