import type { PartDeltaEvent, PartEndEvent, PartStartEvent, StreamEvent } from "../../llm/event.ts";
import type { Message, Part } from "../../llm/message.ts";
import { response as whole, type Response, type StopReason } from "../../llm/response.ts";
import type { Asked } from "./ask.ts";
import { unwrapped } from "./wrap.ts";

/**
 * Reads the answer to an {@link Asked} request as text, whatever it came as: the call of the tool becomes a text part
 * and the stop reason `end_turn`, so that neither listeners nor the history see a call that nobody answers. What the
 * vendor says of the call beside its arguments is left out. A wrapped value's text comes in one delta at its end.
 */
export class AnswerReader {
  readonly #tool: string | undefined;
  readonly #wrapped: boolean;
  readonly #emit: (event: StreamEvent) => void;
  /** The parts that are the answer, by number. */
  readonly #answers = new Set<number>();
  #calls = 0;
  #last: { readonly from: Response; readonly to: Response } | undefined;

  constructor({ tool, wrapped }: Asked, emit: (event: StreamEvent) => void) {
    this.#tool = tool;
    this.#wrapped = wrapped;
    this.#emit = emit;
  }

  /** Takes one event in, and emits what it means. */
  push(event: StreamEvent): void {
    switch (event.type) {
      case "part-start":
        this.#begin(event);
        return;
      case "part-delta":
        this.#delta(event);
        return;
      case "part-end":
        this.#end(event);
        return;
      case "stop":
        this.#emit({ ...event, reason: this.#reason(event.reason, this.#answers.size, this.#calls) });
        return;
      case "response":
        this.#emit({ type: "response", response: this.response(event.response) });
        return;
      case "request":
      case "retry":
      case "wait":
      case "start":
      case "usage":
        this.#emit(event);
    }
  }

  /** A response as if the model had answered in text. The same response gives the same one. */
  response(from: Response): Response {
    if (this.#last?.from === from) return this.#last.to;
    const { text: _, toolCalls, ...facts } = from;
    const answers = toolCalls.filter((call) => this.#isAnswer(call)).length;
    const stopReason = this.#reason(from.stopReason, answers, toolCalls.length - answers);
    const to = whole({ ...facts, message: this.message(from.message), stopReason });
    this.#last = { from, to };
    return to;
  }

  /** A message as if the model had answered in text. */
  message(message: Message): Message {
    return {
      ...message,
      parts: message.parts.map((part) => (this.#isAnswer(part) ? this.#read(part) : part)),
    };
  }

  #begin(event: PartStartEvent): void {
    const { part, index } = event;
    if (!this.#isAnswer(part)) {
      if (part.type === "tool-call") this.#calls++;
      this.#emit(event);
      return;
    }
    this.#answers.add(index);
    const told = part.type === "tool-call" ? part.argumentsText : part.type === "text" ? part.text : "";
    const text = this.#wrapped ? "" : told;
    this.#emit({
      type: "part-start",
      index,
      part: part.type === "text" ? { ...part, text } : { type: "text", text },
    });
  }

  #delta(event: PartDeltaEvent): void {
    if (!("text" in event) || !this.#answers.has(event.index)) this.#emit(event);
    else if (!this.#wrapped) this.#emit({ ...event, kind: "text" });
  }

  #end(event: PartEndEvent): void {
    const { index } = event;
    if (!this.#answers.has(index)) {
      this.#emit(event);
      return;
    }
    const part = this.#read(event.part);
    if (this.#wrapped && part.type === "text" && part.text !== "")
      this.#emit({ type: "part-delta", index, kind: "text", text: part.text });
    this.#emit({ type: "part-end", index, part });
  }

  #isAnswer(part: Part): boolean {
    if (this.#tool === undefined) return part.type === "text" && this.#wrapped;
    return part.type === "tool-call" && part.name === this.#tool;
  }

  #read(part: Part): Part {
    if (part.type === "tool-call")
      return { type: "text", text: this.#wrapped ? unwrapped(part.argumentsText) : part.argumentsText };
    return part.type === "text" ? { ...part, text: unwrapped(part.text) } : part;
  }

  /** Calls of other tools still want their results. */
  #reason(reason: StopReason, answers: number, others: number): StopReason {
    return reason === "tool_use" && this.#tool !== undefined && answers > 0 && others === 0
      ? "end_turn"
      : reason;
  }
}
