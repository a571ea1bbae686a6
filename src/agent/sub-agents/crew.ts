import type { Conversation } from "../../conversation/conversation.ts";
import { ConfigurationError } from "../../llm/errors.ts";
import type { Verdict } from "../../conversation/tool-batch.ts";
import type { AllLimits } from "./limits.ts";
import type { SubAgent } from "./sub-agent.ts";

/** So many a conversation has at most, whatever they do: each keeps its history. */
const MOST_KNOWN = 64;

/** All sub-agents of one agent: who there is, who is at work, and how much was given to do. */
export class Crew {
  readonly #limits: AllLimits;
  /** By the conversation that they are part of, and by name. */
  readonly #teams = new WeakMap<Conversation, Map<string, SubAgent>>();
  readonly #working = new Set<SubAgent>();
  #given = 0;
  #closed = false;

  constructor(limits: AllLimits) {
    this.#limits = limits;
  }

  /** Those that belong to a conversation, by name. */
  team(parent: Conversation): ReadonlyMap<string, SubAgent> {
    return this.#team(parent);
  }

  /** Conversations that work with a share of a budget. */
  get promised(): readonly Conversation[] {
    return [...this.#working].map(({ conversation }) => conversation);
  }

  /** Why no task can be given now, and what to do instead; undefined where one can. */
  refusal(parent: Conversation, isNew: boolean): string | undefined {
    const { atOnce, perTurn } = this.#limits;
    if (this.#closed) return "the agent is closing: no sub-agent begins any more";
    if (this.#given >= perTurn) {
      return `${perTurn} tasks were given to sub-agents in this turn, which is all that it may have; do the rest yourself`;
    }
    if (this.#working.size >= atOnce) {
      const names = [...this.#working].map(({ name }) => name).join(", ");
      return `${atOnce} sub-agents are at work already, which is all at once (${names}); wait for one, by its name and without a task, or do it yourself`;
    }
    if (isNew && this.#team(parent).size >= MOST_KNOWN) {
      return `there are ${MOST_KNOWN} sub-agents already; go on with one of them, by its name`;
    }
    return undefined;
  }

  /** Somebody begins to work; he is no longer counted as at work when this settles. */
  begins(parent: Conversation, agent: SubAgent, over: Promise<void>): void {
    this.#team(parent).set(agent.name, agent);
    this.#given++;
    this.#working.add(agent);
    const done = (): void => {
      this.#working.delete(agent);
    };
    over.then(done, done);
  }

  /** Ends all that work for a conversation, and resolves when they have ended. */
  async stopTeam(parent: Conversation, cause: unknown): Promise<void> {
    // Nobody looks for what was never there.
    const team = this.#teams.get(parent);
    if (team !== undefined) await Promise.all([...team.values()].map((agent) => agent.stop(cause)));
  }

  /** Ends all that work, and resolves to them when they have ended. */
  async stop(cause: unknown): Promise<readonly SubAgent[]> {
    const working = [...this.#working];
    await Promise.all(working.map((agent) => agent.stop(cause)));
    return working;
  }

  /** A turn begins: what was given in the one before no longer counts. */
  newTurn(): void {
    this.#given = 0;
  }

  close(): void {
    this.#closed = true;
  }

  /** @throws ConfigurationError `no-such-call` */
  decide(conversationId: string, callId: string, verdict: Exclude<Verdict, "ask">): void {
    for (const { conversation } of this.#working) {
      if (conversation.id === conversationId) return conversation.decide(callId, verdict);
    }
    const id = JSON.stringify(conversationId);
    throw new ConfigurationError("no-such-call", `no sub-agent with the conversation ${id} is at work`);
  }

  #team(parent: Conversation): Map<string, SubAgent> {
    let team = this.#teams.get(parent);
    if (team === undefined) this.#teams.set(parent, (team = new Map()));
    return team;
  }
}
