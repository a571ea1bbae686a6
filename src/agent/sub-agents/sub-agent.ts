import type { Conversation } from "../../conversation/conversation.ts";
import type { ConversationEvent } from "../../conversation/event.ts";
import type { History } from "../../llm/history.ts";
import { messageText, type Part } from "../../llm/message.ts";
import type { Clock } from "../../providers/system.ts";
import { capLine } from "../text/cap-lines.ts";
import { inOneLine } from "../text/file-text.ts";
import type { Work } from "./work.ts";

/** Which tools a sub-agent has: those that change nothing, or all. */
export type ToolKind = "read-only" | "all";

const LONGEST_LINE = 200;

/** What a sub-agent needs of where it works. */
export interface SubAgentRoom {
  readonly clock: Clock;
  readonly maxSteps: number;
  /** Ends what it left running itself, once its task is over. */
  readonly tidy: (conversation: Conversation) => Promise<void>;
}

/** A conversation below another one, with a name: it is given tasks, one after another, and remembers them all. */
export class SubAgent {
  readonly name: string;
  readonly #room: SubAgentRoom;
  readonly #watchers = new Set<() => void>();
  #conversation: Conversation;
  #kind: ToolKind;
  #work: Work | undefined;
  /** How many messages there were before the task. */
  #from = 0;
  #line = "";

  /** @param open makes its conversation, with what hears its events. */
  constructor(
    name: string,
    kind: ToolKind,
    room: SubAgentRoom,
    open: (hear: (event: ConversationEvent) => void) => Conversation,
  ) {
    this.name = name;
    this.#room = room;
    this.#kind = kind;
    this.#conversation = open((event) => this.#hear(event));
  }

  get conversation(): Conversation {
    return this.#conversation;
  }

  get kind(): ToolKind {
    return this.#kind;
  }

  /** It goes on in a fork of its conversation, with another model or other tools. */
  moveTo(fork: Conversation, kind: ToolKind): void {
    this.#conversation = fork;
    this.#kind = kind;
  }

  /** The task under way, or the one that nobody has heard the end of. */
  get work(): Work | undefined {
    return this.#work;
  }

  get isWorking(): boolean {
    return this.#work !== undefined && this.#work.end === undefined;
  }

  /** What it said or did last, in one short line. */
  get line(): string {
    return this.#line;
  }

  /** Begins a task. Its turn is under way when this returns. */
  begin(said: readonly Part[]): Work {
    const { conversation } = this;
    const abort = new AbortController();
    const { maxSteps, clock, tidy } = this.#room;
    this.#from = conversation.history.length;
    this.#line = "";
    const begun = clock.monotonic();
    const before = conversation.usage();
    const turn = conversation.turn(said, { signal: abort.signal, maxSteps });
    const ended = turn.then(
      (outcome) => ({ type: "turn", outcome }) as const,
      (error: unknown) => ({ type: "broken", error }) as const,
    );
    const over = ended.then(async (end) => {
      await tidy(conversation);
      work.end = end;
      this.#news();
    });
    const work: Work = { begun, before, abort, over, end: undefined };
    this.#work = work;
    return work;
  }

  /** Its end was told. */
  told(work: Work): void {
    if (this.#work === work && work.end !== undefined) this.#work = undefined;
  }

  /** Ends the task, if there is one under way; it keeps what it did. */
  async stop(cause: unknown): Promise<void> {
    const work = this.#work;
    if (work === undefined || work.end !== undefined) return;
    work.abort.abort(cause);
    await work.over;
  }

  /** Has somebody told when there is news. Returns what ends that. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** The last text that it said for its task; empty where there is none. */
  lastText(): string {
    let at: History | undefined = this.conversation.history;
    for (; at?.last !== undefined && at.length > this.#from; at = at.parent) {
      if (at.last.role !== "assistant") continue;
      const said = messageText(at.last).trim();
      if (said !== "") return said;
    }
    return "";
  }

  #hear(event: ConversationEvent): void {
    const line = lineOf(event);
    if (line === undefined || event.conversationId !== this.#conversation.id) return;
    if (line !== "") this.#line = line;
    this.#news();
  }

  #news(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

/** What an event says in a line; undefined where it is no news. */
function lineOf(event: ConversationEvent): string | undefined {
  switch (event.type) {
    case "tool-start":
      return `calls ${event.name}`;
    case "message": {
      if (event.message.role !== "assistant") return undefined;
      const lines = messageText(event.message).trim().split("\n");
      return capLine(inOneLine(lines.at(-1) ?? ""), LONGEST_LINE);
    }
    default:
      return undefined;
  }
}
