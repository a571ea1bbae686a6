import type { Part } from "../llm/message.ts";
import type { Delivery } from "./event.ts";

/** Something that was said to an agent and has not reached the model. */
export interface Waiting {
  /** Counts what was said, from 1. */
  readonly message: number;
  readonly content: string | readonly Part[];
  readonly delivery: Delivery;
}

/** What people said to an agent, in their order, until it is said to the model. */
export class Inbox {
  #waiting: readonly Waiting[] = [];
  #count = 0;

  add(content: string | readonly Part[], delivery: Delivery): Waiting {
    const waiting: Waiting = { message: ++this.#count, content, delivery };
    this.#waiting = [...this.#waiting, waiting];
    return waiting;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** What is to be said in the turn that runs: all that steers. */
  takeSteering(): readonly Waiting[] {
    return this.#take(({ delivery }) => delivery === "steer");
  }

  /** What the next turn begins with: what steers a turn that is over, and else the first that waits. */
  takeNext(): readonly Waiting[] {
    const steering = this.takeSteering();
    if (steering.length > 0) return steering;
    const [first] = this.#waiting;
    return this.#take((each) => each === first);
  }

  /** Takes back what has not been said yet; undefined where it was. */
  remove(message: number): Waiting | undefined {
    return this.#take((each) => each.message === message)[0];
  }

  #take(wanted: (each: Waiting) => boolean): readonly Waiting[] {
    const taken = this.#waiting.filter(wanted);
    this.#waiting = this.#waiting.filter((each) => !wanted(each));
    return taken;
  }
}

/** Several things that were said, as one message. */
export function together(waiting: readonly Waiting[]): readonly Part[] {
  return waiting.flatMap(({ content }) =>
    typeof content === "string" ? [{ type: "text", text: content } as const] : content,
  );
}
