import { replaceAssigned, replaceKeys } from "./key-like.ts";

/** What stands in a record in place of a secret. */
export const REDACTED = "***";

/** Shorter ones stand in too many words by chance. */
const SHORTEST_SECRET = 8;

/** Makes a text fit to be written: keys are taken out, then it is cut. */
export interface Redactor {
  /** At most `longest` characters of the text; where it is longer, its length is told. */
  (text: string, longest: number): string;
}

/** No key that is known by its form is shorter. */
const SHORTEST_KEY = 12;

/** Text is looked at so far beyond the cut, so that a key which the cut goes through is seen for what it is. */
const BEYOND = 4096;
/** Of what was looked at, so much of the end is dropped: too short a piece of a key does not look like one. */
const EDGE = 64;

/** A redactor that also knows some secrets by their value, whatever they look like. */
export function redactor(secrets: readonly string[] = []): Redactor {
  const known = [...new Set(secrets.filter((secret) => secret.length >= SHORTEST_SECRET).flatMap(spellings))]
    // One may be a piece of another.
    .sort((a, b) => b.length - a.length);
  const beyond = BEYOND + (known[0]?.length ?? 0);
  const edge = Math.max(EDGE, known[0]?.length ?? 0);
  const clean = (text: string): string => {
    let left = text;
    if (left.length >= SHORTEST_SECRET) {
      for (const secret of known) left = left.replaceAll(secret, REDACTED);
    }
    if (left.length >= SHORTEST_KEY) left = replaceKeys(left, REDACTED);
    return replaceAssigned(left, REDACTED);
  };
  return (text, longest) => {
    if (text.length <= longest) return clean(text);
    const whole = text.length <= longest + beyond;
    const cleaned = clean(whole ? text : text.slice(0, longest + beyond));
    const shown = cleaned.slice(0, whole ? longest : Math.max(0, Math.min(longest, cleaned.length - edge)));
    return `${shown}… (${text.length} characters)`;
  };
}

/** A secret as itself, in JSON and in a URL. */
function spellings(secret: string): string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), inUrl(secret)];
}

function inUrl(secret: string): string {
  try {
    return encodeURIComponent(secret);
  } catch {
    return secret; // half a character
  }
}
