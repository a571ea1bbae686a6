import type { Conversation } from "../conversation/conversation.ts";
import type { TurnOutcome } from "../conversation/turn.ts";
import type { TotalUsage } from "../llm/total.ts";
import { inputTokens, outputTokens } from "../llm/usage.ts";
import type { Attributes } from "./api.ts";
import { INVOKE_AGENT, names, providerName } from "./conventions.ts";
import { errorType } from "./error-type.ts";
import { findApi } from "./find-api.ts";
import { inSpan } from "./operation.ts";
import type { TelemetryOptions } from "./with-telemetry.ts";

/** How a turn is told. */
export interface TurnTelemetryOptions extends Pick<TelemetryOptions, "api" | "tracer"> {
  /** What the agent is called. */
  readonly agent?: string;
}

/**
 * A turn of a conversation, with a span `invoke_agent {agent}` from its beginning to its rest, by OpenTelemetry's conventions
 * for generative AI. Spans of its requests ({@link withTelemetry}) and of its tools ({@link withToolTelemetry}) come below it.
 *
 * @example
 * const { text } = await turnWithTelemetry(conversation, () => conversation.turn("Where is it?"), { agent: "clerk" });
 */
export async function turnWithTelemetry(
  conversation: Conversation,
  turn: () => Promise<TurnOutcome>,
  { agent, api: own, tracer }: TurnTelemetryOptions = {},
): Promise<TurnOutcome> {
  const api = own ?? (await findApi()).api;
  if (api === undefined) return turn();
  const { name, provider } = conversation.model.info;
  const before = conversation.usage();
  return inSpan(api, tracer, {
    name: agent === undefined ? INVOKE_AGENT : `${INVOKE_AGENT} ${agent}`,
    attributes: () => ({
      [names.operation]: INVOKE_AGENT,
      [names.provider]: providerName(provider),
      [names.requestModel]: name,
      [names.conversation]: conversation.id,
      ...(agent !== undefined && { [names.agentName]: agent }),
    }),
    outcome: (outcome) => ({
      [names.turnEnd]: outcome.end,
      [names.turnSteps]: outcome.steps,
      ...usedSince(before, conversation.usage()),
      ...(outcome.error !== undefined && { [names.errorType]: errorType(outcome.error) }),
    }),
    run: turn,
  });
}

/** What a conversation and its descendants used meanwhile, where all of it was reported. */
function usedSince(before: TotalUsage, after: TotalUsage): Attributes {
  if (after.unreported > before.unreported) return {};
  return {
    [names.inputTokens]: inputTokens(after) - inputTokens(before),
    [names.outputTokens]: outputTokens(after) - outputTokens(before),
  };
}
