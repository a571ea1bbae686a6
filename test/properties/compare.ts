import assert from "node:assert/strict";
import { text } from "../../src/llm/message.ts";
import { isSendable } from "../handoff/preconditions.ts";
import { PER_ANSWER, type Modelled } from "./model.ts";
import { failureOf, inWords, type Actual, type Played } from "./real.ts";

/** All conversations, as they should be. */
export interface Models {
  readonly nodes: Modelled[];
  /** Counts calls and things said, for names that nobody else has. */
  count: number;
}

/** All conversations, as they are. */
export interface Reals {
  readonly played: Played;
  readonly nodes: Actual[];
}

/** Whether all conversations are as they should be. */
export async function compare({ nodes }: Models, reals: Reals): Promise<void> {
  for (const [index, model] of nodes.entries()) {
    const { conversation, ends } = reals.nodes[index] as Actual;
    const { history } = conversation;
    assert.deepEqual(inWords(history), model.history, `the history of #${index}`);
    assert.deepEqual(ends, model.ends, `how what was begun with #${index} ended`);
    if (model.last?.role === "user") assert.ok(isSendable(history.toArray()), `#${index} cannot be sent`);
    await compareBusy(conversation, model, index);
    compareUsage(conversation, model, index);
    compareBudget(conversation, model, index);
  }
  for (const [call, times] of reals.played.runs) assert.equal(times, 1, `${call} ran ${times} times`);
}

/** What cannot be done in any case fails as busy exactly when it is. */
async function compareBusy(
  conversation: Actual["conversation"],
  { busy }: Modelled,
  index: number,
): Promise<void> {
  const impossible = conversation.send([text("")], { output: { type: "object" }, outputRetries: -1 });
  const code = await impossible.catch((error: unknown) => failureOf(error));
  assert.equal(code, busy === undefined ? "invalid-option" : "busy", `#${index}`);
}

function compareUsage(conversation: Actual["conversation"], { totals }: Modelled, index: number): void {
  const { input, output, responses, unreported, toolUses, cost } = conversation.usage();
  const toolCalls = Object.values(toolUses).reduce((sum, each) => sum + each, 0);
  const spent = cost.known ? cost.picodollars : cost.atLeast;
  assert.deepEqual(
    { responses, unreported, toolCalls, input, output, spent, known: cost.known },
    {
      ...totals,
      input: totals.responses * PER_ANSWER.input,
      output: totals.responses * PER_ANSWER.output,
      spent: BigInt(totals.responses) * PER_ANSWER.picodollars,
      known: totals.unreported === 0,
    },
    `what #${index} used`,
  );
}

function compareBudget(conversation: Actual["conversation"], { account }: Modelled, index: number): void {
  const line = (limit: number | undefined, spent: number, reserved: number) =>
    limit === undefined ? undefined : { limit, spent, reserved, left: Math.max(0, limit - spent - reserved) };
  const { responses, toolCalls } = conversation.budget();
  const { limits: given, ...used } = account;
  assert.deepEqual(
    { responses, toolCalls },
    {
      responses: line(given.responses, used.responses, used.held),
      toolCalls: line(given.toolCalls, used.toolCalls, 0),
    },
    `the budget of #${index}`,
  );
}
