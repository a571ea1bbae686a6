const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What may differ from one delta to the next: its text, the padding of its length, and its number. */
const holes = [
  { key: '"delta":"', kind: "text" },
  { key: '"obfuscation":"', kind: "padding" },
  { key: '"sequence_number":', kind: "number" },
] as const;

interface Hole {
  readonly kind: (typeof holes)[number]["kind"];
  /** What stands between the hole before and this one. */
  readonly before: string;
}

/**
 * Reads the text out of a delta event that looks like the last one, without parsing it. Like the shared
 * `TextTemplate`, but with holes for what this API changes from event to event.
 *
 * Safe by construction: an event with the same bytes between its holes, and with a string or a number in each, is the
 * event that was parsed but for what is in the holes.
 */
export class DeltaTemplate {
  #holes: readonly Hole[] = [];
  #end = "";

  /** Remembers the shape of an event that was parsed. */
  learn(data: string): void {
    this.forget();
    // With an escape in it, what looks like a key may be a part of a string.
    if (data.includes("\\")) return;
    const found = holes
      .map(({ key, kind }) => ({ kind, from: data.indexOf(key) + key.length, at: data.indexOf(key), key }))
      .filter(({ at }) => at !== -1)
      .sort((a, b) => a.at - b.at);
    if (!found.some(({ kind }) => kind === "text")) return;
    const learned: Hole[] = [];
    let from = 0;
    for (const hole of found) {
      // A key that stands twice does not say which one it is.
      if (data.indexOf(hole.key, hole.from) !== -1) return;
      learned.push({ kind: hole.kind, before: data.slice(from, hole.from) });
      from = hole.kind === "number" ? endOfNumber(data, hole.from) : data.indexOf('"', hole.from);
      if (from === -1) return;
    }
    this.#holes = learned;
    this.#end = data.slice(from);
  }

  /** Forgets the shape: what it stood for has ended. */
  forget(): void {
    this.#holes = [];
  }

  /** The text of an event of the remembered shape; undefined for any other. */
  read(data: string): string | undefined {
    if (this.#holes.length === 0) return undefined;
    let at = 0;
    let text: string | undefined;
    for (const { kind, before } of this.#holes) {
      const from = at + before.length;
      // Comparing slices is several times quicker than startsWith for texts of this length.
      if (data.slice(at, from) !== before) return undefined;
      at = kind === "number" ? endOfNumber(data, from) : endOfString(data, from);
      if (at === -1) return undefined;
      if (kind === "text") text = value(data, from, at);
      else if (kind === "padding" && value(data, from, at) === undefined) return undefined;
    }
    return data.slice(at) === this.#end ? text : undefined;
  }
}

/** Where the digits end that begin at `from`; -1 where they are no JSON number. */
function endOfNumber(data: string, from: number): number {
  let to = from;
  for (let c = data.charCodeAt(to); c >= 0x30 && c <= 0x39; c = data.charCodeAt(to)) to++;
  const leadingZero = to > from + 1 && data.charCodeAt(from) === 0x30;
  return to === from || leadingZero ? -1 : to;
}

/** Where the closing quote is of a string that begins at `from`; -1 where there is none. */
function endOfString(data: string, from: number): number {
  const quote = data.indexOf('"', from);
  const escape = data.indexOf("\\", from);
  if (quote === -1 || escape === -1 || escape > quote) return quote;
  for (let i = escape; i < data.length; i++) {
    const c = data.charCodeAt(i);
    if (c === BACKSLASH) i++;
    else if (c === QUOTE) return i;
  }
  return -1;
}

/** What a JSON string may hold as an escape only. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const special = /[\u0000-\u001f\\]/;

/** The value of a JSON string's inside; undefined where it is none. */
function value(data: string, from: number, to: number): string | undefined {
  const text = data.slice(from, to);
  if (!special.test(text)) return text;
  try {
    return JSON.parse(data.slice(from - 1, to + 1)) as string;
  } catch {
    return undefined;
  }
}
