import { ModelError } from "../../src/llm/errors.ts";
import type { Message } from "../../src/llm/message.ts";
import { cost, knownCost, type Prices } from "../../src/llm/money.ts";
import type { Request } from "../../src/llm/request.ts";
import { response, type Response } from "../../src/llm/response.ts";
import { inputTokens, outputTokens, unknownUsage, usage, type Usage } from "../../src/llm/usage.ts";
import { defineModel, type Model, type RunOptions } from "../../src/providers/model.ts";
import type { Amounts } from "./accounts.ts";
import { Attempt, failure, isRefused } from "./attempt.ts";
import { someAnswer, someLength, someUsage, type Answer } from "./answers.ts";
import type { Passage } from "./books.ts";
import type { RequestJudge } from "./judge-requests.ts";
import type { Node, World } from "./world.ts";

/** The window of models whose window is known, in tokens of four characters. */
const WINDOW = 800;

const rates = { input: "3", cacheRead: "0.3", cacheWrite5m: "3.75", output: "15" };
const nothing = { input: "0", cacheRead: "0", cacheWrite5m: "0", output: "0" };

/** A provider that keeps to its protocol, and has the faults of the schedule otherwise. */
export class Provider {
  readonly #world: World;
  readonly #judge: RequestJudge;
  /** Some models have none that anybody knows. */
  readonly #prices: Prices | undefined;

  constructor(world: World, judge: RequestJudge) {
    this.#world = world;
    this.#judge = judge;
    this.#prices = world.faults.has("unpriced")
      ? undefined
      : { rates: world.faults.has("free") ? nothing : rates };
  }

  /** The model of one conversation; `of` is asked when the first request comes. */
  model(of: () => Node): Model {
    const window = this.#world.faults.has("overflow") ? { window: WINDOW } : {};
    const info = {
      name: "simulated",
      provider: "simulated",
      protocol: "none",
      ...(this.#prices !== undefined && { prices: this.#prices }),
      ...window,
    };
    const { plants } = this.#world;
    const ask: Model["complete"] = (request, options = {}) => this.#ask(of(), request, options);
    return defineModel(info, plants.ask?.(ask) ?? ask);
  }

  async #ask(node: Node, request: Request, options: RunOptions): Promise<Response> {
    const world = this.#world;
    options.signal?.throwIfAborted();
    const input = lengthOf(request.messages);
    // What it may not use where nobody bounds it, it is not held to.
    const most = request.maxOutputTokens ?? 0;
    const worst = { responses: 1, ...this.#bill(dearest(this.#read(input), most)) };
    const passage = this.#judge.begin(node, request, options, worst);
    const attempt = new Attempt(world, options, passage);
    world.note(() => `${node.name} asks with ${request.messages.length} messages`);
    try {
      const { answer, made } = await this.#answer(node, attempt, request, input);
      node.books.answer(answer.usage, answer.cost);
      this.#spend(node, passage, answer.usage, made, 1);
      return answer;
    } catch (error) {
      this.#broke(node, attempt, request, error);
      world.note(() => `${node.name} request failed: ${String(error)}`);
      throw error;
    } finally {
      this.#judge.end(node, passage, options);
    }
  }

  /** An attempt that fails, and is made again behind the conversation's back. */
  async #retry(node: Node, attempt: Attempt, request: Request): Promise<void> {
    const world = this.#world;
    if (world.random.chance(0.5)) {
      attempt.begin();
      if (world.random.chance(0.5)) attempt.report(someUsage(world, 10, 0));
    }
    const error = failure(world);
    this.#broke(node, attempt, request, error);
    attempt.waits = true;
    attempt.passage.end();
    attempt.emit({ type: "retry", attempt: 1, delayMs: 10, error });
    await attempt.pause();
    attempt.waits = false;
    attempt.passage.hold();
    attempt.emit({ type: "request", attempt: 2, model: "simulated/simulated" });
    this.#judge.sent(node, attempt.passage);
  }

