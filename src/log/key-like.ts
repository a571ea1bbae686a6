/*
 * What a key looks like: the one idea of it, for whatever writes to a file what was said (logs, recordings). Each
 * expression takes time in proportion to the text: a repetition either cannot fail once it has begun, or is followed by
 * something that cannot be part of it, and begins where another cannot.
 */

/** A name under which a credential stands: of a header, a variable, a field. `max_tokens` is none. */
const NAME = [
  "(?:api|access|secret|private|signing|encryption|auth|master)[-_. ]?keys?",
  "(?:access|auth|refresh|session|bearer|api)[-_. ]?tokens",
  "token|secrets?|passwords?|passwd|passphrase|authorization|credentials?|cookies?|jwt",
].join("|");

// A key starts where a word starts. What stands before it may also be an escape, of JSON, of a URL, of a terminal's
// colours, whose last letter is no part of it.
const START = String.raw`(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9a-fA-F]{2})|(?<=\[[0-9;]{1,12}m))`;

const KEYS = new RegExp(
  `${START}(?:${[
    "sk-[A-Za-z0-9_-]{12,}", // OpenAI, Anthropic (sk-ant-), OpenRouter (sk-or-), DeepSeek
    "(?:csk|xai|pplx|nvapi)-[A-Za-z0-9_-]{16,}", // Cerebras, xAI, Perplexity, NVIDIA
    "AIza[A-Za-z0-9_-]{20,}", // Google
    String.raw`ya29\.[A-Za-z0-9_-]{16,}`, // Google OAuth
    "(?:gsk|hf|fw|r8|tgp|npm)_[A-Za-z0-9_-]{16,}", // Groq, Hugging Face, Fireworks, Replicate, Together, npm
    "(?:gh[pousr]|github_pat)_[A-Za-z0-9_]{16,}", // GitHub
    "glpat-[A-Za-z0-9_-]{16,}", // GitLab
    "(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{16,}", // Stripe
    "(?:xox[abceoprs]|xapp)-[A-Za-z0-9-]{10,}", // Slack
    "(?:AKIA|ASIA)[A-Z0-9]{16,}", // AWS
  ].join("|")})`,
  "g",
);
const BEARER = new RegExp(String.raw`${START}(bearer\s+)[A-Za-z0-9._~+/=-]{16,}`, "gi");
const BASIC = new RegExp(String.raw`${START}(basic[ \t]+)[A-Za-z0-9+/]{16,}={0,2}`, "gi");
// Parts of base64url between dots, of which the first begins as `{"` does. It takes in what has no dot as well.
const JWT = new RegExp(`${START}${String.raw`eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*`}`, "g");
// One that was cut has no end.
const PEM = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z0-9 ]{1,60}-----|$)/g;
const IN_QUERY =
  /([?&](?:key|api[-_]?key|access[-_]?token|token|sig|signature|client[-_]?secret|x-amz-signature)=)[^&#\s"'\\]*/gi;

const ENDS_AS_NAME = new RegExp(`(?:${NAME}|^_?auth|basic[-_ ]?auth)$`, "i");

/** Whether what stands under this name is to be kept to oneself. */
export function isSecretName(name: string): boolean {
  return ENDS_AS_NAME.test(name.length > 64 ? name.slice(-64) : name);
}

/** The text with each key-like string replaced by the mark; the words around them stay. */
export function replaceKeys(text: string, mark: string): string {
  return text
    .replace(PEM, mark)
    .replace(KEYS, mark)
    .replace(BEARER, `$1${mark}`)
    .replace(BASIC, (found, basic: string) => (/[0-9+/=]|[a-z][A-Z]/.test(found) ? basic + mark : found))
    .replace(JWT, (found) => (found.includes(".") ? mark : found));
}

/** The text with what the queries of its URLs have under the name of a key replaced by the mark. */
export function replaceQueryKeys(text: string, mark: string): string {
  return text.replace(IN_QUERY, `$1${mark}`);
}

const USER = /(:\/\/[^\s/:@"'\\]*:)[^\s/@"'\\]+(?=@)/g;
const HEADER_LINE = /\b((?:authorization|cookie):[ \t]*)[^\n\r"'`\\]+/gi;
// In JSON, also in JSON within a text of JSON: a quote with some backslashes before it ends at the same again.
const ASSIGNED = new RegExp(
  String.raw`((?:${NAME})\\*["'${"`"}]?[ \t]*(?::|=>?)[ \t]*(?:\[[ \t]*)?)` +
    String.raw`(?:(\\*["'${"`"}])(?:(?!(?<!\\)\2)[^\n\r])+|[^\s"'${"`"}\\&[]+)`,
  "gi",
);

/**
 * The text with everything replaced that has the name of a key before it, in JSON, a shell, a header or a URL. That is
 * too much where the text is to be used again (`password: required`), and right where it is only to be read.
 */
export function replaceAssigned(text: string, mark: string): string {
  if (!/[=:]/.test(text)) return text;
  return replaceQueryKeys(text, mark)
    .replace(USER, `$1${mark}`)
    .replace(HEADER_LINE, `$1${mark}`)
    .replace(ASSIGNED, (_, name: string, quote = "") => `${name}${quote}${mark}`);
}
