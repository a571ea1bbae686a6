/** Crockford's base 32: no letter that is mistaken for another. https://www.crockford.com/base32.html */
const digits = "0123456789abcdefghjkmnpqrstvwxyz";

/** A new conversation's id, written `xxx-xxxx`: 35 bits of the given chance. */
export function conversationId(random: () => number): string {
  let id = "";
  for (let i = 0; i < 7; i++) {
    if (i === 3) id += "-";
    id += digits[Math.floor(random() * 32)] as string;
  }
  return id;
}
