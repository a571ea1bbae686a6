import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Budget, BudgetState } from "../../src/conversation/budget.ts";
import { createConversation, type Conversation } from "../../src/conversation/conversation.ts";
import type { ConversationOptions } from "../../src/conversation/options.ts";
import { defineTool } from "../../src/conversation/tool.ts";
import type { ConversationEvent } from "../../src/conversation/event.ts";
import { isFreeOfCharge } from "../../src/conversation/failure.ts";
import { TraceError } from "../../src/httprr/errors.ts";
import { BudgetBroken, BudgetExceeded, ConfigurationError, ModelError } from "../../src/llm/errors.ts";
import { text, type Message } from "../../src/llm/message.ts";
import { cost, noCost, type Prices } from "../../src/llm/money.ts";
import type { Request } from "../../src/llm/request.ts";
import { response, type Response } from "../../src/llm/response.ts";
import { unknownUsage, usage, type Usage } from "../../src/llm/usage.ts";
import { defineModel, type Model, type RunOptions } from "../../src/providers/model.ts";
import { openModel } from "../../src/providers/open-model.ts";
import { rehearsal, scripted } from "../../src/testing/index.ts";
import { virtualSystem } from "../support/clock.ts";
import { converse, says } from "../support/conversing.ts";
import { answer } from "../support/fault-server.ts";
import { modelError, rejection } from "../support/failure.ts";
import { settled } from "../support/gate.ts";

const prices: Prices = { rates: { input: "3", output: "15", cacheRead: "0.3", cacheWrite5m: "3.75" } };

async function exceeded(promise: Promise<unknown>): Promise<BudgetExceeded> {
  const error = await rejection(promise);
  if (error instanceof BudgetExceeded) return error;
  throw error;
}

const spent = (conversation: Conversation): bigint => conversation.budget().dollars?.spent.picodollars ?? -1n;
const reserved = (conversation: Conversation): bigint =>
  conversation.budget().dollars?.reserved.picodollars ?? -1n;

/** A model that the test plays: it sees each request, and says when and how it is answered. */
class Played {
  readonly requests: Request[] = [];
  readonly model: Model;
  readonly #waiting: {
    readonly request: Request;
    readonly run: RunOptions;
    readonly resolve: (response: Response) => void;
    readonly reject: (error: unknown) => void;
  }[] = [];

  constructor(of: Prices | undefined = prices) {
    this.model = defineModel(
      {
        name: "m",
        provider: "p",
        protocol: "none",
        maxOutput: 4096,
        ...(of !== undefined && { prices: of }),
      },
      (request, run = {}) =>
        new Promise((resolve, reject) => {
          this.requests.push(request);
          run.onEvent?.({ type: "request", attempt: 1, model: "p/m" });
          this.#waiting.push({ request, run, resolve, reject });
          const { signal } = run;
          if (signal?.aborted === true) reject(signal.reason);
          signal?.addEventListener("abort", () => reject(signal.reason));
        }),
    );
  }

  get running(): number {
    return this.#waiting.length;
  }

  /** What an honest provider counts: all of the history, and a share of the longest answer. */
  count(share: number, at: number): Usage {
    const { request } = this.#waiting[at] as { readonly request: Request };
    const { messages, maxOutputTokens = 4096 } = request;
    return usage({
      input: 900 + 5 * messages.length,
      output: Math.floor((maxOutputTokens * share) / 100),
    });
  }

  event(event: Parameters<NonNullable<RunOptions["onEvent"]>>[0], at = 0): void {
    this.#waiting[at]?.run.onEvent?.(event);
  }

  answer(used: Usage, at = 0): void {
    const [one] = this.#waiting.splice(at, 1);
    one?.resolve(answerOf(used));
  }

  fail(error: unknown, at = 0): void {
    const [one] = this.#waiting.splice(at, 1);
    one?.reject(error);
  }
}

function answerOf(used: Usage): Response {
  return response({
    id: "r1",
    model: "m",
    message: { role: "assistant", parts: [text("ok")] },
    stopReason: "end_turn",
    rawStopReason: null,
    usage: used,
    cost: cost(used, prices),
    timing: { startedAt: 0, firstEventMs: 0, totalMs: 0 },
  });
}

function play(
  budget: Budget,
  more: Partial<ConversationOptions> = {},
): { played: Played; conversation: Conversation } {
  const played = new Played();
  const events: ConversationEvent[] = [];
  const conversation = createConversation({
    model: played.model,
    budget,
    onEvent: (event) => events.push(event),
    ...more,
  });
  return { played, conversation };
}

