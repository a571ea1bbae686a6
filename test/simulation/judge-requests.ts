import type { History } from "../../src/llm/history.ts";
import type { Message } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";
import type { RunOptions } from "../../src/providers/model.ts";
import { WireBodies } from "../../src/providers/wire-body.ts";
import { isSendable } from "../handoff/preconditions.ts";
import { wires, type Wire } from "../handoff/wires.ts";
import type { Amounts } from "./accounts.ts";
import type { Passage } from "./books.ts";
import type { Node, World } from "./world.ts";

/** One of each wire language. */
const languages = [...new Map(wires.toReversed().map((wire) => [wire.protocol.id, wire])).values()];

/** As in a program that runs for long: bodies of one schedule are made by what made those of the last. */
const bodies = new Map(wires.map((wire) => [wire, new WireBodies(wire.protocol, wire.target)]));

const decoder = new TextDecoder();

/** This share of all requests is checked by the rules of a vendor, and this share of the last ones by those of all four. */
const SAMPLED = 0.25;
const ALL_LANGUAGES = 0.05;

/** What each request that reaches the provider must be. */
export class RequestJudge {
  readonly #world: World;
  readonly #underWay = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Judges a request, which can use so much, and takes it into the books. */
  begin(node: Node, request: Request, { conversationId = "" }: RunOptions, worst: Amounts): Passage {
    const world = this.#world;
    const summary = conversationId !== node.conversation.id;
    const kinds = summary ? ["turn", "compact"] : ["turn", "send"];
    const asking = [...node.operations].filter(({ kind }) => kinds.includes(kind));
    world.expect(asking.length > 0, () => `${node.name}: a request that nobody asked for`);
    world.expect(
      asking.length === 0 || asking.some((operation) => !world.wasCancelled(operation)),
      () => `${node.name}: a request after its ${asking[0]?.kind ?? ""} was cancelled`,
    );
    world.expect(!this.#underWay.has(conversationId), () => `${node.name}: two requests at once`);
    world.expect(
      asking.length === 0 || asking.some(({ refused }) => !refused),
      () => `${node.name}: a request after a budget refused its ${asking[0]?.kind ?? ""}`,
    );
    const passage = node.books.send(worst);
    this.sent(node, passage);
    for (const { deadline, limits } of passage.accounts) {
      world.expect(world.clock.monotonic() < deadline, () => `${node.name}: a request after its time`);
      const { dollars, tokens } = limits;
      world.expect(
        (dollars ?? tokens) === undefined || request.maxOutputTokens !== undefined,
        () => `${node.name}: a request whose answer has no bound`,
      );
      world.expect(
        dollars === undefined || !world.faults.has("unpriced"),
        () => `${node.name}: a request whose price nobody knows`,
      );
    }
    const all = world.calm && world.random.chance(ALL_LANGUAGES);
    const one = world.random.chance(SAMPLED) ? [world.random.pick(wires) as Wire] : [];
    this.#check(node, request, all ? languages : one);
    this.#underWay.add(conversationId);
    return passage;
  }

  /** Judges an attempt that has just been sent. */
  sent(node: Node, passage: Passage): void {
    for (const passed of passage.passed()) this.#world.fail(`${node.name}: budget passed: ${passed}`);
  }

  /** The request is over. */
  end(node: Node, passage: Passage, { conversationId = "", signal }: RunOptions): void {
    passage.end();
    this.#underWay.delete(conversationId);
    this.#world.expect(
      signal?.aborted === true || !passage.late(),
      () => `${node.name}: a request goes on after its time`,
    );
  }

  #check(node: Node, request: Request, on: readonly Wire[]): void {
    const world = this.#world;
    const messages = [...request.messages];
    // A model that pauses is sent its own message back, which only Anthropic's language knows.
    const paused = messages.at(-1)?.role === "assistant";
    const asked: Message[] = paused ? [...messages, goOn] : messages;
    world.expect(isSendable(asked), () => `${node.name}: cannot be sent: ${brief(messages)}`);
    if (paused) return;
    for (const wire of on) {
      const faults = wire.check(JSON.parse(encoded(wire, request)));
      world.expect(faults.length === 0, () => `${node.name}: ${wire.name} refuses: ${faults.join("; ")}`);
    }
  }
}

function encoded(wire: Wire, request: Request): string {
  const pieces = bodies.get(wire)?.body(request) ?? [];
  return pieces.map((piece) => decoder.decode(piece, { stream: true })).join("");
}

const goOn: Message = { role: "user", parts: [{ type: "text", text: "go on" }] };

/** Whether a history can be sent with something more said, open calls apart: those are closed by what is said next. */
export function isClosed(history: History): boolean {
  const messages = history.toArray();
  return isSendable([...messages, goOn]) || messages.length === 0;
}

/** Messages in short, for a failure. */
export function brief(messages: Iterable<Message>): string {
  return [...messages]
    .map(({ role, parts }) => {
      const shown = parts.map((part) =>
        part.type === "tool-call"
          ? `call ${part.id}`
          : part.type === "tool-result"
            ? `result ${part.callId}`
            : part.type === "text"
              ? JSON.stringify(part.text.slice(0, 20))
              : part.type,
      );
      return `${role}: ${shown.join(", ")}`;
    })
    .join(" | ");
}
