import type { Kind, Score } from "./scoreboard.ts";

/** One thing that an exchange showed: that its answer, its request or its error is read as the second reading does. */
export interface Seen {
  readonly kind: Kind;
  readonly agrees: boolean;
  readonly protocol: string;
  /** The recording's name for who answered. */
  readonly service: string;
  /** The names of its model: as asked for, then as the answer says. Empty where neither tells. */
  readonly models: readonly string[];
}

export type Counts = Readonly<Record<Kind, Score>>;

/** What the recorded exchanges showed, to be counted by whose they are. */
export class Evidence {
  readonly #seen: Seen[] = [];

  add(seen: Seen): void {
    this.#seen.push(seen);
  }

  /** Each service with the language that it was asked in, in order. */
  services(): { readonly protocol: string; readonly service: string }[] {
    const all = new Map(
      this.#seen.map(({ protocol, service }) => [`${protocol}/${service}`, { protocol, service }]),
    );
    return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
  }

  count(fits: (seen: Seen) => boolean): Counts {
    const of = (kind: Kind): Score => {
      const seen = this.#seen.filter((each) => each.kind === kind && fits(each));
      return { total: seen.length, passed: seen.filter(({ agrees }) => agrees).length };
    };
    return { responses: of("responses"), requests: of("requests"), errors: of("errors") };
  }

  /** The names that models were asked by, of those whose answers were read. */
  models(fits: (seen: Seen) => boolean): ReadonlySet<string> {
    const answers = this.#seen.filter((each) => each.kind === "responses" && fits(each));
    return new Set(answers.flatMap(({ models }) => models.slice(0, 1)));
  }
}