test("what is spent is what was used, exactly; then a call that cannot be paid is not sent", async () => {
  const conversation = createConversation({
    model: rehearsal({ prices, maxOutput: 1000 }),
    budget: { dollars: "0.02" },
  });
  const { cost: price } = await conversation.send("usage: in=2000 out=600");
  assert.deepEqual(price, cost(usage({ input: 2000, output: 600 }), prices));
  const { dollars } = conversation.budget();
  assert.deepEqual(dollars?.spent, price);
  assert.equal(dollars?.reserved.picodollars, 0n);
  assert.equal(dollars?.left.dollars, 0.005);
  const error = await exceeded(conversation.send("hello"));
  assert.deepEqual([error.limit, error.allowed, error.spent, error.reserved], ["dollars", 0.02, 0.015, 0]);
  assert.equal(error.conversationId, conversation.id);
  // 2,600 tokens are known of the history; its last question is as long as its bytes, and the answer 256.
  assert.ok(error.needed > 0.013 && error.needed < 0.015, String(error.needed));
  assert.equal(conversation.history.length, 3, "the message is stored");
  conversation.resetBudget({ dollars: 1 });
  assert.equal((await conversation.send()).stopReason, "end_turn");
  assert.deepEqual(conversation.budget().dollars?.limit.dollars, 1);
});

test("the answer is asked for in a length that can be paid, down to the least that is of use", async () => {
  // With nothing known but bytes, "Hi" may have 1,122 tokens of input.
  const input = 1024 + 32 + 64 + 2;
  const each = (output: number): bigint => BigInt(input) * 3_750_000n + BigInt(output) * 15_000_000n;
  for (const [dollars, own, sent] of [
    [each(4096), undefined, 4096],
    [each(4095), undefined, 4095],
    [each(257) - 1n, undefined, 256],
    [each(256) - 1n, undefined, undefined],
    [each(1000), 900, 900],
    [each(100), 100, 100],
    [each(100) - 1n, 100, undefined],
  ] as const) {
    const { played, conversation } = play(
      { dollars: `0.${String(dollars).padStart(12, "0")}` },
      own === undefined ? {} : { settings: { maxOutputTokens: own } },
    );
    const sending = conversation.send("Hi").catch((error: unknown) => error);
    await settled(1);
    assert.equal(played.requests[0]?.maxOutputTokens, sent);
    played.answer(usage({ input: 1, output: 1 }));
    assert.equal((await sending) instanceof BudgetExceeded, sent === undefined);
  }
});

test("without a budget of money or tokens, requests are as they were", async () => {
  for (const budget of [{}, { responses: 3, toolCalls: 1 }]) {
    const { played, conversation } = play(budget);
    const sending = conversation.send("Hi");
    await settled(1);
    assert.equal("maxOutputTokens" in (played.requests[0] ?? {}), false);
    played.answer(usage({ input: 1, output: 1 }));
    await sending;
  }
});

test("tokens are limited like money, for a model that is free as well", async () => {
  const conversation = createConversation({ model: rehearsal(), budget: { tokens: 3000 } });
  await conversation.send("usage: in=1000 out=500");
  assert.deepEqual(conversation.budget().tokens, { limit: 3000, spent: 1500, reserved: 0, left: 1500 });
  const error = await exceeded(conversation.send("hello"));
  assert.deepEqual([error.limit, error.spent], ["tokens", 1500]);
  assert.ok(error.needed > 1500 + 256);
});

test("a free model is free under a budget of money, whatever it is sent", async () => {
  const conversation = createConversation({ model: rehearsal(), budget: { dollars: 0 } });
  await conversation.send([
    text("hi"),
    { type: "file", source: { kind: "url", url: "https://x.example/a.pdf" } },
  ]);
  assert.equal(spent(conversation), 0n);
});

test("a model whose price is not known is not asked under a budget of money", async () => {
  const model = defineModel({ name: "m", provider: "p", protocol: "none" }, () =>
    Promise.resolve(answerOf(unknownUsage)),
  );
  const conversation = createConversation({ model, budget: { dollars: 1 } });
  const error = await rejection(conversation.send("Hi"));
  assert.ok(error instanceof ConfigurationError);
  assert.equal(error.code, "unbounded");
  assert.match(error.message, /the price of m is not known; give it/);
  await createConversation({ model, budget: { responses: 1 } }).send("Hi");
});

