/** The text with each line cut after so many UTF-16 units, and told by how much. */
export function capLines(text: string, longest: number): string {
  if (text.length <= longest) return text;
  let out = "";
  let from = 0;
  while (from < text.length) {
    const newline = text.indexOf("\n", from);
    const end = newline === -1 ? text.length : newline;
    out += capLine(text.slice(from, end), longest);
    if (newline !== -1) out += "\n";
    from = end + 1;
  }
  return out;
}

/** One line, cut. */
export function capLine(line: string, longest: number): string {
  if (line.length <= longest) return line;
  const shown = line.slice(0, isHigh(line.charCodeAt(longest - 1)) ? longest - 1 : longest);
  return `${shown}… (${line.length - shown.length} more characters)`;
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
