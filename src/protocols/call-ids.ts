/**
 * Keeps apart the ids of one answer's calls: two of one id would share their results, and vendors refuse a history that
 * has them. Ids that differ stay as they were sent.
 */
export class CallIds {
  /** Absent before the first call: most answers have none. */
  #taken: Set<string> | undefined;
  /** Counts on and never back, so that no number is tried twice, whatever ids were chosen to be in the way. */
  #renamed = 1;

  /** How many calls have an id. */
  get count(): number {
    return this.#taken?.size ?? 0;
  }

  /** The id of one more call: the given one, unless an earlier call has it; then one with a number behind it. */
  own(id: string): string {
    const taken = (this.#taken ??= new Set());
    let unique = id;
    while (taken.has(unique)) unique = `${id}_${++this.#renamed}`;
    taken.add(unique);
    return unique;
  }
}
