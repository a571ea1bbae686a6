import assert from "node:assert/strict";
import fc from "fast-check";
import { compare, type Models, type Reals } from "./compare.ts";
import { ConfigurationError } from "../../src/llm/errors.ts";
import { settled } from "../support/gate.ts";
import { Modelled, stop, type Limits, type ModelCall } from "./model.ts";
import { Actual, CAUSE, failureOf, inWords, refusal, runOf } from "./real.ts";

type Command = fc.AsyncCommand<Models, Reals>;

/** More conversations tell nothing more, and are slower to look at. */
const MOST_NODES = 4;

/** One conversation of each side. */
interface Pair {
  readonly model: Modelled;
  readonly real: Actual;
}

/** A command on one of the conversations with which it is possible. */
function on(
  name: string,
  which: number,
  run: (pair: Pair, models: Models, reals: Reals) => void | Promise<void>,
  possible: (model: Modelled, models: Readonly<Models>) => boolean = () => true,
): Command {
  const able = (models: Readonly<Models>): Modelled[] =>
    models.nodes.filter((model) => possible(model, models));
  return {
    check: (models) => able(models).length > 0,
    run: async (models, reals) => {
      const nodes = able(models);
      const model = nodes[which % nodes.length] as Modelled;
      const real = reals.nodes[models.nodes.indexOf(model)] as Actual;
      await run({ model, real }, models, reals);
      await settled(3);
      await compare(models, reals);
    },
    toString: () => `${name} #${which}`,
  };
}

const node = fc.nat({ max: 60 });
const seldom = fc.nat({ max: 3 }).map((of) => of === 0);
const limits: fc.Arbitrary<Limits> = fc.record(
  { responses: fc.nat({ max: 12 }), toolCalls: fc.nat({ max: 12 }) },
  { requiredKeys: [] },
);

const said = (models: Models): string => `said ${++models.count} ${"at length ".repeat(20)}`;

/** Everything that can be done with conversations, and by their provider and tools; the more often the higher its number. */
const weighted: readonly (readonly [number, fc.Arbitrary<Command>])[] = [
  [
    4,
    fc.tuple(node, fc.constantFrom("send", "turn", "turn", "stream"), seldom).map(([which, how, silent]) =>
      on(`${silent ? "again: " : ""}${how}`, which, ({ model, real }, models) => {
        const words = silent ? undefined : said(models);
        const { conversation } = real;
        if (how === "turn") real.begin(conversation.turn(words));
        else if (how === "send") real.begin(conversation.send(words));
        else real.begin(toTheEnd(conversation.stream(words)));
        model.begin(how === "turn" ? "turn" : "send", words);
      }),
    ),
  ],
  [
    1,
    node.map((which) =>
      on(
        "stream, and leave at once",
        which,
        async ({ model, real }, models) => {
          const words = said(models);
          for await (const event of real.conversation.stream(words)) if (event.type === "message") break;
          const { length } = model.ends;
          model.begin("send", words);
          // Whether it was sent or refused, nobody waits for it.
          model.cancel("ancestor");
          model.ends.length = length;
        },
        ({ busy }) => busy === undefined,
      ),
    ),
  ],
  [
    10,
    fc.tuple(node, fc.array(seldom, { maxLength: 3 })).map(([which, asks]) =>
      on(
        `answer with ${asks.length} calls`,
        which,
        ({ model, real }, models, { played }) => {
          const words = said(models);
          const calls = asks.map((each) => ({ id: `call-${++models.count}`, asks: each }));
          played.answer(real.conversation.id, words, calls);
          model.answered(words, calls);
        },
        ({ busy }) => busy?.phase === "asked",
      ),
    ),
  ],
  [
    1,
    node.map((which) =>
      on(
        "the provider fails",
        which,
        ({ model, real }, _, { played }) => {
          played.requests.get(real.conversation.id)?.refuse(refusal());
          model.refused();
        },
        ({ busy }) => busy?.phase === "asked",
      ),
    ),
  ],
  [
    10,
    fc.tuple(node, fc.nat({ max: 2 }), fc.boolean()).map(([which, at, throws]) =>
      on(
        throws ? "a tool throws" : "a tool is done",
        which,
        ({ model, real }, _, { played }) => {
          const open = running(model);
          const call = open[at % open.length] as ModelCall;
          const tell = played.tools.get(runOf(real.conversation, call.id));
          assert.ok(tell !== undefined, `${call.id} does not run`);
          tell(throws ? new Error("broken") : "did it");
          call.result = throws ? "broken" : "did it";
          model.goOn();
        },
        (model) => running(model).length > 0,
      ),
    ),
  ],
  [
    5,
    fc.tuple(node, fc.nat({ max: 2 }), fc.boolean()).map(([which, at, allow]) =>
      on(
        allow ? "approve" : "deny",
        which,
        ({ model, real }) => {
          const call = calls(model)[at];
          const asked = call?.leave === "asked";
          attempt(() => real.conversation.decide(call?.id ?? "none", allow ? "allow" : "deny"), asked);
          if (!asked) return;
          call.leave = allow ? "allowed" : "denied";
          model.goOn();
        },
        called,
      ),
    ),
  ],
  [
    2,
    fc.tuple(node, fc.nat({ max: 2 })).map(([which, at]) =>
      on(
        "cancel a tool",
        which,
        ({ model, real }) => {
          const call = calls(model)[at];
          const stopped = call !== undefined && stop(call);
          attempt(() => real.conversation.cancelTool(call?.id ?? "none", CAUSE), stopped);
          model.goOn();
        },
        called,
      ),
    ),
  ],
  [
    1,
    node.map((which) =>
      on(
        "cancel",
        which,
        ({ model, real }, models) => {
          real.conversation.cancel(CAUSE);
          // Requests end at once, and others have their room.
          const all = family(model, models).toSorted((one, other) => phase(one) - phase(other));
          for (const each of all) each.cancel(each === model ? "own" : "ancestor");
        },
        // Of several whose results are to be sent then, nobody says which is first.
        (model, models) => family(model, models).filter(({ busy }) => busy?.kind === "tools").length < 2,
      ),
    ),
  ],
  [
    3,
    node.map((which) =>
      on(
        "run tools by hand",
        which,
        ({ model, real }) => {
          const { conversation } = real;
          const asked = conversation.history.last?.parts.filter((part) => part.type === "tool-call") ?? [];
          const work = conversation.runTools({ toolCalls: asked });
          real.begin(work.then((results) => conversation.send(results)));
          if (model.busy !== undefined) return void model.ends.push("busy");
          model.call(
            "tools",
            asked.map(({ id, name }) => ({ id, asks: name === "risky" })),
          );
        },
        ({ open }) => open.length > 0,
      ),
    ),
  ],
  [
    1,
    node.map((which) =>
      on(
        "fork",
        which,
        ({ model, real }, models, { played, nodes }) => {
          nodes.push(new Actual(played.fork(real.conversation)));
          models.nodes.push(new Modelled(model.parent, model.history, model.account.limits));
        },
        (_, { nodes }) => nodes.length < MOST_NODES,
      ),
    ),
  ],
  [
    2,
    fc.tuple(node, limits).map(([which, budget]) =>
      on(
        `child with ${JSON.stringify(budget)}`,
        which,
        ({ model, real }, models, { played, nodes }) => {
          nodes.push(new Actual(played.child(real.conversation, { budget })));
          models.nodes.push(new Modelled(model, [], budget));
        },
        (_, { nodes }) => nodes.length < MOST_NODES,
      ),
    ),
  ],
  [
    1,
    fc.tuple(node, limits).map(([which, budget]) =>
      on(`budget of ${JSON.stringify(budget)}`, which, ({ model, real }) => {
        real.conversation.resetBudget(budget);
        model.reset(budget);
      }),
    ),
  ],
  [1, node.map((which) => on("compact", which, compact))],
];

