import type { DecodedEvent } from "../../llm/event.ts";
import { own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { TextPart, ThinkingPart } from "../../llm/message.ts";
import { others } from "./names.ts";
import { PROTOCOL } from "./wire.ts";

type Kind = "text" | "thinking";

const neutralFields: Readonly<Record<Kind, ReadonlySet<string>>> = {
  text: new Set(["text"]),
  thinking: new Set(["text", "thought", "thoughtSignature"]),
};

/** A text or thinking that later chunks may continue. */
export class OpenText {
  readonly #emit: (event: DecodedEvent) => void;
  readonly #kind: Kind;
  readonly #index: number;
  /** What was said, kept for the case that fields arrive late and the part must be told again with them. */
  #text = "";
  #signature = "";
  #fields: JsonObject | undefined;
  #late = false;
  #signed = false;
  #citations: readonly JsonValue[] = [];

  /** Begins a part with its first piece. */
  constructor(emit: (event: DecodedEvent) => void, kind: Kind, index: number, wire: JsonObject) {
    this.#emit = emit;
    this.#kind = kind;
    this.#index = index;
    this.#fields = others(wire, neutralFields[kind]);
    emit({ type: "part-start", index, part: this.#part() });
    this.#say(wire);
  }

  /** Whether a piece of this kind goes on with this part. A signature is about all of a part, and ends it. */
  continuedBy(kind: Kind): boolean {
    return kind === this.#kind && !this.#signed;
  }

  /** A further piece. */
  add(wire: JsonObject): void {
    const fields = others(wire, neutralFields[this.#kind]);
    if (fields !== undefined) {
      this.#late = true;
      this.#fields = { ...this.#fields, ...fields };
    }
    this.#say(wire);
  }

  /** The sources of a text. Thinking has none. */
  cite(citations: readonly JsonValue[]): void {
    if (this.#kind === "thinking") return;
    this.#citations = citations;
    for (const data of citations)
      this.#emit({ type: "part-delta", index: this.#index, kind: "citation", data });
  }

  end(): void {
    const index = this.#index;
    if (!this.#late) {
      this.#emit({ type: "part-end", index });
      return;
    }
    const cited = this.#citations.length > 0 && { citations: this.#citations };
    const signed = this.#signature !== "" && { signature: this.#signature };
    this.#emit({ type: "part-end", index, part: { ...this.#part(), text: this.#text, ...cited, ...signed } });
  }

  #part(): TextPart | ThinkingPart {
    const vendor = this.#fields && { vendor: { protocol: PROTOCOL, fields: this.#fields } };
    if (this.#kind === "text") return { type: "text", text: "", ...vendor };
    return { type: "thinking", text: "", protocol: PROTOCOL, ...vendor };
  }

  #say(wire: JsonObject): void {
    const text = own(wire, "text");
    const signature = own(wire, "thoughtSignature");
    const index = this.#index;
    if (typeof text === "string" && text !== "") {
      this.#text += text;
      this.#emit({ type: "part-delta", index, kind: this.#kind, text });
    }
    if (typeof signature !== "string" || signature === "") return;
    this.#signed = true;
    if (this.#kind === "text") return;
    this.#signature = signature;
    this.#emit({ type: "part-delta", index, kind: "signature", text: signature });
  }
}
