import type { Conversation } from "../../src/conversation/conversation.ts";
import type { Tool } from "../../src/conversation/tool.ts";
import type { ToolPolicy } from "../../src/conversation/tool-batch.ts";
import type { Message } from "../../src/llm/message.ts";
import type { Response } from "../../src/llm/response.ts";
import type { Model } from "../../src/providers/model.ts";
import type { Account, Limits, Moment } from "./accounts.ts";
import { Books } from "./books.ts";
import { SimulatedClock } from "./clock.ts";
import { swarm, type Fault } from "./faults.ts";
import type { Lie } from "./judge-budgets.ts";
import type { Plants } from "./plants.ts";
import { Random } from "./random.ts";

/** When all is told to end, and nothing more goes wrong, in milliseconds of the schedule's own time. */
export const PATIENCE = 40_000;

/** What a listener throws now and then. */
export class ListenerError extends Error {
  override readonly name = "ListenerError";
}

/** Why something was cancelled; each cause has a number of its own. */
export class Cause extends Error {
  override readonly name = "Cause";
}

/** Something that a conversation has under way. */
export interface Operation {
  readonly kind: "turn" | "send" | "run-tools" | "compact";
  readonly node: Node;
  /** When it was told to end, on the virtual clock. */
  cancelledAt?: number;
  over: boolean;
  /** The one that it was given. */
  readonly signal?: AbortSignal | undefined;
  /** The calls whose results it was told of. */
  readonly results: CallRecord[];
  /** A budget refused it. */
  refused: boolean;
  /** The answer whose calls it runs by hand. */
  readonly by?: Response | undefined;
}

/** The calls of one answer, and the limits that they count in. */
interface Batch {
  readonly by: Message | Response;
  readonly calls: number;
  readonly accounts: readonly Account[];
  /** Whether any of them began: then all of them were counted. */
  runs: boolean;
}

/** A conversation, as the simulation knows it. */
export interface Node {
  readonly name: string;
  readonly conversation: Conversation;
  readonly parent: Node | undefined;
  readonly books: Books;
  readonly depth: number;
  readonly signal: AbortSignal | undefined;
  /** The call that it ends with: a tool made it, or what it comes from. */
  readonly call: CallRecord | undefined;
  readonly operations: Set<Operation>;
  readonly calls: Map<string, CallRecord>;
  /** The answer whose calls were the last to be run. */
  batch: Batch | undefined;
  /** In which turn of the loop the last of its operations began. */
  began: number;
  /** How often a budget refused something. */
  refusals: number;
  /** Compactions so far: what they summed up is not looked for any more. */
  compactions: number;
}

/** What a tool came to. */
type Settled =
  | { readonly how: "returned"; readonly tells: string }
  | { readonly how: "threw"; readonly error: unknown };

/** All that is known of one call. */
export interface CallRecord {
  readonly node: Node;
  readonly id: string;
  operation: Operation | undefined;
  /** What it was whose policy was asked last. */
  askedBy: Operation | undefined;
  approvals: number;
  leave: "none" | "asked" | "allowed" | "denied";
  started: number;
  runs: number;
  /** Its tool's. */
  signal: AbortSignal | undefined;
  /** In which step its tool settled, and how. */
  settled?: { readonly step: number } & Settled;
  results: number;
  /** What the model is to be told. */
  told?: string;
  /** The compactions that its conversation had seen when it was told. */
  compactions: number;
  readonly within: Operation[];
}

/** One schedule: the seed's chance, time and faults, the conversations in it, and what was seen to be wrong. */
export class World {
  readonly seed: number;
  readonly random: Random;
  readonly clock: SimulatedClock;
  readonly faults: ReadonlySet<Fault>;
  readonly plants: Plants;
  readonly nodes: Node[] = [];
  readonly failures: string[] = [];
  readonly trace: string[] | undefined;
  /** What runs in the background and must have ended when the schedule does. */
  readonly running = new Set<Promise<unknown>>();
  readonly signals: AbortSignal[] = [];
  /** What budgets refused with, and whether it was true. */
  readonly judged = new WeakMap<Error, boolean>();
  /** Answers that cost more than was promised, by their ids. */
  readonly lies = new Map<string, Lie>();
  /** A model whose requests are known to be one conversation's. */
  modelOf: (node: () => Node) => Model = () => {
    throw new TypeError("there is no provider yet");
  };
  /** Who says which calls of a conversation may run. */
  policyOf: (node: () => Node) => ToolPolicy | undefined = () => undefined;
  /** The tools of each conversation. */
  tools: readonly Tool[] = [];
  /** Counts how often everything that could run has run. */
  step = 0;
  /** No more faults: everybody ends what he has begun. */
  calm = false;
  /** Requests that the provider still answers with something to do. */
  energy: number;
  #count = 0;

