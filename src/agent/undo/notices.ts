import type { Announce, Companion } from "../companion.ts";
import { inOneLine } from "../text/file-text.ts";
import { whyLeftOut, type LeftOut } from "./coverage.ts";

/** So many paths are told by name. */
const TOLD = 5;

/** What people should know of snapshots, each thing once. */
export class Notices {
  readonly #told = new Set<string>();
  #waiting: string[] = [];

  /** Tells what waits, before a turn and after each step. */
  readonly companion: Companion = {
    beforeTurn: async (announce) => this.#tell(announce),
    afterStep: async (announce) => {
      this.#tell(announce);
      return undefined;
    },
    afterTurn: async (_, announce) => {
      this.#tell(announce);
      return undefined;
    },
  };

  add(text: string): void {
    if (!this.#waiting.includes(text)) this.#waiting.push(text);
  }

  /** What a snapshot does not cover. */
  leftOut(all: readonly LeftOut[]): void {
    const news = all.filter(({ path }) => !this.#told.has(path));
    if (news.length === 0) return;
    for (const { path } of news) this.#told.add(path);
    const named = news.slice(0, TOLD).map(({ path, why }) => `${inOneLine(path)} (${whyLeftOut(why)})`);
    const more = news.length > TOLD ? ` and ${news.length - TOLD} more` : "";
    this.add(`undo does not cover ${named.join(", ")}${more}: what happens to it cannot be taken back`);
  }

  #tell(announce: Announce): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const text of waiting) announce({ type: "notice", text });
  }
}
