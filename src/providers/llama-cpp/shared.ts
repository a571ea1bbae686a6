/** Something that several hold, made for the first and ended after the last. */
interface Held<Value> {
  readonly value: Promise<Value>;
  holders: number;
}

/** Things by key, of which each exists once however many hold it. */
export class Shared<Value> {
  readonly #held = new Map<string, Held<Value>>();

  /** The thing of this key. Whoever takes it lets go of it once; one that could not be made is not held. */
  async take(key: string, make: () => Promise<Value>): Promise<Value> {
    const held = this.#held.get(key) ?? { value: make(), holders: 0 };
    this.#held.set(key, held);
    held.holders++;
    try {
      return await held.value;
    } catch (error) {
      if (this.#held.get(key) === held) this.#held.delete(key);
      throw error;
    }
  }

  /** Ends it when nobody holds it any more. */
  async letGo(key: string, end: (value: Value) => Promise<void>): Promise<void> {
    const held = this.#held.get(key);
    if (held === undefined || --held.holders > 0) return;
    this.#held.delete(key);
    await end(await held.value);
  }
}
