import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createConversation, type Conversation } from "../../src/conversation/conversation.ts";
import { BudgetExceeded, ConfigurationError } from "../../src/llm/errors.ts";
import { response, type Response } from "../../src/llm/response.ts";
import { usage } from "../../src/llm/usage.ts";
import { noCost } from "../../src/llm/money.ts";
import { defineModel, type Model } from "../../src/providers/model.ts";
import * as say from "../support/answers.ts";
import { converse, says } from "../support/conversing.ts";
import { answer, held } from "../support/fault-server.ts";
import { modelError, rejection } from "../support/failure.ts";
import { settled } from "../support/gate.ts";

async function exceeded(promise: Promise<unknown>): Promise<[limit: string, allowed: number, used: number]> {
  const error = await rejection(promise);
  if (!(error instanceof BudgetExceeded)) throw error;
  assert.match(error.message, new RegExp(`${error.used} of ${error.allowed} responses`));
  return [error.limit, error.allowed, error.used];
}

test("a budget of answers is kept, and the message that was over it can be sent by nobody", async (t) => {
  const { server, conversation } = await converse(t, [says("one"), says("two")], {
    budget: { responses: 2 },
  });
  await conversation.send("a");
  await conversation.send("b");
  assert.deepEqual(await exceeded(conversation.send("c")), ["responses", 2, 2]);
  assert.deepEqual(await exceeded(conversation.send()), ["responses", 2, 2]);
  assert.equal(server.calls.length, 2, "nothing was sent");
  assert.equal(conversation.usage().responses, 2);
});

test("a budget of none sends nothing, and no budget limits nothing", async (t) => {
  const { server, conversation } = await converse(t, [says("ok")], { budget: { responses: 0 } });
  assert.deepEqual(await exceeded(conversation.send("a")), ["responses", 0, 0]);
  assert.equal(server.calls.length, 0);
  await conversation.fork({ budget: {} }).send();
});

test("failures give their place back", async (t) => {
  const { conversation } = await converse(t, [answer(400), answer(500), says("ok")], {
    budget: { responses: 1 },
  });
  await modelError(conversation.send("a"));
  await modelError(conversation.send());
  assert.equal((await conversation.send()).text, "ok");
  assert.deepEqual(await exceeded(conversation.send("b")), ["responses", 1, 1]);
});

test("an abort gives its place back", async (t) => {
  const { server, conversation } = await converse(t, [held, says("ok")], { budget: { responses: 1 } });
  const controller = new AbortController();
  const failing = rejection(conversation.send("a", { signal: controller.signal }));
  await server.call(0);
  controller.abort("enough");
  assert.equal(await failing, "enough");
  assert.equal((await conversation.send()).text, "ok");
});

test("children that ask at once share the parent's budget: what is in flight counts", async (t) => {
  const plans = Array.from({ length: 5 }, () => held);
  const { server, conversation } = await converse(t, plans, { budget: { responses: 3 } });
  const children = Array.from({ length: 5 }, () => conversation.child());
  const sends = children.map((child) => child.send("go").catch((error: unknown) => error));
  await server.call(2);
  await settled();
  assert.equal(server.calls.length, 3);
  for (const call of server.calls) {
    call.head(200);
    call.end(say.stream("ok"));
  }
  const outcomes = await Promise.all(sends);
  const refused = outcomes.filter((each): each is BudgetExceeded => each instanceof BudgetExceeded);
  assert.deepEqual(
    refused.map(({ allowed, used }) => [allowed, used]),
    [
      [3, 3],
      [3, 3],
    ],
  );
  assert.equal(conversation.usage().responses, 3);
  assert.deepEqual(await exceeded(conversation.send("me")), ["responses", 3, 3]);
});

test("a child's own budget and its grandparent's both hold", async (t) => {
  const plans = Array.from({ length: 4 }, () => says("ok"));
  const { server, conversation } = await converse(t, plans, { budget: { responses: 3 } });
  const child = conversation.child();
  const grandchild = child.child({ budget: { responses: 2 } });
  await grandchild.send("a");
  await grandchild.send("b");
  assert.deepEqual(await exceeded(grandchild.send("c")), ["responses", 2, 2]);
  await child.send("d");
  assert.deepEqual(await exceeded(child.send("e")), ["responses", 3, 3]);
  assert.equal(server.calls.length, 3);
});

test("a fork has the budget of its origin, counted anew, and still its parent's", async (t) => {
  const plans = Array.from({ length: 4 }, () => says("ok"));
  const { conversation } = await converse(t, plans, { budget: { responses: 3 } });
  const child = conversation.child({ budget: { responses: 1 } });
  await child.send("a");
  const fork = child.fork();
  await fork.send("b");
  assert.deepEqual(await exceeded(fork.send("c")), ["responses", 1, 1]);
  assert.equal(conversation.usage().responses, 2);
});

test("a budget that is no limit is refused when it is given", () => {
  const model = silent();
  for (const responses of [-1, 1.5, Number.NaN, Infinity]) {
    const open = (): Conversation => createConversation({ model, budget: { responses } });
    assert.throws(open, (error) => error instanceof ConfigurationError && error.code === "invalid-option");
  }
});

function silent(complete: Model["complete"] = () => Promise.reject(new Error("no"))): Model {
  return defineModel({ name: "m", provider: "p", protocol: "none" }, complete);
}

const ok: Response = response({
  id: "",
  model: "m",
  message: { role: "assistant", parts: [] },
  stopReason: "end_turn",
  rawStopReason: null,
  usage: usage({}),
  cost: noCost,
  timing: { startedAt: 0, firstEventMs: 0, totalMs: 0 },
});

test("whatever ends when in a tree: never more answers than any level allows", async () => {
  const budgets = fc.array(fc.option(fc.nat(4), { nil: undefined }), { minLength: 4, maxLength: 4 });
  const steps = fc.array(fc.record({ who: fc.nat(3), fails: fc.boolean(), settle: fc.nat(5) }), {
    maxLength: 25,
  });
  await fc.assert(
    fc.asyncProperty(budgets, steps, async (limits, schedule) => {
      const inFlight: ((fails: boolean) => void)[] = [];
      const model = silent(
        () =>
          new Promise((resolve, reject) => {
            inFlight.push((fails) => (fails ? reject(new Error("no")) : resolve(ok)));
          }),
      );
      const budget = (i: number): { responses?: number } =>
        limits[i] === undefined ? {} : { responses: limits[i] };
      // A root, two children, and a grandchild below the first.
      const root = createConversation({ model, budget: budget(0) });
      const left = root.child({ budget: budget(1) });
      const tree = [root, left, root.child({ budget: budget(2) }), left.child({ budget: budget(3) })];
      const sends: Promise<unknown>[] = [];
      for (const { who, fails, settle } of schedule) {
        sends.push((tree[who] as Conversation).send("x").catch((error: unknown) => error));
        if (settle < 3) inFlight.shift()?.(fails);
        await settledPromises();
      }
      for (const finish of inFlight.splice(0)) finish(false);
      await Promise.all(sends);
      tree.forEach((each, i) => assert.ok(each.usage().responses <= (limits[i] ?? Infinity)));
      assert.equal(
        root.usage().responses,
        tree.reduce(
          (sum, each) => sum + [...each.history].filter(({ role }) => role === "assistant").length,
          0,
        ),
      );
    }),
    { numRuns: 300 },
  );
});

async function settledPromises(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}
