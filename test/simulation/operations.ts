import { CallOver, ToolTimeout } from "../../src/conversation/tool-run.ts";
import type { TurnOptions } from "../../src/conversation/turn.ts";
import { ConfigurationError, ModelError, OutputError } from "../../src/llm/errors.ts";
import type { Message, Part } from "../../src/llm/message.ts";
import type { Response } from "../../src/llm/response.ts";
import { budgetOf, type Limits } from "./accounts.ts";
import { isTrue } from "./judge-budgets.ts";
import { judgeHistory } from "./judge-events.ts";
import { brief, isClosed } from "./judge-requests.ts";
import { Cause, isDead, ListenerError, type Node, type Operation, type World } from "./world.ts";
import { numbered } from "./schemas.ts";

/** How long whatever was cancelled may take to end, in milliseconds: the graces of tools, and a deaf provider's time. */
const LONGEST_END = 15_000;

/** What one operation is given. */
export interface Given {
  readonly signal?: AbortSignal | undefined;
  /** The answer whose calls are run by hand. */
  readonly by?: Response;
}

/** What can be done with a conversation, each with what must be true of it while it lasts and when it is over. */
export const operate = {
  async send(
    world: World,
    node: Node,
    said: string | readonly Part[] | undefined,
    given: Given = {},
  ): Promise<Response | undefined> {
    const result = await run(world, node, "send", given, () =>
      node.conversation.send(said, { signal: given.signal, onEvent: ownListener(world) }),
    );
    return result;
  },

  /** An answer by schema, which this model gives seldom. */
  async output(world: World, node: Node, said: string, given: Given): Promise<void> {
    await run(world, node, "send", given, () =>
      node.conversation.send(said, { signal: given.signal, output: numbered }),
    );
  },

  /** The same as events, and perhaps not to the end. */
  async stream(world: World, node: Node, said: string, given: Given): Promise<void> {
    const leaveAt = world.random.chance(0.3) ? world.random.below(10) : Infinity;
    await run(world, node, "send", given, async (operation) => {
      let count = 0;
      for await (const event of node.conversation.stream(said, { signal: given.signal })) {
        if (count++ < leaveAt && event.type !== "response") continue;
        if (event.type !== "response") world.cancelled(operation);
        break;
      }
    });
  },

  async turn(
    world: World,
    node: Node,
    said: string | undefined,
    given: Given & TurnOptions = {},
  ): Promise<void> {
    await run(world, node, "turn", given, async (operation) => {
      const outcome = await node.conversation.turn(said, { ...given, onEvent: ownListener(world) });
      world.note(() => `${node.name} turn ends with ${outcome.end}`);
      world.expect(
        outcome.end !== "cancelled" || world.wasCancelled(operation),
        () => `${node.name}: a turn that nobody cancelled is cancelled`,
      );
      world.expect(
        outcome.end !== "failed" || outcome.error instanceof ModelError,
        () => `${node.name}: a turn failed with ${String(outcome.error)}`,
      );
      const refused = outcome.error !== undefined && isTrue(world, node, outcome.error);
      world.expect(
        outcome.end === "budget" ? refused : !refused || outcome.end === "cancelled",
        () => `${node.name}: a turn ends with ${outcome.end}: ${String(outcome.error)}`,
      );
      if (refused) node.refusals++;
    });
  },

  /** The calls of an answer by hand, and then their results are said. */
  async runTools(world: World, node: Node, response: Response, given: Given): Promise<void> {
    const results = await run(world, node, "run-tools", { ...given, by: response }, () =>
      node.conversation.runTools(response, { signal: given.signal }),
    );
    if (results === undefined) return;
    const called = response.toolCalls.map(({ id }) => id).join();
    world.expect(
      results.map(({ callId }) => callId).join() === called,
      () => `${node.name}: results of ${results.map(({ callId }) => callId).join()} for the calls ${called}`,
    );
    await operate.send(world, node, results, given);
  },

  async compact(world: World, node: Node, given: Given): Promise<void> {
    await run(world, node, "compact", given, () => node.conversation.compact({ signal: given.signal }));
  },

  cancel(world: World, node: Node): void {
    world.note(() => `${node.name} is cancelled`);
    // Of a conversation's own, its turn ends and its tools; a summary is asked of a child.
    for (const operation of node.operations) if (operation.kind !== "send") world.cancelled(operation);
    world.cancelBelow(node);
    const cancel = (): void => node.conversation.cancel(new Cause(`cause ${world.count()}`));
    (world.plants.cancel ?? ((really) => really()))(cancel);
  },

  cancelTool(world: World, node: Node, callId: string): void {
    world.note(() => `${node.name} ${callId} is cancelled`);
    const call = node.calls.get(callId);
    try {
      node.conversation.cancelTool(callId, new Cause(`cause ${world.count()}`));
      if (call === undefined) return;
      world.expect(call.results === 0, () => `${node.name}: ${callId} was over, and could be cancelled`);
      for (const operation of call.within) world.cancelled(operation);
    } catch (error) {
      const told = error instanceof ConfigurationError && error.code === "no-such-call";
      if (!told) world.fail(`${node.name}: cancelling ${callId}: ${String(error)}`);
    }
  },

  /** Other limits, or the same anew. */
  reset(world: World, node: Node, limits: Limits | undefined): void {
    world.note(() => `${node.name} has other limits: ${JSON.stringify(limits ?? "the same")}`);
    node.books.reset(limits ?? node.books.limits);
    node.conversation.resetBudget(limits === undefined ? undefined : budgetOf(limits));
  },

  abort(world: World, node: Node, operations: readonly Operation[], controller: AbortController): void {
    world.note(() => `${node.name}: a signal is aborted`);
    for (const operation of operations) world.cancelled(operation);
    controller.abort(new Cause(`cause ${world.count()}`));
  },
};