export const commands: fc.Arbitrary<Command>[] = weighted.flatMap(([times, command]) =>
  Array.from({ length: times }, () => command),
);

/** What a compaction does to a history is told by tests of its own; here, that it harms nothing. */
async function compact({ model, real }: Pair, _: Models, { played }: Reals): Promise<void> {
  const { conversation } = real;
  const before = played.summaries;
  const full = model
    .accounts()
    .some(({ limits: { responses = Infinity }, responses: used, held }) => used + held >= responses);
  const outcome = await conversation.compact().catch((error: unknown) => failureOf(error));
  if (model.busy !== undefined) return assert.equal(outcome, "busy");
  const asked = played.summaries - before;
  model.summed(asked);
  if (full) assert.ok(outcome === "budget" || outcome === false, String(outcome));
  if (full || outcome === false) return;
  assert.deepEqual([outcome, asked], [true, 1]);
  const now = inWords(conversation.history);
  assert.ok(now.length < model.history.length + 1);
  assert.deepEqual(now.slice(1), model.history.slice(1 - now.length));
  model.history = now;
}

async function toTheEnd(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}

function calls({ busy }: Modelled): readonly ModelCall[] {
  return busy?.phase === "calls" ? busy.calls : [];
}

/** A conversation and its descendants. */
function family(of: Modelled, { nodes }: Readonly<Models>): readonly Modelled[] {
  return nodes.filter((each) => [...each.chain()].includes(of));
}

function phase({ busy }: Modelled): number {
  return busy?.phase === "calls" ? 1 : 0;
}

function called(model: Modelled): boolean {
  return calls(model).length > 0;
}

function running(model: Modelled): readonly ModelCall[] {
  return calls(model).filter(({ leave, result }) => leave === "runs" && result === undefined);
}

/** Does what is possible, or not. */
function attempt(act: () => void, possible: boolean): void {
  let error: unknown;
  try {
    act();
  } catch (thrown) {
    error = thrown;
  }
  const code = error instanceof ConfigurationError ? error.code : error;
  assert.equal(code, possible ? undefined : "no-such-call");
}
