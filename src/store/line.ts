/** The longest line that is kept of what somebody gives, in UTF-16 units. */
const LONGEST = 200;

/**
 * The beginning of a text as one line for people: no controls, nothing that turns a terminal's text around, no halves
 * of characters.
 */
export function lineOf(text: string, longest: number = LONGEST): string {
  // What is read of a text of megabytes is its beginning.
  const line = text
    .slice(0, 20 * longest)
    .replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}\s]+/gu, " ")
    .trim();
  if (line.length <= longest) return line;
  return `${line
    .slice(0, longest - 1)
    .replace(/[\ud800-\udbff]$/, "")
    .trimEnd()}…`;
}