/** Does something with a conversation, and judges how it ended. Resolves to nothing where it failed as it may. */
async function run<Result>(
  world: World,
  node: Node,
  kind: Operation["kind"],
  { signal, by }: Given,
  work: (operation: Operation) => Promise<Result>,
): Promise<Result | undefined> {
  const operation: Operation = { kind, node, over: false, signal, results: [], refused: false, by };
  const { busy, before, working } = await started(world, operation, work);
  let result: Result | undefined;
  let failed: { readonly error: unknown } | undefined;
  try {
    result = await working;
  } catch (error) {
    failed = { error };
  }
  operation.over = true;
  node.operations.delete(operation);
  world.note(() => `${node.name} ${kind} is over${failed === undefined ? "" : `: ${String(failed.error)}`}`);
  if (failed !== undefined)
    judgeError(world, operation, failed.error, { busy, silent: before?.role !== "user" });
  if (busy) return undefined;
  world.wasCancelled(operation);
  const late = operation.cancelledAt === undefined ? 0 : world.clock.monotonic() - operation.cancelledAt;
  world.expect(late <= LONGEST_END, () => `${node.name}: ${kind} ended ${late} ms after it was cancelled`);
  // What was not answered can be sent again as it is.
  if (kind === "send" && failed?.error instanceof ModelError)
    world.expect(
      node.conversation.history.last?.role === "user" || node.conversation.history.last === before,
      () => `${node.name}: a send that failed leaves ${brief(node.conversation.history)}`,
    );
  if (kind === "turn") {
    const { history } = node.conversation;
    const idle = failed !== undefined || history.last === before;
    world.expect(idle || isClosed(history), () => `${node.name}: a turn leaves ${brief(history)}`);
    judgeHistory(world, node, operation.results);
  }
  return result;
}

/** A listener for one send alone, which is as careless as any. */
function ownListener(world: World): (() => void) | undefined {
  if (!world.faults.has("own-listeners")) return undefined;
  return () => {
    if (world.has("bad-listener", 0.01)) throw new ListenerError("a listener of its own");
  };
}

interface Started<Result> {
  readonly busy: boolean;
  /** The newest message by then. */
  readonly before: Message | undefined;
  readonly working: Promise<Result>;
}

/**
 * Begins at once, or, where the conversation seems to be busy, when all is quiet: it may have ended just now, and nobody
 * heard of it yet.
 */
async function started<Result>(
  world: World,
  operation: Operation,
  work: (operation: Operation) => Promise<Result>,
): Promise<Started<Result>> {
  const { node, kind, signal } = operation;
  const start = (): Started<Result> => {
    const busy = node.operations.size > 0;
    const before = node.conversation.history.last;
    if (!busy) {
      node.operations.add(operation);
      node.began = world.step;
      node.call?.within.push(operation);
      if (signal?.aborted === true || isDead(node)) world.cancelled(operation);
    }
    world.note(() => `${node.name} ${kind} begins`);
    return { busy, before, working: work(operation) };
  };
  if (node.operations.size === 0) return start();
  return new Promise((resolve) => world.clock.quiet(() => resolve(start())));
}

/** Whether something may fail so. */
function judgeError(
  world: World,
  operation: Operation,
  error: unknown,
  { busy, silent }: { busy: boolean; silent: boolean },
): void {
  const { kind, node } = operation;
  if (error instanceof ListenerError) return;
  if (busy && error instanceof ConfigurationError && error.code === "busy") return;
  if (busy && operation.signal?.aborted === true) return;
  if (error instanceof OutputError && kind === "send") return;
  // A turn resolves whatever happens, unless there was nothing to do.
  if (error instanceof ConfigurationError && error.code === "invalid-option" && silent) return;
  const cause =
    error instanceof Cause ||
    error instanceof ToolTimeout ||
    error instanceof CallOver ||
    error === "the turn ended";
  const ended = cause && world.wasCancelled(operation);
  const refused = isTrue(world, node, error);
  if (refused) node.refusals++;
  // Without a price there is no worst case.
  if (error instanceof ConfigurationError && error.code === "unbounded" && isUnpriced(world, node)) {
    node.refusals++;
    return;
  }
  if (kind !== "turn" && (ended || refused || (error instanceof ModelError && kind !== "run-tools"))) return;
  world.fail(
    `${node.name}: ${kind} failed with ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
}

/** Whether money is, or was just now, limited of a model whose price nobody knows. */
function isUnpriced(world: World, { books }: Node): boolean {
  const lately = [...books.chain()].flatMap(({ accounts }) =>
    accounts.filter(({ endedAt }) => endedAt >= world.step - 1),
  );
  return world.faults.has("unpriced") && lately.some(({ limits }) => limits.dollars !== undefined);
}