  /** An attempt has no answer: it cost nothing only where it was refused, or not made yet. */
  #broke(node: Node, attempt: Attempt, request: Request, error: unknown): void {
    const { begun, waits, passage } = attempt;
    attempt.begun = undefined;
    if (begun === undefined && (waits || isRefused(error))) return passage.end();
    node.books.cut(begun, this.#prices);
    const { tokens = 0 } = passage.worst;
    const told = begun === undefined ? 0 : inputTokens(begun) + outputTokens(begun);
    // By what was reported and seen of it, somebody could tell how far it had come, unless it broke on the way back.
    const seen = begun !== undefined && told > 0 && (isRefused(error) || !(error instanceof ModelError));
    const { maxOutputTokens = 0 } = request;
    // Nor is more made than was asked for, however little of the input was reported: only a lie is longer.
    const room = Math.max(0, Math.min(tokens - told, maxOutputTokens - (begun?.output ?? 0)));
    const unseen = this.#world.random.below(Math.min(UNSEEN, room) + 1);
    const made =
      begun !== undefined && (seen || told > tokens)
        ? { ...begun, output: begun.output + unseen }
        : dearest(this.#read(lengthOf(request.messages)), this.#world.random.below(maxOutputTokens + 1));
    this.#spend(node, passage, unknownUsage, made, begun === undefined ? 0 : 1);
  }

  /** Books what an attempt used: what is reported is what is billed. */
  #spend(node: Node, passage: Passage, reported: Usage, made: Usage, responses: number): void {
    const told = inputTokens(reported) > 0;
    const used = { responses, ...this.#bill(told ? reported : made) };
    for (const wrong of passage.spend(used, told ? used : { responses }))
      this.#world.fail(`${node.name}: ${wrong}`);
  }

  #bill(used: Usage): Amounts {
    const price = this.#prices === undefined ? knownCost(0n) : cost(used, this.#prices);
    return {
      tokens: inputTokens(used) + outputTokens(used),
      dollars: price.known ? Number(price.picodollars) : 0,
    };
  }

  /** What a model reads of so much: no more than its window has. */
  #read(input: number): number {
    return this.#world.faults.has("overflow") ? Math.min(input, WINDOW) : input;
  }

  async #answer(node: Node, attempt: Attempt, request: Request, input: number): Promise<Made> {
    const world = this.#world;
    const startedAt = world.clock.now();
    attempt.emit({ type: "request", attempt: 1, model: "simulated/simulated" });
    await attempt.pause();
    if (world.faults.has("overflow") && input > WINDOW && !world.calm)
      throw new ModelError("too long", { kind: "context-overflow" });
    if (world.has("errors", 0.15)) throw failure(world);
    if (world.has("retries", 0.2)) await this.#retry(node, attempt, request);
    attempt.begin();
    if (world.has("late-errors", 0.15)) {
      if (world.random.chance(0.5)) attempt.report(someUsage(world, input, someLength(world, request)));
      await attempt.pause();
      throw failure(world);
    }
    const { parts, stop } = shortened(someAnswer(world, request.tools !== undefined), request);
    for (const [index, part] of parts.entries()) await attempt.say(index, part);
    const output = Math.max(lengthOf([{ parts }]), someLength(world, request));
    const honest = someUsage(world, this.#read(input), output);
    const billed = honest === unknownUsage ? honest : this.#billed(honest, request);
    const id = `answer_${world.count()}`;
    if (billed !== honest)
      world.lies.set(id, { node, billed: this.#bill(billed), passage: attempt.passage, told: false });
    if (billed !== unknownUsage) attempt.report(billed);
    attempt.emit({ type: "stop", reason: stop, raw: stop });
    const answer = response({
      id,
      model: "simulated",
      message: { role: "assistant", parts },
      stopReason: stop,
      rawStopReason: stop,
      usage: billed,
      cost: cost(billed, this.#prices),
      timing: { startedAt, firstEventMs: 0, totalMs: world.clock.now() - startedAt },
    });
    attempt.emit({ type: "response", response: answer });
    return { answer, made: dearest(this.#read(input), output) };
  }

  /** Some bill more than was promised: more was made than it was bounded to, or more was read than there was. */
  #billed(honest: Usage, { maxOutputTokens }: Request): Usage {
    const world = this.#world;
    if (maxOutputTokens === undefined || !world.has("lies")) return honest;
    const much = world.random.pick([1 + world.random.below(4000), 10_000_000]);
    return world.random.chance(0.5)
      ? { ...honest, output: maxOutputTokens + much }
      : { ...honest, input: honest.input + much };
  }
}

/** An answer, and what it took, whatever is reported of it. */
interface Made {
  readonly answer: Response;
  readonly made: Usage;
}

/** So many tokens of a cut answer may not have got here. */
const UNSEEN = 512;

/** An answer that is no longer than it may be. */
function shortened({ parts, stop }: Answer, { maxOutputTokens = Infinity }: Request): Answer {
  if (lengthOf([{ parts }]) <= maxOutputTokens) return { parts, stop };
  const fitting = parts.filter((_, at) => lengthOf([{ parts: parts.slice(0, at + 1) }]) <= maxOutputTokens);
  return { parts: fitting, stop: "max_tokens" };
}

/** All of the input written to a cache, which is dearest. */
function dearest(input: number, output: number): Usage {
  return usage({ cacheWrite5m: input, output });
}

/** In tokens, each of which has four characters. */
function lengthOf(messages: Iterable<Pick<Message, "parts">>): number {
  let all = 0;
  for (const { parts } of messages) {
    for (const part of parts) {
      if (part.type === "text" || part.type === "thinking") all += part.text.length;
      else if (part.type === "tool-call") all += part.argumentsText.length;
      else if (part.type === "tool-result")
        for (const each of part.content) all += each.type === "text" ? each.text.length : 0;
    }
  }
  return Math.ceil(all / 4);
}
