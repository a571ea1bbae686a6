import type { Facts } from "./reading.ts";
import type { Wire } from "./wire.ts";

interface Known {
  /** Two or three words for it. */
  readonly name: string;
  /** What each of the two does, and why ours is right or may be so. */
  readonly reason: string;
  /** Whether an answer is such a one. It sees what was sent and nothing of what a reader made of it. */
  when(wire: Wire): boolean;
}

/**
 * A difference between an SDK and us that is as it should be. It explains no more than it says: all that it does not
 * mend must still be equal.
 */
export type KnownDifference =
  /** Both answer: this is what the SDK would have to say. */
  | (Known & { readonly kind: "sdk-misreads"; mend(bySdk: Facts, wire: Wire): Facts })
  /** The SDK throws an error with this message, we answer. */
  | (Known & { readonly kind: "sdk-refuses"; readonly says: RegExp })
  /** The SDK answers, we throw an error with this message. */
  | (Known & { readonly kind: "we-refuse"; readonly says: RegExp });