  constructor(seed: number, plants: Plants, traced: boolean) {
    this.seed = seed;
    this.random = new Random(seed);
    this.clock = new SimulatedClock(this.random);
    this.faults = swarm(this.random);
    this.plants = plants;
    this.energy = 4 + this.random.below(20);
    if (traced) this.trace = [`faults: ${[...this.faults].join(" ")}`];
  }

  /** Whether a fault happens here and now. */
  has(fault: Fault, probability = 0.3): boolean {
    return (
      !this.calm &&
      this.clock.monotonic() < PATIENCE &&
      this.faults.has(fault) &&
      this.random.chance(probability)
    );
  }

  get now(): Moment {
    return { step: this.step, ms: this.clock.monotonic() };
  }

  /** Counts on, for names and markers. */
  count(): number {
    return ++this.#count;
  }

  fail(what: string): void {
    this.failures.push(what);
    this.note(`FAILURE: ${what}`);
  }

  expect(holds: boolean, what: () => string): void {
    if (!holds) this.fail(what());
  }

  /** For the trace; the text is made only where there is one. */
  note(what: string | (() => string)): void {
    this.trace?.push(`${this.clock.monotonic()} ${typeof what === "string" ? what : what()}`);
  }

  /** Some time passes, or only a few turns of the queue. */
  async pause(most: number): Promise<void> {
    if (this.random.chance(0.5)) await this.clock.after(this.random.below(most));
    for (let hops = this.random.below(4); hops > 0; hops--) await Promise.resolve();
  }

  /** The conversation of this id; one that sums another up is nobody's. */
  find(id: string): Node | undefined {
    return this.nodes.find(({ conversation }) => conversation.id === id);
  }

  /** Takes a conversation in. */
  add(
    conversation: Conversation,
    parent: Node | undefined,
    limits: Limits,
    { signal, call }: Pick<Node, "signal" | "call">,
  ): Node {
    const node: Node = {
      name: `${"rcg"[parent === undefined ? 0 : parent.depth + 1] ?? "g"}${this.nodes.length}`,
      conversation,
      parent,
      books: new Books(parent?.books, limits, () => this.now),
      depth: parent === undefined ? 0 : parent.depth + 1,
      signal,
      call,
      operations: new Set(),
      calls: new Map(),
      batch: undefined,
      began: 0,
      refusals: 0,
      compactions: 0,
    };
    this.nodes.push(node);
    return node;
  }

  /** What is known of a call; made when it is first heard of. */
  call(node: Node, id: string): CallRecord {
    let record = node.calls.get(id);
    if (record === undefined) {
      record = {
        node,
        id,
        operation: undefined,
        askedBy: undefined,
        approvals: 0,
        leave: "none",
        started: 0,
        runs: 0,
        signal: undefined,
        results: 0,
        compactions: 0,
        within: [],
      };
      node.calls.set(id, record);
    }
    return record;
  }

  /** Something that goes on by itself. Whatever it rejects with that nobody expected is a failure. */
  background(work: () => Promise<unknown>): void {
    const running = work()
      .catch((error: unknown) => this.fail(`an actor failed: ${describe(error)}`))
      .finally(() => this.running.delete(running));
    this.running.add(running);
  }

  /** Notes that an operation was told to end, and with it what ends with it. */
  cancelled(operation: Operation): void {
    if (operation.cancelledAt !== undefined) return;
    operation.cancelledAt = this.clock.monotonic();
    if (operation.kind === "turn") this.cancelBelow(operation.node);
    if (operation.kind !== "run-tools") return;
    for (const call of operation.node.calls.values())
      if (call.operation === operation) for (const each of call.within) this.cancelled(each);
  }

  /** Notes that all that descendants have under way was told to end. */
  cancelBelow(node: Node): void {
    for (const each of this.nodes) {
      if (isBelow(each, node)) for (const operation of each.operations) this.cancelled(operation);
    }
  }

  /** Whether an operation was told to end, also by the call that it is within: that one's time may be up. */
  wasCancelled(operation: Operation): boolean {
    if (isDead(operation.node)) this.cancelled(operation);
    return operation.cancelledAt !== undefined;
  }
}

/** Whether nothing can be done with a conversation any more: its own signal, or the call that it is for, is over. */
export function isDead({ signal, call }: Node): boolean {
  return signal?.aborted === true || call?.signal?.aborted === true || (call?.results ?? 0) > 0;
}

function isBelow(node: Node, ancestor: Node): boolean {
  for (let at = node.parent; at !== undefined; at = at.parent) if (at === ancestor) return true;
  return false;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
}
