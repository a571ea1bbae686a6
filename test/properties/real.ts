import { createConversation, type Conversation } from "../../src/conversation/conversation.ts";
import type { ConversationOptions, DerivedOptions } from "../../src/conversation/options.ts";
import { defineTool } from "../../src/conversation/tool.ts";
import { BudgetExceeded, ConfigurationError, ModelError } from "../../src/llm/errors.ts";
import { text, type Message, type Part } from "../../src/llm/message.ts";
import { cost, type Prices } from "../../src/llm/money.ts";
import { response, type Response } from "../../src/llm/response.ts";
import { usage } from "../../src/llm/usage.ts";
import { defineModel } from "../../src/providers/model.ts";
import type { End, Said } from "./model.ts";
import { PER_ANSWER } from "./model.ts";

const prices: Prices = { rates: { input: "3", output: "15" } };

/** Why everything here is cancelled. */
export const CAUSE = new Error("enough");

interface Waiting {
  readonly answer: (said: Response) => void;
  readonly refuse: (error: unknown) => void;
}

/** A conversation, and whether what somebody began with it has come to its end, and how. */
export class Actual {
  readonly conversation: Conversation;
  readonly ends: End[] = [];

  constructor(conversation: Conversation) {
    this.conversation = conversation;
  }

  /** Takes note of how something ends. */
  begin(work: Promise<unknown>): void {
    work.then(
      (outcome) => this.ends.push(endOf(outcome)),
      (error: unknown) => this.ends.push(failureOf(error)),
    );
  }
}

/** The provider and the tools of all conversations, which do nothing until they are told to. */
export class Played {
  /** Requests that wait, by conversation. */
  readonly requests = new Map<string, Waiting>();
  /** Tools that run, by {@link runOf}. */
  readonly tools = new Map<string, (output: string | Error) => void>();
  /** How often each call was run in each conversation. */
  readonly runs = new Map<string, number>();
  /** Requests that were answered. */
  answered = 0;
  /** Requests of conversations that nobody knows: these sum up. */
  summaries = 0;
  /** Told of each request, by its conversation, and each tool that begins to wait. */
  arrived: (what: "request" | "tool", key: string) => void = () => undefined;
  /** Whom it knows. */
  readonly known = new Set<string>();
  #answers = 0;

  open(options: Partial<ConversationOptions> = {}): Conversation {
    const conversation = createConversation({
      model: this.#model(),
      tools: ["work", "risky"].map((name) => this.#tool(name)),
      approve: (_, { name }) => (name === "risky" ? "ask" : "allow"),
      ...options,
    });
    this.known.add(conversation.id);
    return conversation;
  }

  child(of: Conversation, options: DerivedOptions): Conversation {
    const child = of.child({ tools: ["work", "risky"].map((name) => this.#tool(name)), ...options });
    this.known.add(child.id);
    return child;
  }

  fork(of: Conversation): Conversation {
    const fork = of.fork();
    this.known.add(fork.id);
    return fork;
  }

  /** Answers the request of a conversation. */
  answer(id: string, words: string, calls: readonly { readonly id: string; readonly asks: boolean }[]): void {
    const waiting = this.requests.get(id);
    if (waiting === undefined) return;
    this.answered++;
    waiting.answer(this.said(words, calls));
  }

  said(words: string, calls: readonly { readonly id: string; readonly asks: boolean }[] = []): Response {
    const parts: Part[] = calls.map(({ id: call, asks }) => ({
      type: "tool-call",
      id: call,
      name: asks ? "risky" : "work",
      argumentsText: JSON.stringify({ call }),
      input: { call },
    }));
    const used = usage({ input: PER_ANSWER.input, output: PER_ANSWER.output });
    const stopReason = calls.length > 0 ? "tool_use" : "end_turn";
    return response({
      id: `answer-${++this.#answers}`,
      model: "played",
      message: { role: "assistant", parts: [text(words), ...parts] },
      stopReason,
      rawStopReason: stopReason,
      usage: used,
      cost: cost(used, prices),
      timing: { startedAt: 0, firstEventMs: 0, totalMs: 0 },
    });
  }

  #model() {
    return defineModel(
      { name: "played", provider: "played", protocol: "none", prices },
      (_, { signal, conversationId = "" } = {}) => {
        if (!this.known.has(conversationId)) {
          this.summaries++;
          return Promise.resolve(this.said("In short."));
        }
        return new Promise<Response>((resolve, reject) => {
          const over = (): void => void this.requests.delete(conversationId);
          const refuse = (error: unknown): void => (over(), reject(error));
          this.requests.set(conversationId, { answer: (said) => (over(), resolve(said)), refuse });
          signal?.addEventListener("abort", () => refuse(signal.reason));
          this.arrived("request", conversationId);
        });
      },
    );
  }

  #tool(name: string) {
    return defineTool({
      name,
      input: { type: "object" },
      run: (_, { conversation, callId, signal }) => {
        const run = runOf(conversation, callId);
        this.runs.set(run, (this.runs.get(run) ?? 0) + 1);
        return new Promise<string>((resolve, reject) => {
          const over = (): void => void this.tools.delete(run);
          this.tools.set(run, (output) => {
            over();
            if (typeof output === "string") resolve(output);
            else reject(output);
          });
          signal.addEventListener("abort", () => (over(), reject(signal.reason as Error)));
          this.arrived("tool", run);
        });
      },
    });
  }
}

/** A call in a conversation: a fork may run what its origin runs too. */
export function runOf({ id }: Conversation, callId: string): string {
  return `${callId} of ${id}`;
}

export const refusal = (): ModelError => new ModelError("not now", { kind: "overloaded", status: 529 });

function endOf(outcome: unknown): End {
  if (typeof outcome !== "object" || outcome === null || !("end" in outcome)) return "done";
  return outcome.end as End;
}

export function failureOf(error: unknown): End {
  if (error === CAUSE) return "cancelled";
  if (error instanceof ModelError) return "failed";
  if (error instanceof BudgetExceeded) return "budget";
  if (error instanceof ConfigurationError) return error.code as End;
  throw error;
}

/** A history in the words of the model. */
export function inWords(messages: Iterable<Message>): Said[] {
  return [...messages].map(({ role, parts }) => ({
    role,
    words: parts.flatMap((part) => wordsOf(part) ?? []).join(" | "),
    calls: parts.flatMap((part) => (part.type === "tool-call" ? [part.id] : [])),
  }));
}

/** How the results of calls begin, and what that means. */
const results: readonly (readonly [string, string])[] = [
  ["not run: ", "not run"],
  ["cancelled before it began: ", "unbegun"],
  ["cancelled: ", "cancelled"],
  ["the user denied", "denied"],
];

function wordsOf(part: Part): string | undefined {
  if (part.type === "text") return part.text;
  if (part.type !== "tool-result") return undefined;
  const told = part.content.map((each) => (each.type === "text" ? each.text : "")).join("");
  const [, word = told] = results.find(([begins]) => told.startsWith(begins)) ?? [];
  return `${part.callId} ${word}`;
}