test("fifty children in flight on one budget: none of them together more than it has", async () => {
  const system = virtualSystem();
  const root = createConversation({
    model: rehearsal({ prices, clock: system.clock, maxOutput: 2000 }),
    machine: system,
    budget: { dollars: "0.25" },
  });
  let most = 0n;
  const watch = (): void => {
    const { dollars } = root.budget();
    const sum = (dollars?.spent.picodollars ?? 0n) + (dollars?.reserved.picodollars ?? 0n);
    if (sum > most) most = sum;
  };
  const children = Array.from({ length: 50 }, () => root.child({ onEvent: watch }));
  const outcomes = Promise.all(
    children.map((child, i) => child.send(`delay: 1 ;; stream: ${10 + i}`).catch((error: unknown) => error)),
  );
  await settled();
  const inFlight = reserved(root);
  assert.ok(inFlight > 200_000_000_000n, String(inFlight));
  system.clock.advance(1000);
  const ended = await outcomes;
  const refused = ended.filter((each) => each instanceof BudgetExceeded);
  assert.ok(refused.length > 20 && refused.length < 50, String(refused.length));
  assert.equal(ended.length - refused.length, root.usage().responses);
  assert.ok(most <= 250_000_000_000n);
  const { cost: used } = root.usage();
  assert.ok(used.known);
  assert.equal(spent(root), used.picodollars);
  assert.equal(reserved(root), 0n);
  // What was held is free again: those who were refused can go on, one after the other.
  for (const child of children) {
    if (child.history.length !== 1) continue;
    const again = child.send();
    await settled(1);
    system.clock.advance(1000);
    await again;
  }
  assert.equal(root.usage().responses, 50);
});

test("an answer without a report of its usage is charged as reserved, and its cost is unknown all the same", async () => {
  for (const none of [unknownUsage, usage({})]) {
    const { played, conversation } = play({ dollars: 1, tokens: 100_000 });
    const sending = conversation.send("Hi");
    await settled(1);
    const held = reserved(conversation);
    assert.ok(held > 0n);
    played.answer(none);
    await sending;
    assert.equal(spent(conversation), held);
    assert.equal(conversation.budget().tokens?.spent, 1024 + 32 + 64 + 2 + 4096);
    assert.equal(reserved(conversation), 0n);
    assert.equal(conversation.usage().cost.known, none !== unknownUsage);
  }
});

test("the next call's bound begins with what the provider counted, in a fork as well", async () => {
  const { played, conversation } = play({ tokens: 1_000_000 });
  const sending = conversation.send("x".repeat(100_000));
  await settled(1);
  assert.ok((conversation.budget().tokens?.reserved ?? 0) > 100_000);
  played.answer(usage({ input: 25_000, output: 10 }));
  await sending;
  for (const next of [conversation, conversation.fork()]) {
    const more = next.send("more");
    await settled(1);
    assert.equal(next.budget().tokens?.reserved, 25_010 + 32 + 64 + 4 + 4096);
    played.answer(usage({ input: 25_100, output: 10 }));
    await more;
  }
});

/* Ends without an answer */

const ends: [name: string, error: unknown, free: boolean][] = [
  ["refused: 429", new ModelError("no", { kind: "rate-limit", status: 429 }), true],
  ["refused: 400", new ModelError("no", { kind: "invalid-request", status: 400 }), true],
  ["refused: 500", new ModelError("no", { kind: "server", status: 500 }), true],
  ["refused: 529", new ModelError("no", { kind: "overloaded", status: 529 }), true],
  ["no connection", new ModelError("no", { kind: "connection" }), true],
  ["no connection, by its code", connectionError("ECONNREFUSED"), true],
  ["no name", connectionError("ENOTFOUND"), true],
  ["could not be sent", new ConfigurationError("invalid-option", "no"), true],
  ["no recording of it", new TraceError("miss", "a.httprr", "no"), true],
  ["a recording that was closed", new TraceError("closed", "a.httprr", "no"), true],
  ["a recording that cannot be written", new TraceError("unwritable", "a.httprr", "no"), false],
  ["broken connection", connectionError("ECONNRESET"), false],
  ["502 of a proxy", new ModelError("no", { kind: "server", status: 502 }), false],
  ["504 of a proxy", new ModelError("no", { kind: "server", status: 504 }), false],
  ["no answer in time", new ModelError("no", { kind: "timeout" }), false],
  ["cut on the way", new ModelError("no", { kind: "truncated" }), false],
  [
    "the filter, for which Azure charges",
    new ModelError("no", { kind: "content-filter", status: 400 }),
    false,
  ],
  ["a listener that throws", new Error("no"), false],
  ["an abort", new DOMException("no", "AbortError"), false],
];

