import { History } from "../llm/history.ts";
import { toolCalls, userMessage, type Message, type Part, type ToolResultPart } from "../llm/message.ts";
import { response as whole, type Response, type StopReason } from "../llm/response.ts";
import type { Usage } from "../llm/usage.ts";
import { CallIds } from "../protocols/call-ids.ts";
import { boundAnswer, type InputBound } from "./input-bound.ts";
import { withOwnIds } from "./own-ids.ts";
import { closing, repair, type KnownCalls } from "./repair.ts";

/** What an answer was asked with, as far as its length counts. */
export type Asked = Parameters<typeof boundAnswer>[0];

/** A history, and what is known of it: all that a fork takes along. */
export class Transcript {
  history: History;
  /** The model wants to go on after being sent its own message back. */
  paused = false;
  /** What the last answer used. */
  lastUsage: Usage | undefined;
  /** What is known of the length of the history as input, so that no call reckons all of it anew. */
  inputBound: InputBound | undefined;
  /** What became of calls that are open at the end of the history. */
  known: KnownCalls | undefined;
  /** Ids of calls, of this history and those it shares its beginning with; made with the first call. */
  #callIds: CallIds | undefined;

  constructor(history: History, callIds?: CallIds) {
    this.history = history;
    this.#callIds = callIds;
  }

  /** The history of any messages, mended where no vendor would take them. */
  static of(messages: Iterable<Message>): Transcript {
    const ids = new CallIds();
    return new Transcript(History.of(repair([...messages], ids)), ids);
  }

  /** The same beginning; what comes after it is each one's own. */
  fork(): Transcript {
    const fork = new Transcript(this.history, this.#callIds);
    fork.paused = this.paused;
    fork.inputBound = this.inputBound;
    fork.known = this.known;
    return fork;
  }

  /** The message in which the user says this, with a result for each call that nobody answered. */
  said(content: string | readonly Part[]): Message {
    const message = userMessage(content);
    const { last } = this.history;
    const open = last?.role === "assistant" ? toolCalls(last) : [];
    const parts = closing(open, message.parts, this.known);
    return parts === message.parts ? message : { ...message, parts };
  }

  /** Keeps results of calls until they are part of the history. */
  know(results: readonly ToolResultPart[]): void {
    this.known = new Map([...(this.known ?? []), ...results.map((each) => [each.callId, each] as const)]);
  }

  /** An answer with ids that no earlier call has. */
  withOwnIds(answer: Response): Response {
    if (answer.toolCalls.length === 0) return answer;
    const message = withOwnIds(answer.message, (this.#callIds ??= new CallIds()));
    return message === answer.message ? answer : whole({ ...answer, message });
  }

  append(message: Message): void {
    this.history = this.history.append(message);
    this.known = undefined;
  }

  /** The answer that was just appended, and what it was asked with. */
  answered(asked: Asked, { message, usage, stopReason }: Response): void {
    this.lastUsage = usage;
    this.paused = isPaused(message, stopReason);
    this.remember(asked, message, usage);
  }

  /** What the input of the next request begins with, by what this answer used. */
  remember(asked: Asked, answer: Message, usage: Usage): void {
    this.inputBound = boundAnswer(asked, this.history, answer, usage);
  }

  /** Another history in the place of this one; what the old one used says nothing of it. */
  replace(history: History): void {
    this.history = history;
    this.lastUsage = undefined;
    this.inputBound = undefined;
  }
}

/** Whether a model wants to be sent its own message back; one whose calls are open waits for their results. */
export function isPaused(message: Message, stopReason: StopReason | undefined): boolean {
  return stopReason === "pause" && toolCalls(message).length === 0;
}
