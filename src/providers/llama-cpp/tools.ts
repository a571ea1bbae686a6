import { ModelError } from "../../llm/errors.ts";
import type { Request } from "../../llm/request.ts";
import type { ToolSpec } from "../../llm/tool.ts";
import type { ChatWrapper, Functions } from "./library.ts";
import { grammarSchema } from "./schema.ts";

/** The tools of a request, as the engine offers them. */
export interface Offer {
  /** Those that the model is told of. */
  readonly known: Functions;
  /** Those that it may call now. */
  readonly callable: Functions;
  /** Whether it has to. */
  readonly forced: boolean;
  readonly parallel: boolean;
}

/**
 * What a request offers; undefined where the model may call nothing.
 * @throws ModelError `invalid-request` for a choice of a tool that is not there, and for names the engine cannot bind.
 */
export function offer({ tools = [], toolChoice = { mode: "auto" } }: Request): Offer | undefined {
  const specs = tools.filter((tool): tool is ToolSpec => tool.type !== "vendor");
  if (toolChoice.mode === "none" || (specs.length === 0 && toolChoice.mode === "auto")) return undefined;
  const known = Object.fromEntries(specs.map((tool) => [checked(tool.name), declaration(tool)]));
  const callable =
    toolChoice.mode === "tool"
      ? Object.fromEntries(Object.entries(known).filter(([name]) => name === toolChoice.name))
      : known;
  if (Object.keys(callable).length === 0) {
    const which = toolChoice.mode === "tool" ? JSON.stringify(toolChoice.name) : "any";
    throw invalid(
      `the model must call ${which}, but there is no such tool; add it to tools, or change toolChoice`,
    );
  }
  return { known, callable, forced: toolChoice.mode !== "auto", parallel: toolChoice.parallel ?? true };
}

function declaration({ description, inputSchema }: ToolSpec): Functions[string] {
  const params = grammarSchema(inputSchema);
  const empty =
    "properties" in params && Object.keys(params.properties ?? {}).length === 0 && isClosed(inputSchema);
  return { ...(description !== undefined && { description }), ...(!empty && { params }) };
}

/** Whether an object without named members can have none: such a call needs no arguments to be written. */
function isClosed({ properties, additionalProperties }: ToolSpec["inputSchema"]): boolean {
  return additionalProperties === false || (properties !== undefined && additionalProperties === undefined);
}

function checked(name: string): string {
  if (/^\S+$/.test(name)) return name;
  throw invalid(`the engine takes no tool with the name ${JSON.stringify(name)}; leave out the blanks`);
}

function invalid(message: string): ModelError {
  return new ModelError(message, { kind: "invalid-request" });
}

/**
 * A chat wrapper that also tells of tools which may not be called now, and begins the answer with a call where one is
 * forced. It changes what the original says, and is the original in all else.
 */
export function wrapperFor(wrapper: ChatWrapper, tools: Offer | undefined): ChatWrapper {
  if (tools === undefined) return wrapper;
  const generateContextState: ChatWrapper["generateContextState"] = (options) => {
    const state = wrapper.generateContextState({ ...options, availableFunctions: tools.known });
    if (!tools.forced) return state;
    const { contextText, stopGenerationTriggers } = state;
    const functionCall = { initiallyEngaged: true, disengageInitiallyEngaged: [] };
    return { contextText, stopGenerationTriggers, functionCall };
  };
  return Object.create(wrapper, { generateContextState: { value: generateContextState } }) as ChatWrapper;
}
