/** A key that must never be seen again: as itself, and as it usually stands in a text. */
export interface Canary {
  readonly secret: string;
  readonly text: string;
}

// Put together here, so that no scanner takes this file for a leak.
const filler = (salt: string): string => `Q7${salt}xK4mZ9vB2`.repeat(4).slice(0, 36);
const looking = (start: string, salt: string): Canary => {
  const secret = start + filler(salt);
  return { secret, text: secret };
};
const odd = (salt: string, text: (secret: string) => string): Canary => {
  const secret = `0${salt}-odd.${filler(salt).toLowerCase()}`;
  return { secret, text: text(secret) };
};
const base64 = (text: string): string => Buffer.from(text).toString("base64url");
const jwt = `${base64('{"alg":"HS256","typ":"JWT"}')}.${base64('{"sub":"1234567890","name":"J"}')}.${filler("jw")}`;
const pem = `${filler("pe")}${filler("em")}`;

/** Keys of twelve forms. */
export const canaries: Readonly<Record<string, Canary>> = {
  Anthropic: looking("sk-ant-api03-", "an"),
  OpenAI: looking("sk-proj-", "oa"),
  Google: looking("AIza", "go"),
  Groq: looking("gsk_", "gr"),
  xAI: looking("xai-", "xa"),
  GitHub: looking("ghp_", "gh"),
  AWS: { secret: "AKIAQ7K4MZ9VB2XW8N3T", text: "AKIAQ7K4MZ9VB2XW8N3T" },
  JWT: { secret: jwt, text: jwt },
  PEM: { secret: pem, text: `-----BEGIN RSA PRIVATE KEY-----\n${pem}\n-----END RSA PRIVATE KEY-----` },
  bearer: odd("be", (secret) => `Bearer ${secret}`),
  field: odd("fi", (secret) => `{"password": "${secret}"}`),
  assignment: odd("as", (secret) => `GATEWAY_API_KEY=${secret}`),
};

/** What of the key is in the text: pieces of 12 characters, of which too many are in it to be there by chance. */
export function seen({ secret }: Canary, text: string): string | undefined {
  for (let at = 0; at + 12 <= secret.length; at += 4) {
    const piece = secret.slice(at, at + 12);
    if (text.includes(piece)) return piece;
  }
  return undefined;
}