function connectionError(code: string): ModelError {
  const cause = new Error("fetch failed", { cause: Object.assign(new Error(code), { code }) });
  return new ModelError("no", { kind: "connection", cause });
}

for (const [name, error, free] of ends) {
  test(`before an answer began, ${name}: ${free ? "released" : "charged"}`, async () => {
    assert.equal(isFreeOfCharge(error), free);
    const { played, conversation } = play({ dollars: 1, responses: 1 });
    const sending = rejection(conversation.send("Hi"));
    await settled(1);
    const held = reserved(conversation);
    played.fail(error);
    assert.equal(await sending, error);
    assert.equal(spent(conversation), free ? 0n : held);
    assert.equal(reserved(conversation), 0n);
    assert.equal(conversation.usage().cost.known, free, "and what it cost is known only if it was nothing");
    assert.deepEqual(conversation.budget().responses?.left, 1, "no answer had begun");
  });
}

test("an abort while the request still waits costs nothing", async () => {
  const { played, conversation } = play({ dollars: 1 });
  const abort = new AbortController();
  const sending = rejection(conversation.send("Hi", { signal: abort.signal }));
  await settled(1);
  played.event({ type: "wait", delayMs: 9, error: new ModelError("no", { kind: "rate-limit" }) });
  abort.abort("enough");
  assert.equal(await sending, "enough");
  assert.equal(spent(conversation), 0n);
  assert.equal(reserved(conversation), 0n);
});

test("a cut answer is charged by what came, where that tells how much was made; else as reserved", async () => {
  const input = usage({ input: 1000, output: 1 });
  // What was received is longer than its text: two parts, one of them begun, the other ended.
  const bytes = 100 + 20;
  const shown = cost(usage({ input: 1000, output: 1 + bytes + 512 }), prices);
  assert.ok(shown.known);
  const server = new ModelError("no", { kind: "overloaded", status: 200 });
  const network = new ModelError("no", { kind: "truncated" });
  const rows: [string, Usage, unknown, Partial<ConversationOptions>, exact: boolean][] = [
    ["the provider ended it", input, server, {}, true],
    ["we ended it", input, "enough", {}, true],
    ["the network ended it", input, network, {}, false],
    ["no usage was reported", unknownUsage, server, {}, false],
    ["thinking may be kept back", input, server, { settings: { thinking: "high" } }, false],
    ["an option may have it think", input, server, { settings: { providerOptions: { x: 1 } } }, false],
  ];
  for (const [name, used, error, more, exact] of rows) {
    const { played, conversation } = play({ dollars: 1, responses: 2 }, more);
    const sending = rejection(conversation.send("Hi"));
    await settled(1);
    const held = reserved(conversation);
    played.event({ type: "start", id: "r", model: "m" });
    if (used !== unknownUsage) played.event({ type: "usage", usage: used });
    played.event({ type: "part-delta", index: 0, kind: "text", text: "x".repeat(100) });
    played.event({ type: "part-end", index: 1, part: text("é".repeat(10)) });
    played.fail(error);
    await sending;
    assert.equal(spent(conversation), exact ? shown.picodollars : held, name);
    assert.equal(reserved(conversation), 0n);
    assert.equal(conversation.usage().cost.known, false);
    assert.equal(conversation.budget().responses?.spent, 1, "it had begun");
  }
});

test("each attempt is reserved anew, and one that had begun is charged", async () => {
  const overloaded = new ModelError("no", { kind: "overloaded", status: 529 });
  const { played, conversation } = play({ dollars: 1 });
  const sending = conversation.send("Hi");
  await settled(1);
  const each = reserved(conversation);
  played.event({ type: "retry", attempt: 1, delayMs: 1, error: overloaded });
  assert.deepEqual([spent(conversation), reserved(conversation)], [0n, 0n], "nothing is held while it waits");
  played.event({ type: "request", attempt: 2, model: "p/m" });
  assert.equal(reserved(conversation), each);
  played.event({ type: "start", id: "r", model: "m" });
  played.event({ type: "retry", attempt: 2, delayMs: 1, error: overloaded });
  assert.deepEqual([spent(conversation), reserved(conversation)], [each, 0n]);
  played.event({ type: "request", attempt: 3, model: "p/m" });
  played.answer(usage({ input: 10, output: 10 }));
  const { cost: last } = await sending;
  assert.ok(last.known);
  assert.equal(spent(conversation), each + last.picodollars);
});

