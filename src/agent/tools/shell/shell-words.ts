/*
 * A shell's line as the simple commands in it, for a look at what is about to be run. It knows quotes, substitutions,
 * lists and here-documents, and none of what a shell does with a word after it was read. It is made to be right about
 * what people and models write, not about what somebody hides.
 */

/** A word, with what of it stood outside of quotes, so that its `*`, `~` and `$` mean something. */
export interface Word {
  /** Without quotes. */
  readonly text: string;
  /** It has a `*`, `?` or `[` outside of quotes. */
  readonly glob: boolean;
  /** It was quoted in part or whole. */
  readonly quoted: boolean;
}

/** Deeper substitutions are not looked into. */
const DEEPEST = 10;

/** The simple commands of a line, those within substitutions too, in the order in which they are found. */
export function simpleCommands(line: string, depth = 0): Word[][] {
  if (depth > DEEPEST) return [];
  const commands: Word[][] = [];
  let words: Word[] = [];
  let word: { text: string; glob: boolean; quoted: boolean } | undefined;
  const documents: { readonly end: string; readonly tabs: boolean }[] = [];
  let at = 0;

  const current = (): { text: string; glob: boolean; quoted: boolean } =>
    (word ??= { text: "", glob: false, quoted: false });
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = (): void => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  /** What stands between here and the end of the substitution, which is looked into by itself. */
  const substitution = (end: number): void => {
    for (const each of simpleCommands(line.slice(at, end), depth + 1)) commands.push(each);
    current().text += line.slice(at, end);
    at = end;
  };
  const dollar = (): void => {
    current().text += "$";
    at++;
    if (line[at] !== "(") return;
    at++;
    substitution(closing(line, at));
    at++;
  };
  const backquote = (): void => {
    at++;
    const end = line.indexOf("`", at);
    substitution(end === -1 ? line.length : end);
    at++;
  };
  const double = (): void => {
    current().quoted = true;
    at++;
    while (at < line.length && line[at] !== '"') {
      if (line[at] === "\\" && /["\\$`\n]/.test(line[at + 1] ?? "")) {
        current().text += line[at + 1];
        at += 2;
      } else if (line[at] === "$") dollar();
      else if (line[at] === "`") backquote();
      else current().text += line[at++];
    }
    at++;
  };
  const single = (): void => {
    const end = line.indexOf("'", at + 1);
    const to = end === -1 ? line.length : end;
    const now = current();
    now.quoted = true;
    now.text += line.slice(at + 1, to);
    at = to + 1;
  };
  /** `<<EOF`: what follows the line is no command until a line says so. */
  const hereDocument = (): void => {
    const [all = "", dash, quoted, bare] =
      /^<<(-?)[ \t]*(?:["']([^"'\n]*)["']|\\?([^\s;&|<>()"']+))/.exec(line.slice(at)) ?? [];
    const end = quoted ?? bare;
    if (end !== undefined) documents.push({ end, tabs: dash === "-" });
    at += all.length === 0 ? 2 : all.length;
  };
  const skipDocuments = (): void => {
    for (const { end, tabs } of documents.splice(0)) {
      for (;;) {
        if (at >= line.length) return;
        const newline = line.indexOf("\n", at);
        const to = newline === -1 ? line.length : newline;
        const text = line.slice(at, to);
        at = to + 1;
        if ((tabs ? text.replace(/^\t+/, "") : text) === end) break;
      }
    }
  };

  while (at < line.length) {
    const c = line[at] ?? "";
    if (c === "\\") {
      if (line[at + 1] !== "\n") {
        const now = current();
        now.text += line[at + 1] ?? "";
        now.quoted = true;
      }
      at += 2;
    } else if (c === "'") single();
    else if (c === '"') double();
    else if (c === "$") dollar();
    else if (c === "`") backquote();
    else if (c === "#" && word === undefined) {
      const newline = line.indexOf("\n", at);
      at = newline === -1 ? line.length : newline;
    } else if (c === "\n") {
      endCommand();
      at++;
      skipDocuments();
    } else if (c === "<" && line[at + 1] === "<" && line[at + 2] !== "<") {
      endWord();
      hereDocument();
    } else if (/[;&|()]/.test(c) && !(c === "&" && /[<>]/.test(line[at - 1] ?? ""))) {
      endCommand();
      at++;
    } else if (/[ \t\r]/.test(c)) {
      endWord();
      at++;
    } else {
      const now = current();
      now.text += c;
      now.glob ||= /[*?[]/.test(c);
      at++;
    }
  }
  endCommand();
  return commands;
}

/** Where the substitution that begins here ends. */
function closing(line: string, from: number): number {
  let depth = 1;
  for (let at = from; at < line.length; at++) {
    const c = line[at];
    if (c === "\\") at++;
    else if (c === "'") at = skipTo(line, "'", at);
    else if (c === "(") depth++;
    else if (c === ")" && --depth === 0) return at;
  }
  return line.length;
}

function skipTo(line: string, mark: string, at: number): number {
  const end = line.indexOf(mark, at + 1);
  return end === -1 ? line.length : end;
}
