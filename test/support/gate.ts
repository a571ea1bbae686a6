/** A promise that the test itself resolves. */
export interface Gate<Value = void> {
  readonly opened: Promise<Value>;
  readonly open: (value: Value) => void;
}

export function gate<Value = void>(): Gate<Value> {
  let open: (value: Value) => void = () => undefined;
  const opened = new Promise<Value>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** What a run emitted, and a way to wait for what it will emit. */
export class Heard<Event extends { readonly type: string }> {
  readonly events: Event[] = [];
  #waiting: { readonly enough: () => boolean; readonly resolve: () => void }[] = [];

  readonly onEvent = (event: Event): void => {
    this.events.push(event);
    const due = this.#waiting.filter(({ enough }) => enough());
    this.#waiting = this.#waiting.filter((waiting) => !due.includes(waiting));
    for (const { resolve } of due) resolve();
  };

  /** Resolves when `count` events of this type have been heard. */
  until(type: Event["type"], count = 1): Promise<void> {
    const enough = (): boolean => this.count(type) >= count;
    if (enough()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ enough, resolve }));
  }

  count(type: Event["type"]): number {
    return this.events.filter((event) => event.type === type).length;
  }

  types(): string[] {
    return this.events.map(({ type }) => type);
  }
}

/** Lets everything that is ready run: promises, and what Node's own queues hold. No time passes. */
export async function settled(turns = 5): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