test("an attempt that cannot be paid any more is not made: the send throws that", async () => {
  const model = defineModel(
    { name: "m", provider: "p", protocol: "none", maxOutput: 1000, prices },
    async (_, run) => {
      run?.onEvent?.({ type: "request", attempt: 1, model: "p/m" });
      run?.onEvent?.({ type: "start", id: "r", model: "m" });
      run?.onEvent?.({
        type: "retry",
        attempt: 1,
        delayMs: 0,
        error: new ModelError("no", { kind: "timeout" }),
      });
      run?.onEvent?.({ type: "request", attempt: 2, model: "p/m" });
      return answerOf(usage({}));
    },
  );
  const conversation = createConversation({ model, budget: { dollars: "0.02" } });
  const { spent: used, reserved: held } = await exceeded(conversation.send("Hi"));
  assert.ok(used > 0.018);
  assert.equal(held, 0);
  assert.equal(conversation.usage().responses, 0);
});

test("over the network: refusals that are tried again cost nothing, and the answer what it used", async (t) => {
  const { conversation, system, heard, server } = await converse(t, [answer(429), answer(503), says("ok")]);
  const priced = createConversation({
    model: { ...conversation.model, info: { ...conversation.model.info, prices } },
    budget: { dollars: 1 },
    machine: system,
    onEvent: heard.onEvent,
  });
  const first = await modelError(priced.send("a"));
  assert.equal(first.kind, "rate-limit");
  assert.equal(spent(priced), 0n);
  await modelError(priced.send());
  assert.equal(spent(priced), 0n);
  const { cost: last } = await priced.send();
  assert.ok(last.known);
  assert.equal(spent(priced), last.picodollars);
  assert.ok((server.calls[0]?.json["max_tokens"] as number) > 0);
});

test("a bound that the model was opened with is the one that is reserved and sent", async (t) => {
  const { server } = await converse(t, [says("ok")]);
  const model = openModel({
    protocol: "anthropic-messages",
    baseUrl: server.url,
    model: "any",
    prices,
    maxOutputTokens: 700,
  });
  await createConversation({ model, budget: { dollars: 1 } }).send("Hi");
  assert.equal(server.calls[0]?.json["max_tokens"], 700);
});

/* Time */

test("wall time stops what is in flight, and lets nothing begin after it", async () => {
  const machine = virtualSystem();
  const { played, conversation } = play({ wallTimeMs: 1000, dollars: 1 }, { machine });
  const child = conversation.child();
  machine.clock.advance(400);
  const sending = exceeded(child.send("Hi"));
  await settled(1);
  assert.equal(machine.clock.nextIn, 600);
  machine.clock.advance(600);
  const { limit, conversationId, allowed, spent: took, message } = await sending;
  assert.deepEqual([limit, conversationId, allowed, took], ["wallTimeMs", conversation.id, 1000, 1000]);
  assert.match(message, /1000 of 1000 ms used/);
  assert.equal(machine.clock.pending, 0);
  assert.ok(spent(conversation) > 0n, "what was in flight is charged");
  const before = spent(conversation);
  assert.equal((await exceeded(conversation.send("Hi"))).limit, "wallTimeMs");
  assert.equal(played.requests.length, 1);
  assert.equal(spent(conversation), before);
  assert.deepEqual([reserved(conversation), conversation.budget().wallTimeMs?.left], [0n, 0]);
  conversation.resetBudget();
  const again = conversation.send();
  await settled(1);
  assert.equal(machine.clock.nextIn, 1000);
  played.answer(usage({ input: 1, output: 1 }), 1);
  await again;
  assert.equal(machine.clock.pending, 0, "a timer only while a call is in flight");
});

test("without a limit on time no timer is set, and the signal is the caller's own", async () => {
  const machine = virtualSystem();
  let given: AbortSignal | undefined;
  const model = defineModel({ name: "m", provider: "p", protocol: "none" }, async (_, run) => {
    given = run?.signal;
    assert.equal(machine.clock.pending, 0);
    return answerOf(usage({}));
  });
  const { signal } = new AbortController();
  await createConversation({ model, machine }).send("Hi", { signal });
  assert.equal(given, signal);
});

