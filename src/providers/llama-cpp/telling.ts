import type { DecodedEvent } from "../../llm/event.ts";
import type { Part } from "../../llm/message.ts";
import type { ParamsChunk, ResponseChunk, SegmentType } from "./library.ts";
import { PROTOCOL } from "./options.ts";

/** The part that is being told. The engine tells one at a time. */
type Open =
  | { readonly kind: "text" | "thinking"; readonly index: number; readonly segment: SegmentType | undefined }
  | { readonly kind: "arguments"; readonly index: number; held: string; empty: boolean };

/** What the engine says, as events: pieces of text, of thoughts and of calls become parts, one after the other. */
export class Telling {
  readonly #emit: (event: DecodedEvent) => void;
  readonly #newCallId: () => string;
  #open: Open | undefined;
  #count = 0;
  #thought = 0;

  constructor(emit: (event: DecodedEvent) => void, newCallId: () => string) {
    this.#emit = emit;
    this.#newCallId = newCallId;
  }

  /** Whether anything of the answer has been told. */
  get begun(): boolean {
    return this.#count > 0;
  }

  /** How many tokens were no part of the answer itself. */
  get thoughtTokens(): number {
    return this.#thought;
  }

  readonly text = ({ text, segmentType, tokens }: ResponseChunk): void => {
    if (segmentType !== undefined) this.#thought += tokens.length;
    if (text === "") return;
    const kind = segmentType === undefined ? "text" : "thinking";
    let open = this.#open;
    if (open?.kind !== kind || open.segment !== segmentType) {
      open = { kind, segment: segmentType, index: this.#begin(textPart(segmentType)) };
      this.#open = open;
    }
    this.#emit({ type: "part-delta", index: open.index, kind, text });
  };

  /** The engine ends arguments with blank lines, which are none of them: blanks wait until something follows. */
  readonly params = ({ functionName, paramsChunk }: ParamsChunk): void => {
    const call = this.#call(functionName);
    const all = call.held + paramsChunk;
    const text = all.trimEnd();
    call.held = all.slice(text.length);
    this.#say(call, text);
  };

  readonly called = ({ functionName }: { readonly functionName: string }): void => {
    const call = this.#call(functionName);
    // A tool without parameters is called without arguments.
    if (call.empty) this.#say(call, "{}");
    this.end();
  };

  /** Nothing more comes of the part that is open. */
  end(): void {
    if (this.#open !== undefined) this.#emit({ type: "part-end", index: this.#open.index });
    this.#open = undefined;
  }

  #call(name: string): Open & { readonly kind: "arguments" } {
    if (this.#open?.kind === "arguments") return this.#open;
    const index = this.#begin({
      type: "tool-call",
      id: this.#newCallId(),
      name,
      argumentsText: "",
      input: undefined,
    });
    return (this.#open = { kind: "arguments", index, held: "", empty: true });
  }

  #say(call: Open & { readonly kind: "arguments" }, text: string): void {
    if (text === "") return;
    call.empty = false;
    this.#emit({ type: "part-delta", index: call.index, kind: "arguments", text });
  }

  #begin(part: Part): number {
    this.end();
    const index = this.#count++;
    this.#emit({ type: "part-start", index, part });
    return index;
  }
}

function textPart(segment: SegmentType | undefined): Part {
  if (segment === undefined) return { type: "text", text: "" };
  const vendor = { protocol: PROTOCOL, fields: { segment } };
  return { type: "thinking", text: "", protocol: PROTOCOL, ...(segment === "comment" && { vendor }) };
}
