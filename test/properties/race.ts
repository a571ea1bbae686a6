import assert from "node:assert/strict";
import fc from "fast-check";
import type { Conversation } from "../../src/conversation/conversation.ts";
import { ConfigurationError } from "../../src/llm/errors.ts";
import type { Message } from "../../src/llm/message.ts";
import { isClosed } from "../simulation/judge-requests.ts";
import { CAUSE, failureOf, Played, refusal } from "./real.ts";

const acts = ["cancel", "cancel a tool", "fork", "send", "reset", "compact"] as const;

/** What happens, apart from the order. */
export interface Plan {
  /** How each answer is: how many calls it has, of which the first has to be allowed; null where it fails. */
  readonly answers: readonly (number | null)[];
  readonly acts: readonly (readonly [(typeof acts)[number], number])[];
  readonly children: number;
  /** Of all conversations together. */
  readonly limits: { readonly responses?: number; readonly toolCalls?: number };
}

export const plans: fc.Arbitrary<Plan> = fc.record({
  answers: fc.array(fc.option(fc.nat({ max: 3 }), { freq: 5 }), { minLength: 1, maxLength: 12 }),
  acts: fc.array(fc.tuple(fc.constantFrom(...acts), fc.nat({ max: 9 })), { maxLength: 10 }),
  children: fc.nat({ max: 3 }),
  limits: fc.record({ responses: fc.nat({ max: 20 }), toolCalls: fc.nat({ max: 20 }) }, { requiredKeys: [] }),
});

/** After so many answers there are only plain ones, so that all comes to an end. */
const MOST_ANSWERS = 40;

/** Conversations of one tree that have turns at once; what comes next, the scheduler says. */
export class Race {
  readonly #plan: Plan;
  readonly #scheduler: fc.Scheduler;
  readonly #played = new Played();
  readonly #root: Conversation;
  readonly #all: Conversation[];
  /** What histories were when somebody forked them. */
  readonly #origins: { readonly of: Conversation; readonly before: readonly Message[] }[] = [];
  #answers = 0;
  #begun = 0;
  #ended = 0;

  constructor(scheduler: fc.Scheduler, plan: Plan) {
    this.#scheduler = scheduler;
    this.#plan = plan;
    this.#played.arrived = (what, key) => (what === "request" ? this.#asked(key) : this.#ran(key));
    this.#root = this.#played.open({
      budget: plan.limits,
      onEvent: (event) => {
        if (event.type !== "tool-approval") return;
        const { conversationId, callId } = event;
        this.#later("leave", () => this.#decide(conversationId, callId));
      },
    });
    this.#all = [this.#root];
    for (let count = plan.children; count > 0; count--) this.#all.push(this.#played.child(this.#root, {}));
  }

  async run(): Promise<void> {
    for (const conversation of this.#all) this.#begin(conversation.turn("go"));
    for (const [what, which] of this.#plan.acts)
      this.#later(what, () => this.#act(what, this.#all[which % this.#all.length] as Conversation));
    await this.#scheduler.waitIdle();
    assert.equal(this.#ended, this.#begun, "something hangs");
    await this.#judge();
  }

  #later(label: string, act: () => void): void {
    void this.#scheduler.schedule(Promise.resolve(), label).then(act);
  }

  #begin(work: Promise<unknown>): void {
    this.#begun++;
    // Whatever it fails with is one of the ends there are.
    work.catch((error: unknown) => failureOf(error)).finally(() => this.#ended++);
  }

  #asked(id: string): void {
    const { responses } = this.#root.budget();
    if (responses !== undefined)
      assert.ok(responses.spent + responses.reserved <= responses.limit, "a limit could be passed");
    const waiting = this.#played.requests.get(id);
    this.#later("answer", () => {
      // It may have been cancelled meanwhile.
      if (waiting === undefined || this.#played.requests.get(id) !== waiting) return;
      const { answers } = this.#plan;
      const calls = this.#answers < MOST_ANSWERS ? answers[this.#answers % answers.length] : 0;
      const number = ++this.#answers;
      if (calls === null || calls === undefined) return waiting.refuse(refusal());
      const asked = Array.from({ length: calls }, (_, at) => ({ id: `${number}-${at}`, asks: at === 0 }));
      this.#played.answer(id, `said ${number} ${"at length ".repeat(20)}`, asked);
    });
  }

  #ran(run: string): void {
    this.#later("tool", () => this.#played.tools.get(run)?.(run));
  }

  #decide(conversationId: string, callId: string): void {
    const conversation = this.#all.find(({ id }) => id === conversationId);
    attempt(() => conversation?.decide(callId, this.#answers % 3 === 0 ? "deny" : "allow"));
  }

  #act(what: (typeof acts)[number], conversation: Conversation): void {
    switch (what) {
      case "cancel":
        conversation.cancel(CAUSE);
        break;
      case "cancel a tool": {
        const call = conversation.history.last?.parts.findLast((part) => part.type === "tool-call");
        attempt(() => conversation.cancelTool(call?.id ?? "none", CAUSE));
        break;
      }
      case "fork": {
        this.#origins.push({ of: conversation, before: conversation.history.toArray() });
        const fork = this.#played.fork(conversation);
        this.#all.push(fork);
        this.#begin(fork.turn("another way"));
        break;
      }
      case "send":
        this.#begin(conversation.send("listen"));
        break;
      case "reset":
        conversation.resetBudget();
        break;
      case "compact":
        this.#begin(conversation.compact());
    }
  }

  async #judge(): Promise<void> {
    const has = (act: string): boolean => this.#plan.acts.some(([what]) => what === act);
    for (const conversation of this.#all) {
      const { history } = conversation;
      const ends =
        history.last?.role === "assistant" && history.last.parts.some(({ type }) => type === "tool-call");
      // An answer to a send may leave calls open; what is sent next closes them.
      assert.ok(isClosed(history) || (has("send") && ends), "a history that cannot be sent");
      const { responses, toolCalls } = conversation.budget();
      for (const line of [responses, toolCalls])
        if (line !== undefined) assert.ok(line.reserved === 0 && line.spent <= line.limit);
      const impossible = conversation.send("", { output: { type: "object" }, outputRetries: -1 });
      assert.equal(await impossible.catch((error: unknown) => failureOf(error)), "invalid-option");
    }
    for (const { of, before } of this.#origins) {
      const now = of.history.toArray();
      assert.ok(
        has("compact") || before.every((message, at) => message === now[at]),
        "a fork changed its origin",
      );
    }
    for (const [call, times] of this.#played.runs) assert.equal(times, 1, `${call} ran ${times} times`);
    this.#judgeUsage(has("reset") || has("fork"));
  }

  /** All that was used stands at the root, and, unless its limits were given anew, is within them. */
  #judgeUsage(again: boolean): void {
    const { answered, summaries, runs } = this.#played;
    const { responses, toolUses } = this.#root.usage();
    // Forks of the root have no parent: they are nobody's but their own.
    const roots = this.#all.filter(({ parent }) => parent === undefined);
    const sum = roots.reduce((all, root) => all + root.usage().responses, 0);
    assert.equal(sum, answered + summaries, "answers");
    if (again) return;
    const { limits } = this.#plan;
    assert.ok(responses <= (limits.responses ?? Infinity), `${responses} answers`);
    assert.ok(runs.size <= (limits.toolCalls ?? Infinity), `${runs.size} tools`);
    const counted = Object.values(toolUses).reduce((all, each) => all + each, 0);
    assert.ok(counted >= runs.size, "a tool that was not counted");
  }
}

/** A call may be over by then. */
function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ConfigurationError) || error.code !== "no-such-call") throw error;
  }
}
