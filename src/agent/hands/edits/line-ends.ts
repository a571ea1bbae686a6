/** How the line ends that is nearest to a place, looking forward first: as a new line there is to end. */
export function lineEndAt(text: string, place: number): "\n" | "\r\n" {
  const after = text.indexOf("\n", place);
  const at = after === -1 ? text.lastIndexOf("\n", place - 1) : after;
  return at > 0 && text[at - 1] === "\r" ? "\r\n" : "\n";
}

/**
 * The text with its lines ended as those of the file are at that place. Models write `\n` whatever the file has; one
 * that writes `\r` itself is taken at its word.
 */
export function withLineEndsOf(file: string, place: number, text: string, old: string): string {
  if (!text.includes("\n") || text.includes("\r") || old.includes("\r")) return text;
  return lineEndAt(file, place) === "\r\n" ? text.replaceAll("\n", "\r\n") : text;
}