test("the caller's abort is passed on under a limit on time, with its reason", async () => {
  const machine = virtualSystem();
  const { conversation } = play({ wallTimeMs: 1000 }, { machine });
  const abort = new AbortController();
  const sending = rejection(conversation.send("Hi", { signal: abort.signal }));
  await settled(1);
  abort.abort("enough");
  assert.equal(await sending, "enough");
  assert.equal(machine.clock.pending, 0);
});

test("under a limit on time as well nothing is sent once the conversation's own signal is aborted", async () => {
  const machine = virtualSystem();
  const { played, conversation } = play({ wallTimeMs: 1000 }, { machine, signal: AbortSignal.abort("over") });
  assert.equal(await rejection(conversation.send("Hi")), "over");
  assert.equal(played.requests.length, 0);
});

test("what is not sent holds nothing, not for a moment: others have the room", async () => {
  const machine = virtualSystem();
  const { played, conversation } = play({ responses: 1 }, { machine });
  const aborted = rejection(conversation.child({ signal: AbortSignal.abort("over") }).send("Hi"));
  const late = exceeded(conversation.child({ budget: { wallTimeMs: 0 } }).send("Hi"));
  const sending = conversation.child().send("Hi");
  await settled(1);
  played.answer(usage({ input: 1, output: 1 }));
  await sending;
  assert.equal(await aborted, "over");
  assert.equal((await late).limit, "wallTimeMs");
  assert.equal(played.requests.length, 1);
});

/* The watchdog */

test("a call that used more than it could freezes its budget, and says so; the answer is kept", async () => {
  const events: ConversationEvent[] = [];
  const root = createConversation({
    model: rehearsal({ prices }),
    budget: { dollars: 10 },
    onEvent: (event) => events.push(event),
  });
  const child = root.child();
  const { text: said } = await child.send("usage: in=1000000 out=5");
  assert.notEqual(said, "");
  assert.equal(child.history.length, 2);
  const told = events.find((event) => event.type === "budget-broken");
  assert.ok(told?.type === "budget-broken");
  const { error, conversationId } = told;
  assert.equal(conversationId, child.id);
  assert.deepEqual([error.limit, error.conversationId, error.caller], ["dollars", root.id, child.id]);
  assert.equal(error.actual, 3.000075);
  assert.ok(error.reserved < 0.2);
  assert.equal(events.at(-1)?.type, "response");
  await assert.rejects(root.send("Hi"), (thrown) => thrown === error && thrown instanceof BudgetBroken);
  await assert.rejects(child.send("Hi"), BudgetBroken);
  root.resetBudget();
  await root.send();
});

test("a listener that throws at the answer keeps nobody from hearing that it broke a budget", async () => {
  const heard: string[] = [];
  const conversation = createConversation({
    model: rehearsal({ prices }),
    budget: { dollars: 10 },
    onEvent: ({ type, ...event }) => {
      heard.push(type);
      if (type === "message" && "message" in event && event.message.role === "assistant")
        throw new Error("no");
    },
  });
  assert.match(String(await rejection(conversation.send("usage: in=1000000 out=5"))), /no/);
  assert.ok(heard.includes("budget-broken"));
});

for (const error of ["stopped", new ModelError("cut", { kind: "truncated" })]) {
  test(`an answer that reports more than it could use breaks its budget also when it is cut: ${String(error)}`, async () => {
    const heard: ConversationEvent[] = [];
    const { played, conversation } = play(
      { dollars: 10, tokens: 100_000 },
      { onEvent: (event) => heard.push(event) },
    );
    const sending = rejection(conversation.send("Hi"));
    await settled(1);
    played.event({ type: "usage", usage: usage({ input: 1_000_000, output: 5 }) });
    played.fail(error);
    assert.equal(await sending, error);
    assert.equal(spent(conversation), 3_000_075_000_000n);
    assert.equal(conversation.budget().tokens?.spent, 1_000_005);
    assert.ok(heard.some(({ type }) => type === "budget-broken"));
    const broken = await rejection(conversation.send());
    assert.ok(broken instanceof BudgetBroken && broken.actual === 1_000_005);
  });
}

