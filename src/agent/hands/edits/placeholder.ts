/** Longer lines are text. */
const LONGEST = 120;

const MARKS = /^(?:\/\/+|\/\*+|#+|<!--|--|;+|%+|\{\/\*|\(\*|"""|''')?\s*|\s*(?:\*+\/\}?|-->|\*\))?$/g;
const ABOUT =
  /\b(?:rest|remain(?:s|der|ing)?|existing|unchanged|unmodified|same as (?:before|above)|as before|previous (?:code|content)|omitted|other (?:code|methods|functions|lines|imports|tests))\b/i;
const PLAIN =
  /^\(?(?:the )?(?:rest|remainder) of (?:the |this )?(?:file|code|function|class|method|module|content)s?(?: (?:is|are|stays|remains?))? (?:unchanged|the same|omitted|as (?:is|before))\.?\)?$/i;

/**
 * The first line of a text that stands for what was left out ("// ... rest unchanged"), and is no line of the text that
 * it is to replace. What a model does not write is gone.
 */
export function placeholderIn(fresh: string, old: string): string | undefined {
  if (!/\.\.\.|…|\bunchanged|\bomitted|the same|as (?:is|before)/i.test(fresh)) return undefined;
  const known = new Set(old.split("\n").map((line) => line.trim()));
  return fresh
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line.length <= LONGEST && isPlaceholder(line) && !known.has(line));
}

function isPlaceholder(line: string): boolean {
  const said = line.replace(MARKS, "").trim();
  if (PLAIN.test(said)) return true;
  return (
    /^[([{]?(?:\.{3}|…)|(?:\.{3}|…)[)\]}]?$/.test(said) &&
    ABOUT.test(said) &&
    /^[\w\s.,:;…()[\]{}'-]*$/.test(said)
  );
}
