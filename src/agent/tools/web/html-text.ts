/*
 * A page as plain text, well enough to be read by a model: blocks stand on lines of their own, headings and items have
 * their Markdown marks, links their address in parentheses, and what is not shown is left out. It goes through the
 * page once, and runs nothing of it.
 */

const LEFT_OUT: ReadonlySet<string> = new Set(
  "script style noscript template svg math iframe object canvas audio video select textarea title".split(" "),
);
const BLOCKS: ReadonlySet<string> = new Set(
  (
    "address article aside blockquote body br dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 " +
    "h4 h5 h6 head header hr html li main nav ol option p pre section summary table tbody td tfoot th thead tr ul"
  ).split(" "),
);

/** A tag, a comment or a declaration; in a tag, quotes hide its end. */
const MARKUP = /<!--|<!|<\?|<(\/?)([a-zA-Z][^\s/>]*)/g;

/** The text of an HTML page. */
export function htmlText(html: string): string {
  const out = new Text();
  const links: string[] = [];
  let at = 0;
  for (;;) {
    MARKUP.lastIndex = at;
    const found = MARKUP.exec(html);
    if (found === null) break;
    out.write(html.slice(at, found.index));
    const [opening, slash, given] = found;
    if (given === undefined) {
      at = opening === "<!--" ? after(html, "-->", found.index + 2) : after(html, ">", found.index);
      continue;
    }
    const name = given.toLowerCase();
    const end = endOfTag(html, MARKUP.lastIndex);
    const inside = html.slice(MARKUP.lastIndex, end);
    at = end + 1;
    if (slash === "/") close(name, out, links);
    else if (LEFT_OUT.has(name)) at = inside.endsWith("/") ? at : afterElement(html, name, at);
    else open(name, inside, out, links);
  }
  out.write(html.slice(at));
  return out.end();
}

function open(name: string, inside: string, out: Text, links: string[]): void {
  if (BLOCKS.has(name)) out.line(/^(?:h[1-6]|p|pre|table|ul|ol|blockquote)$/.test(name));
  if (/^h[1-6]$/.test(name)) out.raw(`${"#".repeat(Number(name[1]))} `);
  if (name === "li") out.raw("- ");
  if (name === "pre") out.pre++;
  if (name === "a") links.push(attribute(inside, "href"));
  if (name === "img") out.write(attribute(inside, "alt"));
}

function close(name: string, out: Text, links: string[]): void {
  if (name === "pre" && out.pre > 0) out.pre--;
  if (BLOCKS.has(name)) out.line(/^(?:h[1-6]|p|pre|table|ul|ol|blockquote)$/.test(name));
  if (name !== "a") return;
  const address = decode(links.pop() ?? "");
  if (/^(?:https?:\/\/|\/)/.test(address)) out.raw(` (${address})`);
}

/** Lines on their way. */
class Text {
  pre = 0;
  #out = "";
  #line = "";
  #blank = false;

  write(html: string): void {
    const text = decode(html);
    if (this.pre > 0) {
      const lines = text.split("\n");
      for (const [index, line] of lines.entries()) {
        if (index > 0) this.#break();
        this.#line += line;
      }
    } else {
      const one = text.replace(/\s+/g, " ");
      this.#line += this.#line === "" || this.#line.endsWith(" ") ? one.replace(/^ /, "") : one;
    }
  }

  /** Something that is not the page's, and stands as it is. */
  raw(text: string): void {
    this.#line = text.startsWith(" ") ? this.#line.trimEnd() + text : this.#line + text;
  }

  /** Ends the line; where a blank one is due, it comes before the next. */
  line(blank: boolean): void {
    if (this.#line.trim() !== "") this.#break();
    else this.#line = "";
    this.#blank ||= blank;
  }

  end(): string {
    this.line(false);
    return this.#out.trim();
  }

  #break(): void {
    if (this.#blank && this.#out !== "") this.#out += "\n";
    this.#blank = false;
    this.#out += `${this.#line.trimEnd()}\n`;
    this.#line = "";
  }
}

function after(html: string, mark: string, from: number): number {
  const at = html.indexOf(mark, from);
  return at === -1 ? html.length : at + mark.length;
}

/** Where a tag's `>` is. */
function endOfTag(html: string, from: number): number {
  let quote = "";
  for (let at = from; at < html.length; at++) {
    const c = html.charAt(at);
    if (quote !== "") {
      if (c === quote) quote = "";
    } else if (c === ">") return at;
    else if ((c === '"' || c === "'") && /[=\s]/.test(html.charAt(at - 1))) quote = c;
  }
  return html.length;
}

/** After the end tag of an element whose content is passed over; where it has none, after its start. */
function afterElement(html: string, name: string, from: number): number {
  const ends = new RegExp(`</${name}[\\s/>]`, "gi");
  ends.lastIndex = from;
  const found = ends.exec(html);
  return found === null ? html.length : endOfTag(html, ends.lastIndex - 1) + 1;
}

function attribute(inside: string, name: string): string {
  const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, "i").exec(
    inside.slice(0, 4096),
  );
  return found?.[1] ?? found?.[2] ?? found?.[3] ?? "";
}

const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  copy: "\u00A9",
  reg: "\u00AE",
  trade: "\u2122",
  hellip: "\u2026",
  mdash: "\u2014",
  ndash: "\u2013",
  lsquo: "\u2018",
  rsquo: "\u2019",
  ldquo: "\u201C",
  rdquo: "\u201D",
  bull: "\u2022",
  middot: "\u00B7",
  times: "\u00D7",
  rarr: "\u2192",
  larr: "\u2190",
  euro: "\u20AC",
};

function decode(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));/g,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return (Object.hasOwn(NAMED, name) ? NAMED[name] : undefined) ?? whole;
      const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      const isCharacter = point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
      return isCharacter ? String.fromCodePoint(point) : "\ufffd";
    },
  );
}
