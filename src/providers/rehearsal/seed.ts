/** A number from texts and numbers, the same each time (FNV-1a over UTF-16 units, 32 bits). */
export function hash(...values: readonly (string | number)[]): number {
  let sum = 0x811c9dc5;
  for (const value of values) {
    const text = String(value);
    for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
    sum = Math.imul(sum ^ 0xffff, 0x01000193);
  }
  return sum >>> 0;
}

const vocabulary = (
  "a the one two all no yes and or but we you they it is was can may will see say hear know think ask tell " +
  "play part line word voice stage light scene act role mask curtain song pause again once more here there"
).split(" ");

/** So many words from a list, in turn; from a list of our own, in seeded order, when it is empty. */
export function words(count: number, from: readonly string[], seed: number): string {
  const said = new Array<string>(count);
  let state = seed;
  for (let i = 0; i < count; i++) {
    // mulberry32: small, and good enough for small talk.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const list = from.length > 0 ? from : vocabulary;
    said[i] = list[(from.length > 0 ? i : (mixed ^ (mixed >>> 14)) >>> 0) % list.length] as string;
  }
  return said.join(" ");
}
