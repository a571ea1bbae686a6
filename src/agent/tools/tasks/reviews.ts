import { createHash } from "node:crypto";

/** Which diffs were reviewed, as long as the process lives. What is changed afterwards has another diff. */
export class Reviews {
  readonly #reviewed = new Set<string>();

  mark(diff: string): void {
    this.#reviewed.add(hashOf(diff));
  }

  has(diff: string): boolean {
    return this.#reviewed.has(hashOf(diff));
  }
}

function hashOf(diff: string): string {
  return createHash("sha256").update(diff).digest("hex");
}