test("a reset keeps what is in flight under the old limits", async () => {
  const { played, conversation } = play({ dollars: 1 });
  const child = conversation.child();
  const sending = child.send("Hi");
  await settled(1);
  conversation.resetBudget({ dollars: 2, responses: 1 });
  assert.equal(reserved(conversation), 0n);
  played.answer(usage({ input: 10, output: 10 }));
  await sending;
  assert.equal(spent(conversation), 0n);
  assert.deepEqual(conversation.budget().responses, { limit: 1, spent: 0, reserved: 0, left: 1 });
  assert.deepEqual(Object.keys(conversation.fork().budget()), ["dollars", "responses"]);
  assert.throws(() => conversation.resetBudget({ dollars: -1 }), ConfigurationError);
  conversation.resetBudget({});
  assert.deepEqual(conversation.budget(), {} satisfies BudgetState);
});

test("a call stays with the limits that it began with in all its attempts", async () => {
  const overloaded = new ModelError("no", { kind: "overloaded", status: 529 });
  const { played, conversation } = play({ responses: 1 });
  const sending = conversation.send("Hi");
  await settled(1);
  played.event({ type: "retry", attempt: 1, delayMs: 1, error: overloaded });
  // Its request has no bound that would fit into these.
  conversation.resetBudget({ responses: 1, tokens: 10 });
  played.event({ type: "request", attempt: 2, model: "p/m" });
  const none = { spent: 0, reserved: 0 };
  const fresh = { responses: { limit: 1, ...none, left: 1 }, tokens: { limit: 10, ...none, left: 10 } };
  assert.deepEqual(conversation.budget(), fresh);
  played.answer(usage({ input: 1000, output: 10 }));
  await sending;
  assert.deepEqual(conversation.budget(), fresh);
});

test("a state can be written as JSON", () => {
  const conversation = createConversation({ model: rehearsal(), budget: { dollars: "0.5" } });
  assert.equal(
    JSON.stringify(conversation.budget()["dollars"]?.limit),
    '{"known":true,"picodollars":"500000000000","dollars":0.5}',
  );
});

/* All of it at once */

test("any tree, any order of answers, failures and resets: no budget is ever passed, and nothing stays held", async () => {
  const budgets = fc.array(
    fc.option(
      fc.record(
        { dollars: fc.integer({ min: 1, max: 60 }), tokens: fc.integer({ min: 1, max: 60 }) },
        { requiredKeys: [] },
      ),
      {
        nil: undefined,
      },
    ),
    { minLength: 4, maxLength: 4 },
  );
  const how = fc.constantFrom("answer", "unknown", "refuse", "lose", "cut", "retry", "reset", "wait");
  const steps = fc.array(fc.record({ who: fc.nat(3), how, which: fc.nat(9), share: fc.nat(100) }), {
    maxLength: 30,
    size: "max",
  });
  const seen = { answered: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(budgets, steps, async (limits, schedule) => {
      const played = new Played();
      const budget = (i: number): { budget?: Budget } => {
        const { dollars, tokens } = limits[i] ?? {};
        return {
          budget: {
            ...(dollars !== undefined && { dollars: `0.${String(dollars * 4).padStart(3, "0")}` }),
            ...(tokens !== undefined && { tokens: tokens * 800 }),
          },
        };
      };
      const root = createConversation({ model: played.model, ...budget(0) });
      const left = root.child(budget(1));
      const tree = [root, left, root.child(budget(2)), left.child(budget(3))];
      const check = (): void => {
        for (const { dollars, tokens } of tree.map((each) => each.budget())) {
          if (dollars) {
            assert.ok(dollars.spent.picodollars + dollars.reserved.picodollars <= dollars.limit.picodollars);
          }
          if (tokens) assert.ok(tokens.spent + tokens.reserved <= tokens.limit);
        }
      };
      const sends: Promise<unknown>[] = [];
      const end = (kind: string, which: number, share: number): void => {
        if (played.running === 0) return;
        const at = which % played.running;
        const used = played.count(share, at);
        if (kind === "cut" || kind === "retry") {
          played.event({ type: "start", id: "r", model: "m" }, at);
          played.event({ type: "usage", usage: used }, at);
        }
        const error = new ModelError("no", { kind: kind === "lose" ? "truncated" : "overloaded" });
        if (kind === "answer") played.answer(used, at);
        else if (kind === "unknown") played.answer(unknownUsage, at);
        else if (kind === "retry") {
          try {
            played.event({ type: "retry", attempt: 1, delayMs: 0, error }, at);
            played.event({ type: "request", attempt: 2, model: "p/m" }, at);
          } catch (thrown) {
            played.fail(thrown, at);
          }
        } else played.fail(error, at);
      };
      for (const { who, how: kind, which, share } of schedule) {
        const conversation = tree[who] as Conversation;
        sends.push(
          conversation.send("x").then(
            () => seen.answered++,
            (error: unknown) => {
              if (error instanceof BudgetExceeded) seen.refused++;
              else if (error instanceof BudgetBroken) throw error;
            },
          ),
        );
        await promises();
        check();
        if (kind === "reset") conversation.resetBudget();
        else if (kind !== "wait") end(kind, which, share);
        await promises();
        check();
      }
      while (played.running > 0) end("answer", 0, 50);
      await Promise.all(sends);
      check();
      for (const { dollars, tokens } of tree.map((each) => each.budget())) {
        assert.equal(dollars?.reserved.picodollars ?? 0n, 0n);
        assert.equal(tokens?.reserved ?? 0, 0);
      }
    }),
    { numRuns: 400 },
  );
  assert.ok(seen.answered > 300 && seen.refused > 300, JSON.stringify(seen));
});

