import type { ConversationEvent } from "../../src/conversation/event.ts";
import { toolCalls, type ToolResultPart } from "../../src/llm/message.ts";
import { isTrue } from "./judge-budgets.ts";
import type { CallRecord, Node, Operation, World } from "./world.ts";

/** What conversations may tell of, and in which order. */
export class EventJudge {
  readonly #world: World;
  readonly #next = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  hear(event: ConversationEvent): void {
    const world = this.#world;
    const { conversationId, seq } = event;
    const expected = this.#next.get(conversationId) ?? 0;
    world.expect(seq === expected, () => `event ${seq} of ${conversationId} instead of ${expected}`);
    this.#next.set(conversationId, seq + 1);
    const node = world.find(conversationId);
    if (event.type === "budget-broken") isTrue(world, node ?? (world.nodes[0] as Node), event.error);
    if (node === undefined) return;
    world.note(() => `${node.name} ${event.type}${"callId" in event ? ` ${event.callId}` : ""}`);
    const operation = [...node.operations].at(-1);
    world.expect(operation !== undefined, () => `${node.name}: ${event.type} while nothing is under way`);
    switch (event.type) {
      case "message":
        world.expect(
          event.length === node.conversation.history.length,
          () => `${node.name}: a message of length ${event.length} in ${node.conversation.history.length}`,
        );
        break;
      case "error":
        if (isTrue(world, node, event.error) && operation !== undefined) operation.refused = true;
        break;
      case "compaction":
        node.compactions++;
        break;
      case "tool-approval":
        this.#approval(world.call(node, event.callId));
        break;
      case "tool-start": {
        const call = world.call(node, event.callId);
        call.operation = operation;
        this.#batch(node, operation, true);
        world.expect(
          ++call.started === 1 && call.results === 0,
          () => `${node.name}: ${call.id} began for the ${call.started}. time, after ${call.results} results`,
        );
        break;
      }
      case "tool-progress": {
        const call = world.call(node, event.callId);
        world.expect(
          call.started === 1 && call.results === 0,
          () => `${node.name}: progress of ${call.id}, which does not run`,
        );
        break;
      }
      case "tool-result": {
        const call = world.call(node, event.callId);
        call.operation ??= operation;
        this.#batch(node, operation, false);
        operation?.results.push(call);
        this.#result(call, event.result);
        break;
      }
      default:
    }
  }

  /** The calls of an answer are run, or told that they are not; those that are run were counted before, all of them. */
  #batch(node: Node, operation: Operation | undefined, runs: boolean): void {
    const by = operation?.by ?? node.conversation.history.last;
    if (by === undefined) return;
    if (node.batch?.by !== by) {
      const calls = "toolCalls" in by ? by.toolCalls.length : toolCalls(by).length;
      node.batch = { by, calls, accounts: node.books.inForce(), runs: false };
      // They may all be denied, and were counted; or were told that they are not run.
      for (const account of node.batch.accounts)
        account.spend(this.#world.now, { toolCalls: 0 }, { toolCalls: calls }, {});
    }
    if (!runs || node.batch.runs) return;
    node.batch.runs = true;
    for (const account of node.batch.accounts) {
      const used = { toolCalls: node.batch.calls };
      for (const wrong of account.spend(this.#world.now, used, { toolCalls: 0 }, used))
        this.#world.fail(`${node.name}: ${wrong}`);
    }
  }

  #approval(call: CallRecord): void {
    this.#world.expect(
      ++call.approvals === 1,
      () => `${call.node.name}: leave for ${call.id} asked for again`,
    );
  }

  #result(call: CallRecord, result: ToolResultPart): void {
    const world = this.#world;
    const { node, id, settled } = call;
    call.node.books.call();
    world.expect(++call.results === 1, () => `${node.name}: ${id} has ${call.results} results`);
    const told = textOf(result);
    call.told = told;
    call.compactions = node.compactions;
    const isError = result.isError === true;
    const denied = /denied|nobody could say/.test(told);
    world.expect(
      !denied || call.leave === "denied",
      () => `${node.name}: ${id} is told ${told}, and its leave was ${call.leave}`,
    );
    if (settled === undefined) {
      world.expect(call.runs > 0 || isError, () => `${node.name}: ${id} never ran, and is told ${told}`);
    } else if (settled.how === "threw") {
      world.expect(isError, () => `${node.name}: ${id} threw, and is told ${told.slice(0, 100)}`);
    } else if (settled.step !== world.step || !told.endsWith("may still be running")) {
      // Unless it came back at the moment when it was given up.
      world.expect(
        told.includes(settled.tells) && !isError,
        () => `${node.name}: ${id} gave back ${settled.tells}, and is told ${told.slice(0, 100)}`,
      );
    }
    // What a call's children ask ends with it.
    for (const operation of call.within) world.cancelled(operation);
  }
}

function textOf({ content }: ToolResultPart): string {
  return content.map((part) => (part.type === "text" ? part.text : `(${part.type})`)).join("");
}

/** What must be true of a conversation when something that it had under way is over. */
export function judgeHistory(world: World, node: Node, calls: readonly CallRecord[]): void {
  if (calls.length === 0) return;
  const told = new Map<string, string>();
  for (const { parts } of node.conversation.history)
    for (const part of parts) if (part.type === "tool-result") told.set(part.callId, textOf(part));
  for (const call of calls) {
    // What was summed up is not there any more.
    if (call.compactions !== node.compactions) continue;
    const kept = told.get(call.id);
    world.expect(
      kept?.startsWith(call.told ?? "") === true,
      () =>
        `${node.name}: ${call.id} was told ${call.told?.slice(0, 80)}, and the history has ${kept?.slice(0, 80)}`,
    );
  }
}
