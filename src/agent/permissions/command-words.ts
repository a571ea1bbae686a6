/*
 * Shell commands so plain that it is certain what they run: words, joined by `&&`, `||`, `;` and `|`. Whatever is not
 * understood to the last character is not read at all: then somebody is asked. (Parsers that guess are how allow-lists
 * were passed by: CVE-2025-54795, CVE-2026-25722 and their kin.)
 */

/** The commands of a line, each as its words with the quotes taken off; undefined where it is not certain. */
export function commandWords(line: string): readonly (readonly string[])[] | undefined {
  const commands: string[][] = [[]];
  let rest = line.trim();
  while (rest !== "") {
    const command = commands.at(-1) as string[];
    const token = next(rest);
    if (token === undefined) return undefined;
    rest = rest.slice(token.length).replace(/^[ \t]+/, "");
    if (token.type === "word") command.push(token.word);
    else if (token.type === "join") {
      if (command.length === 0) return undefined;
      commands.push([]);
    }
  }
  // `make;` is whole, `make &&` is not.
  if (commands.length > 1 && commands.at(-1)?.length === 0) {
    if (!line.trim().endsWith(";")) return undefined;
    commands.pop();
  }
  return commands.every(isCertain) ? commands : undefined;
}

type Token =
  | { readonly type: "word"; readonly length: number; readonly word: string }
  | { readonly type: "join" | "harmless"; readonly length: number };

function next(rest: string): Token | undefined {
  const join = /^(?:&&|\|\||;(?!;)|\|(?!&))/.exec(rest);
  if (join !== null) return { type: "join", length: join[0].length };
  // Output that is thrown away or put together harms nobody.
  const redirect = /^(?:2>&1|[12&]?>[ \t]*\/dev\/null)(?=$|[ \t;|])/.exec(rest);
  if (redirect !== null) return { type: "harmless", length: redirect[0].length };
  let word = "";
  let length = 0;
  for (;;) {
    const piece = /^(?:[A-Za-z0-9_@%+=:,./-]+|'[^']*'|"[^"$`\\!]*")/.exec(rest.slice(length));
    if (piece === null) break;
    const [text] = piece;
    word += /^['"]/.test(text) ? text.slice(1, -1) : text;
    length += text.length;
  }
  if (length === 0) return undefined;
  const after = rest[length];
  if (after !== undefined && !/[ \t;|&>]/.test(after)) return undefined;
  // `a&b` runs in the background, `a>b` writes; `a&&b` and `a>/dev/null` come next.
  if (after === "&" && rest[length + 1] !== "&") return undefined;
  return { type: "word", length, word };
}

/** Words that do not run what they seem to: variables before a command, and words of the shell's own grammar. */
const grammar = new Set([
  ..."if then else elif fi for while until do done case esac select function time coproc in".split(" "),
  ..."eval exec source . command builtin alias trap set export env xargs sudo nohup".split(" "),
]);

function isCertain(words: readonly string[]): boolean {
  const [first] = words;
  if (first === undefined || first === "" || grammar.has(first)) return false;
  return !/^[A-Za-z_]\w*\+?=/.test(first) && !/[\r\n]/.test(words.join(""));
}
