/** Crockford's base 32: no letter that is mistaken for another. https://www.crockford.com/base32.html */
const digits = "0123456789abcdefghjkmnpqrstvwxyz";

/** A new conversation's id, written `xxx-xxxx`: 35 bits of the given chance. */
export function conversationId(random: () => number): string {
  const digit = (): string => digits[Math.floor(random() * 32)] as string;
  const seven = Array.from({ length: 7 }, digit).join("");
  return `${seven.slice(0, 3)}-${seven.slice(3)}`;
}
