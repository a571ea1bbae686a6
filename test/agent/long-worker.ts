import { Agent } from "../../src/agent/agent.ts";
import { createConversation } from "../../src/conversation/conversation.ts";
import type { JournalEntry } from "../../src/conversation/journal.ts";
import { defineTool } from "../../src/conversation/tool.ts";
import { ModelError } from "../../src/llm/errors.ts";
import type { Request } from "../../src/llm/request.ts";
import { usage } from "../../src/llm/usage.ts";
import { scripted, type ScriptedAnswer } from "../../src/testing/scripted.ts";
import { virtualSystem } from "../support/clock.ts";

/** Tokens that the model's window holds. */
export const WINDOW = 40_000;
export const STEPS = 120;

/** A token for four letters: what a request fills of the window. */
function tokensOf({ system = [], messages }: Request): number {
  return Math.ceil(JSON.stringify([system, [...messages]]).length / 4);
}

/** What the provider saw of a long session. */
interface Billed {
  picodollars: bigint;
  answers: number;
  steps: number;
  /** The largest request, in tokens. */
  largest: number;
}

/** An agent whose turns take 120 steps each, of this much virtual time, with tools that say much. */
export function longWorker(stepMs: number, journal: (entries: readonly JournalEntry[]) => void) {
  const machine = virtualSystem();
  const billed: Billed = { picodollars: 0n, answers: 0, steps: 0, largest: 0 };
  const answer = (request: Request): ScriptedAnswer => {
    const input = tokensOf(request);
    billed.largest = Math.max(billed.largest, input);
    if (input > WINDOW) throw new ModelError("too long", { kind: "context-overflow" });
    const summary = request.tools === undefined || request.tools.length === 0;
    const output = summary ? 200 : 60;
    billed.answers++;
    // Two dollars for a million in, ten for a million out.
    billed.picodollars += BigInt(input) * 2_000_000n + BigInt(output) * 10_000_000n;
    const used = usage({ input, output });
    if (summary) return { text: `What was done so far. ${"x".repeat(700)}`, usage: used };
    const step = ++billed.steps;
    if (step % STEPS === 0) return { text: "That part is done.", usage: used };
    const name = step % 40 === 1 ? "help" : "work";
    return { toolCalls: [{ name, id: `c${step}`, input: { step } }], usage: used };
  };
  const input = { type: "object", properties: { step: { type: "number" } } } as const;
  const work = defineTool({
    name: "work",
    input,
    run: async ({ step }) => {
      machine.clock.advance(stepMs);
      return `${JSON.stringify(step)}: ${"result ".repeat(300)}`;
    },
  });
  const help = defineTool({
    name: "help",
    input,
    run: async (_, { child }) => (await child({ purpose: "keyword search", system: "" }).send("rank")).text,
  });
  const model = scripted(
    (request) => {
      // It is not the model that is measured: it forgets what it was asked.
      (model.requests as Request[]).length = 0;
      return answer(request);
    },
    { info: { window: WINDOW, prices: { rates: { input: "2", output: "10" } } }, clock: machine.clock },
  );
  const agent = new Agent({
    converse: (onEvent) =>
      createConversation({
        model,
        system: "Work on.",
        tools: [work, help],
        machine,
        onEvent,
        journal: { append: journal },
      }),
    turns: { maxSteps: STEPS + 1, loops: false },
    onMistake: (mistake) => {
      throw mistake;
    },
  });
  return { agent, billed, clock: machine.clock };
}
