import { Random } from "../../conformance/random.ts";

/** How many bytes may be decoded for one text of which not every position can be tried. */
const SAMPLED_BYTES = 1_500_000;
/** The streams tried at every position, by the sum of their lengths. */
const WHOLLY_TRIED_BYTES = 64 * 1024;

/**
 * Chooses where to cut texts, the shortest first: at every position until those come to 64 KB, then at a seeded
 * sample of each, so that the work is bounded whatever the texts are.
 */
export class Positions {
  #left = WHOLLY_TRIED_BYTES;
  #tried = 0;
  #texts = 0;
  #whollyTried = 0;

  /** Cuts of a text with this many bytes, from 0 up to and with its length. */
  of(length: number): number[] {
    // The whole of it takes an hour and more; a release does it once.
    const all = process.env["COLLOQUY_EVERY_POSITION"] === "1" || this.#left >= length;
    this.#left -= length;
    const positions = all ? Array.from({ length: length + 1 }, (_, at) => at) : sample(length);
    this.#texts++;
    if (all) this.#whollyTried++;
    this.#tried += positions.length;
    return positions;
  }

  /** For the test's output. */
  report(): string {
    return `${this.#tried} positions in ${this.#texts} answers (${this.#whollyTried} of them at every position)`;
  }
}

function sample(length: number): number[] {
  const random = new Random(length);
  const count = Math.max(16, Math.floor(SAMPLED_BYTES / length));
  const chosen = new Set([0, 1, length - 1, length]);
  // A sample that comes near to all positions would be long in finding the last.
  for (let i = 0; i < count; i++) chosen.add(random.below(length + 1));
  return [...chosen].sort((a, b) => a - b);
}
