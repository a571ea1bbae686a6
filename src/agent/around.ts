import { noReply, type Tool, type ToolContext, type ToolOutput } from "../conversation/tool.ts";
import { failure, readOutput, type Told } from "../conversation/tool-output.ts";
import { text } from "../llm/message.ts";
import { unlessAborted } from "../providers/follow.ts";

/** A call that was allowed. */
export interface AroundCall {
  readonly tool: Tool;
  /** Valid by the tool's schema. */
  readonly input: unknown;
  readonly context: ToolContext;
}

/** What is done around the calls of tools, out of the model's reach: snapshots, hooks. What it throws fails the call. */
export interface CallAround {
  /** Before a call runs. A text keeps it from running: the model is told that text as its failed result. */
  before?(call: AroundCall): Promise<string | undefined>;
  /** When it is over, with what the model will be told. A text is told to the model behind it. */
  after?(call: AroundCall, result: Told): Promise<string | undefined>;
}

/** The same tool, with something done around each call: before in the order given, after in the reverse. */
export function around(tool: Tool, rounds: readonly CallAround[]): Tool {
  if (rounds.length === 0) return tool;
  return {
    ...tool,
    run: async (input, context) => {
      const call = { tool, input, context };
      for (const round of rounds) {
        if (round.before === undefined) continue;
        // It may take long, and who cancels the call meanwhile is told that it did not run.
        const denied = await unlessAborted(round.before(call), context.signal);
        context.signal.throwIfAborted();
        if (denied !== undefined) return { content: denied, isError: true };
      }
      const output = await outputOf(tool, input, context);
      if (output === noReply) return output;
      const result = readOutput(output);
      const more: string[] = [];
      for (const round of rounds.toReversed()) {
        const said = await round.after?.(call, result);
        if (said !== undefined) more.push(said);
      }
      if (more.length === 0) return output;
      return { ...result, content: [...result.content, ...more.map(text)] };
    },
  };
}

/** What a tool throws is a failed result, as it is without anything around it. */
async function outputOf(tool: Tool, input: unknown, context: ToolContext): Promise<ToolOutput> {
  try {
    return await tool.run(input, context);
  } catch (error) {
    // Whoever cancelled it says what the model is told.
    if (context.signal.aborted) throw error;
    return failure(error instanceof Error ? error.message : String(error));
  }
}