async function promises(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve();
}

test("tools are run only as often as a budget allows, all calls of an answer or none", async () => {
  let ran = 0;
  const count = defineTool({
    name: "count",
    description: "Counts.",
    input: { type: "object" },
    run: () => String(++ran),
  });
  const model = scripted([
    { toolCalls: [{ name: "count", input: {} }] },
    {
      toolCalls: [
        { name: "count", input: {} },
        { name: "count", input: {} },
      ],
    },
    "done",
  ]);
  const conversation = createConversation({ model, tools: [count], budget: { toolCalls: 2 } });
  const { end, error } = await conversation.turn("Go");
  assert.equal(end, "budget");
  assert.ok(error instanceof BudgetExceeded);
  assert.deepEqual([error.limit, error.allowed, error.spent, error.needed], ["toolCalls", 2, 1, 2]);
  assert.equal(ran, 1);
  const last = conversation.history.last?.parts ?? [];
  assert.deepEqual(
    last.map(({ type }) => type),
    ["tool-result", "tool-result"],
    "each call has its result all the same",
  );
  conversation.resetBudget();
  assert.equal((await conversation.turn()).text, "done");
});

test("calls whose results are known already are not counted again when a turn goes on", async () => {
  let ran = 0;
  const count = defineTool({ name: "count", input: { type: "object" }, run: () => String(++ran) });
  const model = scripted([{ toolCalls: [{ name: "count" }, { name: "count" }] }, "done"]);
  const conversation = createConversation({ model, tools: [count], budget: { toolCalls: 3 } });
  await conversation.runTools(await conversation.send("Go"));
  assert.equal(conversation.budget().toolCalls?.spent, 2);
  const { end, text: said } = await conversation.turn();
  assert.deepEqual([end, said, ran], ["done", "done", 2]);
  assert.deepEqual(conversation.budget().toolCalls, { limit: 3, spent: 2, reserved: 0, left: 1 });
});

test("runTools twice for one answer runs and counts its calls once", async () => {
  let ran = 0;
  const count = defineTool({ name: "count", input: { type: "object" }, run: () => String(++ran) });
  const model = scripted([{ toolCalls: [{ name: "count" }, { name: "count" }] }, "done"]);
  const conversation = createConversation({ model, tools: [count], budget: { toolCalls: 2 } });
  const answer = await conversation.send("Go");
  const results = await conversation.runTools(answer);
  assert.deepEqual(await conversation.runTools(answer), results);
  assert.equal(ran, 2);
  assert.equal(conversation.budget().toolCalls?.spent, 2);
});

test("a structured answer is reserved for each time it is asked for", async () => {
  const said: Message = { role: "assistant", parts: [text("no JSON")] };
  const requests: Request[] = [];
  const model = defineModel({ name: "m", provider: "p", protocol: "none", prices }, async (request) => {
    requests.push(request);
    return { ...answerOf(usage({ input: 1000, output: 10 })), message: said, text: "no JSON", cost: noCost };
  });
  const conversation = createConversation({ model, budget: { responses: 2, dollars: 5 } });
  const schema = { type: "object", properties: { a: { type: "string" } } } as const;
  await assert.rejects(conversation.send("Hi", { output: schema, outputRetries: 5 }), BudgetExceeded);
  assert.equal(requests.length, 2);
  assert.ok(requests.every(({ maxOutputTokens }) => maxOutputTokens === 16_384));
});
