const LONGEST = 48;

/**
 * What may stand in the name of a branch, of a folder and of a URL: small letters and digits of ASCII, and single hyphens
 * between them; at most 48. Empty where nothing of that kind is in it. Pure.
 */
export function slug(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replaceAll("ß", "ss")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, LONGEST + 1)
    .replace(/^-+/, "")
    .slice(0, LONGEST)
    .replace(/-+$/, "");
}
