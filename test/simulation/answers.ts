import { parseJson } from "../../src/llm/json.ts";
import { text, type Part, type ToolCallPart } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";
import type { StopReason } from "../../src/llm/response.ts";
import { unknownUsage, usage, type Usage } from "../../src/llm/usage.ts";
import { toolNames } from "./tool-names.ts";
import type { World } from "./world.ts";

/** What the provider says to one request. */
export interface Answer {
  readonly parts: readonly Part[];
  readonly stop: StopReason;
}

const stops: readonly StopReason[] = [
  "end_turn",
  "max_tokens",
  "stop_sequence",
  "refusal",
  "content_filter",
  "context_overflow",
  "unknown",
];

const hostileNames = ["__proto__", "no_such_tool", "a.b", "", "naïve", "x".repeat(200)] as const;
const hostileArguments = [
  "",
  "{",
  '{"a":',
  "[]",
  "3",
  "null",
  '"x"',
  '{"__proto__":{"x":1}}',
  "\ud800",
] as const;
const hostileIds = ["call_0", "", "a".repeat(65), "é", "call_0_2", "functions.f:0"] as const;
const protocols = ["anthropic-messages", "openai-chat", "openai-responses", "gemini"] as const;

/** Something that a model could say here: mostly plain, odd as far as the schedule's faults go. */
export function someAnswer(world: World, withTools: boolean): Answer {
  const { random } = world;
  if (world.calm || world.energy <= 0) return { parts: [text("Yes.")], stop: "end_turn" };
  world.energy--;
  const parts: Part[] = [];
  if (world.has("thinking")) {
    const protocol = random.pick(protocols);
    const signed = random.chance(0.5);
    parts.push({ type: "thinking", text: "Hm.", protocol, ...(signed && { signature: "c2lnbmVk" }) });
  }
  if (random.chance(0.6))
    parts.push(text(world.has("blanks") ? " " : `Said ${world.count()}.${padding(world)}`));
  const calls = withTools || world.has("unknown-tools") ? someCalls(world) : [];
  parts.push(...calls);
  if (world.has("empty-answers", 0.1)) return { parts: [], stop: random.pick(["end_turn", "unknown"]) };
  if (world.has("pauses", 0.2)) return { parts, stop: "pause" };
  if (world.has("odd-stops", 0.2)) return { parts, stop: random.pick(stops) ?? "unknown" };
  return { parts, stop: calls.length > 0 ? "tool_use" : "end_turn" };
}

/** Where the window is to fill, everything that is said is long. */
export function padding(world: World): string {
  return world.has("overflow", 0.5) ? " and so on".repeat(world.random.below(60)) : "";
}

function someCalls(world: World): ToolCallPart[] {
  const { random } = world;
  const count = world.has("many-calls", 0.01) ? 200 : random.chance(0.6) ? 1 + random.below(4) : 0;
  return Array.from({ length: count }, () => someCall(world));
}

function someCall(world: World): ToolCallPart {
  const { random } = world;
  const number = world.count();
  const name = world.has("unknown-tools", 0.15) ? random.pick(hostileNames) : random.pick(toolNames);
  const argumentsText = world.has("broken-arguments", 0.15)
    ? random.pick(hostileArguments)
    : world.has("odd-arguments", 0.15)
      ? '{"n":"no number"}'
      : name === "checked" && world.has("hanging-schema")
        ? '{"n":-1}'
        : `{"n":${world.faults.has("same-results") ? 1 : number}}`;
  const id = world.has("repeated-ids", 0.5) ? random.pick(hostileIds) : `call_${number}`;
  return { type: "tool-call", id, name, argumentsText, input: parseJson(argumentsText) };
}

/** How long an answer is, in tokens: as long as it may be, now and then. */
export function someLength(world: World, { maxOutputTokens = 2000 }: Request): number {
  return world.has("greedy") ? maxOutputTokens : world.random.below(Math.min(500, maxOutputTokens));
}

/** What an answer used, as its provider says it; some do not say, and some say only how much it was in all. */
export function someUsage(world: World, input: number, output: number): Usage {
  if (world.has("unknown-usage")) return unknownUsage;
  if (world.has("partial-usage")) return usage({ input: input + output });
  const { random } = world;
  const cacheRead = random.below(input + 1);
  return usage({ input: input - cacheRead, cacheRead, output, reasoning: random.below(output + 1) });
}
