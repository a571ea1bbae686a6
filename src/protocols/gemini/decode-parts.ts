import type { DecodedEvent } from "../../llm/event.ts";
import { isObject, type JsonObject } from "../../llm/json.ts";
import type { Part } from "../../llm/message.ts";
import { CallIds } from "../call-ids.ts";
import { OpenCall } from "./decode-calls.ts";
import { OpenText } from "./decode-texts.ts";
import { UNNAMED } from "./encode-parts.ts";
import { camelPart } from "./names.ts";
import { exact, opaque, readMedia } from "./read-parts.ts";

const thoughtFields: ReadonlySet<string> = new Set(["thought", "thoughtSignature"]);

/**
 * Makes our parts of the vendor's, across the chunks of a stream. The first part of a chunk continues what the last
 * chunk ended with, if it is of the same kind and that was not signed; so an answer has the same parts whether it
 * came as a stream or whole.
 */
export class PartReader {
  readonly #emit: (event: DecodedEvent) => void;
  #text: OpenText | undefined;
  #call: OpenCall | undefined;
  #next = 0;
  readonly #ids = new CallIds();
  /** What the ids of calls without one are made from. */
  answerId = "";

  constructor(emit: (event: DecodedEvent) => void) {
    this.#emit = emit;
  }

  /** Whether any tool was called. */
  get called(): boolean {
    return this.#ids.count > 0;
  }

  /** Reads a chunk's parts. */
  push(parts: readonly JsonObject[]): void {
    for (const [at, part] of parts.entries()) this.#part(part, at === 0);
  }

  /** No more parts come; `cut` where the vendor says that it broke off. */
  end(citations: readonly JsonObject[], cut: boolean): void {
    this.#text?.cite(citations);
    this.#endText();
    this.#endCall(cut);
  }

  /** The answer broke off: no call that is still open has an end. */
  breakOff(): void {
    this.#endText();
  }

  #part(wire: JsonObject, first: boolean): void {
    const { text, thought, functionCall } = wire;
    const bareThought = thought === true && Object.keys(wire).every((key) => thoughtFields.has(key));
    if (typeof text === "string" || bareThought) {
      // Chunks without any text stand between parts and at the end of streams; they say nothing.
      const silent = text === "" && Object.keys(wire).every((key) => key === "text" || key === "thought");
      if (!silent) this.#say(wire, thought === true ? "thinking" : "text", first);
      return;
    }
    this.#endText();
    if (isObject(functionCall) && this.#readCall(functionCall, wire)) return;
    this.#endCall(false);
    const media = readMedia(camelPart(wire));
    const part: Part = media === undefined ? opaque(wire) : exact(media, camelPart(wire));
    this.#emit({ type: "part-start", index: this.#next, part });
    this.#emit({ type: "part-end", index: this.#next++, part });
  }

  #say(wire: JsonObject, kind: "text" | "thinking", first: boolean): void {
    this.#endCall(false);
    if (first && this.#text?.continuedBy(kind) === true) {
      this.#text.add(wire);
      return;
    }
    this.#endText();
    this.#text = new OpenText(this.#emit, kind, this.#next++, wire);
  }

  /** False for what is no call. */
  #readCall(call: JsonObject, wire: JsonObject): boolean {
    const { id, name } = call;
    if (typeof name === "string") {
      this.#endCall(false);
      const given = typeof id === "string" && id !== "" ? id : undefined;
      const known = { id: this.#ids.own(given ?? `${UNNAMED}${this.answerId}_${this.#ids.count}`), name };
      this.#call = new OpenCall(this.#emit, this.#next++, known, call, wire);
    } else if (this.#call === undefined) {
      // The mark that ends a call in pieces may be one too many.
      return Object.keys(wire).length === 1 && Object.keys(call).length === 0;
    } else this.#call.add(call, wire);
    if (this.#call.done) this.#endCall(false);
    return true;
  }

  #endText(): void {
    this.#text?.end();
    this.#text = undefined;
  }

  #endCall(cut: boolean): void {
    this.#call?.end(cut);
    this.#call = undefined;
  }
}
