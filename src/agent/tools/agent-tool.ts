import { defineTool, type Tool, type ToolContext, type ToolOutput } from "../../conversation/tool.ts";
import type { JsonObject } from "../../llm/json.ts";

/** What a tool of the agent is made from. */
export interface AgentTool<Arguments> {
  readonly name: string;
  /** For the model: what it does, and what it would not guess. */
  readonly description: string;
  /** The JSON Schemas of its arguments. */
  readonly properties: { readonly [Name in keyof Arguments]-?: JsonObject };
  readonly required: readonly (keyof Arguments & string)[];
  readonly readOnly?: boolean;
  readonly idempotent?: boolean;
  /** {@link Tool.gist} */
  gist?(result: string): string;
  run(given: Arguments, context: ToolContext): Promise<ToolOutput>;
}

/** A tool whose arguments are of the type that their schemas describe; others are refused before it runs. */
export function agentTool<Arguments>(definition: AgentTool<Arguments>): Tool {
  const { name, description, properties, required, readOnly, idempotent } = definition;
  return defineTool({
    name,
    description,
    input: { type: "object", properties, required, additionalProperties: false },
    ...(readOnly !== undefined && { readOnly }),
    ...(idempotent !== undefined && { idempotent }),
    ...(definition.gist !== undefined && { gist: (result: string) => definition.gist?.(result) ?? result }),
    run: (given, context) => definition.run(given as unknown as Arguments, context),
  });
}
