import type { Tool, ToolOutput } from "../conversation/tool.ts";
import type { Attributes } from "./api.ts";
import { EXECUTE_TOOL, names, TOOL_FAILED } from "./conventions.ts";
import { findApi } from "./find-api.ts";
import { inSpan } from "./operation.ts";
import { contentLimitOf, type TelemetryOptions } from "./with-telemetry.ts";

/**
 * The same tool, with a span `execute_tool {name}` for each of its calls, by OpenTelemetry's conventions for generative AI.
 * It is active while the tool runs: what the tool asks of models with telemetry comes below it.
 *
 * @example
 * const conversation = createConversation({ model, tools: [withToolTelemetry(weather)] });
 *
 * @throws ConfigurationError `invalid-option` for a content limit that is none.
 */
export function withToolTelemetry(tool: Tool, options: Omit<TelemetryOptions, "meter" | "clock"> = {}): Tool {
  const limit = contentLimitOf(options);
  const told = (name: string, value: unknown): Attributes =>
    limit === undefined ? {} : { [name]: (JSON.stringify(value) ?? "").slice(0, limit) };
  return {
    ...tool,
    async run(input, context): Promise<ToolOutput> {
      const api = options.api ?? (await findApi()).api;
      const run = async (): Promise<ToolOutput> => tool.run(input, context);
      if (api === undefined) return run();
      return inSpan(api, options.tracer, {
        name: `${EXECUTE_TOOL} ${tool.name}`,
        attributes: () => ({
          [names.operation]: EXECUTE_TOOL,
          [names.toolName]: tool.name,
          [names.toolType]: "function",
          [names.toolCall]: context.callId,
          [names.conversation]: context.conversation.id,
          ...(tool.description !== undefined && { [names.toolDescription]: tool.description }),
          ...told(names.toolArguments, input),
        }),
        outcome: (output) => ({
          ...(isFailure(output) && { [names.errorType]: TOOL_FAILED }),
          ...told(names.toolResult, shown(output)),
        }),
        run,
      });
    },
  };
}

function isFailure(output: ToolOutput): boolean {
  return typeof output === "object" && output !== null && "isError" in output && output.isError === true;
}

/** What the model is told of it. */
function shown(output: ToolOutput): unknown {
  return typeof output === "object" && output !== null && "content" in output ? output.content : output;
}
