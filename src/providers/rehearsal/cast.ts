import type { JsonValue } from "../../llm/json.ts";
import type { ToolSpec } from "../../llm/tool.ts";
import type { Request } from "../../llm/request.ts";
import type { Plan, Said, ToolNames } from "./plan.ts";
import { sample } from "./sample.ts";
import { words } from "./seed.ts";

/** A part of an answer as it will be said: names chosen, words written out. */
export type Draft =
  | { readonly type: "text"; readonly text: string; readonly citations?: readonly JsonValue[] }
  | { readonly type: "thinking"; readonly text: string }
  | CallDraft;

/** A call as it will be made; `text` is its arguments. */
interface CallDraft {
  readonly type: "tool-call";
  readonly name: string;
  readonly text: string;
  readonly id?: string;
  /** The arguments end early, and are none even if they happen to be JSON. */
  readonly cut?: true;
}

/** Gives a plan's parts to the tools that this request offers, and its schema. Empty texts are left out. */
export function cast(plan: Plan, request: Request, seed: number): readonly Draft[] {
  return plan.says.flatMap((said) => write(said, request, seed)).filter((draft) => !isEmpty(draft));
}

function write(said: Said, { tools = [], responseSchema }: Request, seed: number): readonly Draft[] {
  const offered = tools.filter((tool): tool is ToolSpec => tool.type !== "vendor");
  switch (said.type) {
    case "answer": {
      const text = responseSchema === undefined ? said.text : JSON.stringify(sample(responseSchema.schema));
      return [{ type: "text", text }];
    }
    case "text":
    case "thinking":
      return [said];
    case "words":
      return [{ type: "text", text: words(said.count, said.from, seed) }];
    case "call": {
      const { names, argumentsText: text, id } = said;
      return [{ type: "tool-call", name: choose(names, offered), text, ...(id !== undefined && { id }) }];
    }
    case "every-tool":
      if (offered.length === 0) return [{ type: "text", text: "No tool was offered." }];
      return offered.map(({ name, inputSchema }) => {
        return { type: "tool-call", name, text: JSON.stringify(sample(inputSchema)) };
      });
  }
}

function choose(names: ToolNames, offered: readonly ToolSpec[]): string {
  return names.find((name) => offered.some((tool) => tool.name === name)) ?? names[0];
}

function isEmpty(draft: Draft): boolean {
  return draft.type !== "tool-call" && draft.text === "";
}
