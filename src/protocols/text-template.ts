const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/** What a JSON string may hold as an escape only: an event with such a character is no JSON. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const control = /[\u0000-\u001f]/;

/**
 * Reads the text out of an event that looks like the last one, without parsing it.
 *
 * Safe by construction: an event with the same bytes before and after one of its strings as an event that was parsed
 * differs from it in that string alone. A parse is most of what a delta costs, so the decoders try this first.
 */
export class TextTemplate {
  #prefix = "";
  #suffix = "";
  /** Whether the suffix is closing brackets only: Anthropic pads events with spaces among them. */
  #brackets = false;

  /**
   * Remembers the shape of an event whose text is known from parsing it.
   * @param end where what counts of it ends: the caller answers for what comes behind.
   */
  learn(event: string, text: string, end: number = event.length): void {
    const data = event.slice(0, end);
    // With an escape in it, a text that is found may be another: a key, or a part of a longer string.
    if (data.includes("\\")) return;
    const quoted = `"${text}"`;
    const at = data.indexOf(quoted);
    // A text that stands twice does not say where it is.
    if (at === -1 || data.indexOf(quoted, at + 1) !== -1) return;
    this.#prefix = data.slice(0, at + 1);
    this.#suffix = data.slice(at + 2 + text.length).replaceAll(" ", "");
    this.#brackets = /^[}\]]*$/.test(this.#suffix);
    if (!this.#brackets) this.#suffix = data.slice(at + 2 + text.length);
  }

  /** Forgets the shape: what it stood for has ended. */
  forget(): void {
    this.#prefix = "";
  }

  /** The text of an event of the remembered shape, up to `end`; undefined for any other. */
  read(data: string, end: number = data.length): string | undefined {
    const from = this.#prefix.length;
    // Comparing slices is several times quicker than startsWith for prefixes of this length.
    if (from === 0 || data.slice(0, from) !== this.#prefix) return undefined;
    let to = data.indexOf('"', from);
    const escape = data.indexOf("\\", from);
    const escaped = escape !== -1 && escape < to;
    if (escaped) to = closingQuote(data, escape);
    if (to === -1 || !this.#endsAfter(data, to + 1, end)) return undefined;
    if (escaped) return unescape(data.slice(from - 1, to + 1));
    const text = data.slice(from, to);
    return control.test(text) ? undefined : text;
  }

  #endsAfter(data: string, from: number, end: number): boolean {
    if (from > end) return false;
    if (!this.#brackets) return data.slice(from, end) === this.#suffix;
    let matched = 0;
    for (let i = from; i < end; i++) {
      const c = data.charCodeAt(i);
      if (c === SPACE) continue;
      if (c !== this.#suffix.charCodeAt(matched)) return false;
      matched++;
    }
    return matched === this.#suffix.length;
  }
}

/** Where the string ends that has an escape at `from`. */
function closingQuote(data: string, from: number): number {
  for (let i = from; i < data.length; i++) {
    const c = data.charCodeAt(i);
    if (c === BACKSLASH) i++;
    else if (c === QUOTE) return i;
  }
  return -1;
}

/** The value of a JSON string; undefined where it is none. */
function unescape(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}
