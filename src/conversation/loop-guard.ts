import { writeJson } from "../llm/json.ts";
import { text, type ResultPart, type ToolCallPart, type ToolResultPart } from "../llm/message.ts";
import type { Tool } from "./tool.ts";

/** When a model that goes in circles is told so, and when it is stopped: after how many equal calls in a row. */
export interface LoopLimits {
  readonly tellAt: number;
  readonly stopAt: number;
}

export const defaultLoopLimits: LoopLimits = { tellAt: 3, stopAt: 6 };

/** Notices that the same call brings the same result, step after step. */
export class LoopGuard {
  readonly #limits: LoopLimits;
  /** How often each call of the last step was made in a row, with the same result. */
  #runs = new Map<string, number>();

  readonly #tools: ReadonlyMap<string, Tool>;

  constructor(limits: LoopLimits, tools: ReadonlyMap<string, Tool>) {
    this.#limits = limits;
    this.#tools = tools;
  }

  /** The results of one step, with a word to the model where it repeats itself; and whether it is to be stopped. */
  see(
    calls: readonly ToolCallPart[],
    results: readonly ToolResultPart[],
  ): { readonly results: readonly ToolResultPart[]; readonly looping: boolean } {
    const runs = new Map<string, number>();
    let looping = false;
    const told = results.map((result, at) => {
      const call = calls[at];
      if (call === undefined) return result;
      const key = writeJson([call.name, call.argumentsText, this.#gist(call.name, result)]);
      const times = (this.#runs.get(key) ?? 0) + 1;
      runs.set(key, times);
      if (times >= this.#limits.stopAt) looping = true;
      if (times < this.#limits.tellAt) return result;
      const word = text(
        `[You have made this call ${times} times in a row, and its result was the same each time. Do something else, or say what keeps you.]`,
      );
      return { ...result, content: [...result.content, word] };
    });
    this.#runs = runs;
    return { results: told, looping };
  }

  /** What counts of a result. */
  #gist(name: string, { content }: ToolResultPart): readonly ResultPart[] {
    const tool = this.#tools.get(name);
    if (tool?.gist === undefined) return content;
    return content.map((part) => (part.type === "text" ? text(tool.gist?.(part.text) ?? part.text) : part));
  }
}
