/** The name that was probably meant, or undefined where a guess would only puzzle. */
export function near(given: string, names: readonly string[]): string | undefined {
  const scored = names.map((name) => ({ name, likeness: likeness(given, name) }));
  const best = scored.reduce((a, b) => (b.likeness > a.likeness ? b : a), { name: "", likeness: 0 });
  return best.likeness > 0.75 ? best.name : undefined;
}

/** The share of letters in common, in whatever order: slips swap, drop and double letters. Lost words count little. */
function likeness(given: string, name: string): number {
  const words: string[] = given.toLowerCase().match(/[a-z]+/g) ?? [];
  const known: string[] = name.match(/[a-z]+/g) ?? [];
  if (words.length > 0 && words.every((word) => known.includes(word))) return 0.8;
  const [a, b] = [words.join(""), known.join("")];
  if (a[0] !== b[0]) return 0;
  let left = b;
  for (const letter of a) left = left.replace(letter, "");
  return (b.length - left.length) / Math.max(a.length, b.length);
}
