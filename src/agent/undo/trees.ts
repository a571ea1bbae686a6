import { hash as digest } from "node:crypto";
import { decodeListing, encodeListing, type Listing } from "./entry.ts";
import type { Objects } from "./objects.ts";

/** Listings of folders by their hashes; those of the last scan at hand. */
export class Trees {
  readonly #objects: Objects;
  #atHand = new Map<string, Listing>();

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  /** @throws UndoError `damaged` */
  listing(hash: string): Listing {
    const known = this.#atHand.get(hash);
    if (known !== undefined) return known;
    const listing = decodeListing(this.#objects.read(hash));
    this.#atHand.set(hash, listing);
    return listing;
  }

  /** The hash of a listing, which is kept, or only at hand until the next scan. */
  add(listing: Listing, keep: boolean): string {
    const bytes = encodeListing(listing);
    const hash = keep ? this.#objects.put(bytes) : digest("sha256", bytes, "hex");
    this.#atHand.set(hash, listing);
    return hash;
  }

  /** Lets go of what is at hand. */
  clear(): void {
    this.#atHand.clear();
  }
}
