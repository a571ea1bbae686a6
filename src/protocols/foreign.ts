/*
 * What a vendor refuses of another vendor's conversation, put into a form that it takes. Each form depends on nothing
 * but what it stands for: calls and their results are encoded at different times, and must agree.
 */

/** An id of a call as it is where it fits, else one made from it. */
export function fittingId(id: string, fits: RegExp): string {
  return fits.test(id) ? id : `call_${digest(id)}`;
}

/** A tool's name as it is where it fits, else what can be said of it, with a mark that tells it from its likes. */
export function fittingName(name: string, fits: RegExp): string {
  if (fits.test(name)) return name;
  const sayable = name.replace(/[^a-zA-Z0-9_-]+/g, "_").slice(0, 40);
  return `${/^[a-zA-Z_]/.test(sayable) ? "" : "_"}${sayable}_${digest(name).slice(0, 8)}`;
}

/** Half a surrogate pair, or a whole one, or another escape. */
const escapes = /\\(?:u(d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})|u(d[89a-f][0-9a-f]{2})|.)/gi;

/** JSON text in which no escape says half a character, which many servers refuse to read. */
export function wholeCharacters(json: string): string {
  if (!/\\ud/i.test(json)) return json;
  return json.replace(escapes, (escape, _pair, half: string | undefined) =>
    half === undefined ? escape : "\ufffd",
  );
}

/** 64 bits as 16 hexadecimal digits: the ids of one conversation do not meet by chance. */
function digest(text: string): string {
  const [a, b] = hashes(text);
  return a.toString(16).padStart(8, "0") + b.toString(16).padStart(8, "0");
}

/** A whole number of 53 bits that differs where texts differ. */
export function number53(text: string): number {
  const [a, b] = hashes(text);
  return 4294967296 * (2097151 & b) + a;
}

/** Two hashes of 32 bits each (cyrb53, public domain). */
function hashes(text: string): [number, number] {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    a = Math.imul(a ^ c, 2654435761);
    b = Math.imul(b ^ c, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return [a >>> 0, b >>> 0];
}
