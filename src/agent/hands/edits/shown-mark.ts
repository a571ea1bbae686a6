/** As what cannot be seen is shown to a model (src/agent/text/invisible.ts). */
const MARK = /‹U\+[0-9A-F]{4,6}(?: and \d+ more unseen)?›/g;

/**
 * Why a text is not taken that has such a mark where the file has not: it would stand in the file instead of what it
 * stood for. Undefined for a text without one.
 */
export function shownMarkProblem(name: string, text: string, file: string): string | undefined {
  const mark = text.match(MARK)?.find((each) => !file.includes(each));
  if (mark === undefined) return undefined;
  return `${name} has ${mark}, which only shows what is in the file there and cannot be seen; leave that place alone, or change it with a program`;
}
