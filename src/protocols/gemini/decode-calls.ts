import type { DecodedEvent } from "../../llm/event.ts";
import { parseJson, rest, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { ToolCallPart } from "../../llm/message.ts";
import { PartialArgs } from "./partial-args.ts";
import { PROTOCOL } from "./wire.ts";

const besideCall: ReadonlySet<string> = new Set(["functionCall"]);
const neutralMembers: ReadonlySet<string> = new Set(["id", "name", "args", "partialArgs", "willContinue"]);

/** A function call, whole or in pieces: `willContinue` says that more of it comes, without a name. */
export class OpenCall {
  readonly #emit: (event: DecodedEvent) => void;
  readonly #index: number;
  readonly #part: ToolCallPart;
  readonly #partial: PartialArgs | undefined;
  #fields: JsonObject;
  #late = false;
  #broken = false;
  /** Whether nothing more comes. */
  done: boolean;

  constructor(
    emit: (event: DecodedEvent) => void,
    index: number,
    { id, name }: { readonly id: string; readonly name: string },
    call: JsonObject,
    wire: JsonObject,
  ) {
    this.#emit = emit;
    this.#index = index;
    const { partialArgs, willContinue } = call;
    // Members that we do not know stay where they are: the call as a whole goes back out.
    const unknown = rest(call, neutralMembers) !== undefined && { functionCall: call };
    this.#fields = { ...rest(wire, besideCall), ...unknown };
    this.#part = { type: "tool-call", id, name, argumentsText: "", input: undefined };
    emit({ type: "part-start", index, part: this.#withFields() });
    this.done = willContinue !== true;
    if (partialArgs === undefined && this.done) {
      this.#finish(JSON.stringify(call["args"] ?? {}));
      return;
    }
    this.#partial = new PartialArgs();
    this.#piece(call);
  }

  /** A further piece. */
  add(call: JsonObject, wire: JsonObject): void {
    const fields = rest(wire, besideCall);
    if (fields !== undefined) {
      this.#late = true;
      this.#fields = { ...this.#fields, ...fields };
    }
    this.done = call["willContinue"] !== true;
    this.#piece(call);
  }

  /** No more of it comes. A call that was cut keeps an open bracket: it is no JSON and is never run. */
  end(cut: boolean): void {
    if (this.#partial === undefined) return;
    const whole = this.#partial.toString();
    this.#finish(cut || this.#broken ? whole.slice(0, -1) : whole);
  }

  #piece({ partialArgs }: JsonObject): void {
    if (!Array.isArray(partialArgs)) return;
    this.#emit({ type: "part-delta", index: this.#index, kind: "vendor", data: partialArgs });
    for (const piece of partialArgs as readonly JsonValue[]) {
      if (this.#partial?.add(piece) === false) this.#broken = true;
    }
  }

  #finish(text: string): void {
    const index = this.#index;
    this.#emit({ type: "part-delta", index, kind: "arguments", text });
    const part = this.#late && {
      part: { ...this.#withFields(), argumentsText: text, input: parseJson(text) },
    };
    this.#emit({ type: "part-end", index, ...part });
  }

  #withFields(): ToolCallPart {
    if (Object.keys(this.#fields).length === 0) return this.#part;
    return { ...this.#part, vendor: { protocol: PROTOCOL, fields: this.#fields } };
  }
}
