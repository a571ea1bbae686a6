import type { DecodedEvent } from "../../llm/event.ts";
import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { parseJson } from "../../llm/json.ts";
import type { Part, ToolCallPart } from "../../llm/message.ts";
import { CallIds } from "../call-ids.ts";
import { merge } from "./extras.ts";
import { extras, filled } from "./json.ts";
import { vendor } from "./media.ts";
import { PROTOCOL } from "./wire.ts";

type Emit = (event: DecodedEvent) => void;

/** A call whose end has not come: the answer's end is the end of all. */
interface OpenCall {
  /** The vendor's number of the call. */
  readonly slot: JsonValue | undefined;
  /** The vendor's id, empty where it sent none. */
  id: string;
  /** Undefined until its name is known, for a part begins with a name. */
  begun: { readonly index: number; readonly part: ToolCallPart } | undefined;
  name: string;
  arguments: string;
  fields: JsonObject;
  /** A call with free text in place of arguments (`type: "custom"`), as it would have come whole. */
  custom: JsonObject | undefined;
}

const callFields: ReadonlySet<string> = new Set(["index", "id", "type", "function"]);
/** Snowflake sends an empty `custom` beside each function. */
const functionCallFields: ReadonlySet<string> = new Set([...callFields, "custom"]);
const functionFields: ReadonlySet<string> = new Set(["name", "arguments"]);

/** The tool calls of an answer: they may come whole or in pieces, one after the other or mixed, with or without ids. */
export class Calls {
  readonly #emit: Emit;
  /** Numbers for parts, in the order in which they appear. */
  readonly #number: () => number;
  readonly #open: OpenCall[] = [];
  readonly #ids = new CallIds();

  constructor(emit: Emit, number: () => number) {
    this.#emit = emit;
    this.#number = number;
  }

  get count(): number {
    return this.#open.length;
  }

  /** A piece of a call, or a whole one. `answer` is the answer's id, from which missing ids are made. */
  piece(piece: JsonObject, answer: string, whole: boolean): void {
    const called = own(piece, "function");
    const earlier = whole ? undefined : this.#earlier(piece, isObject(called) ? called : {});
    const call = earlier ?? this.#add(piece);
    if (call.custom !== undefined || (!isObject(called) && isObject(own(piece, "custom")))) {
      const { index: _, ...more } = piece;
      call.custom = merge(call.custom ?? {}, more);
      return;
    }
    const { name, arguments: text } = isObject(called) ? called : {};
    if (call.name === "" && filled(name)) call.name = name;
    const inner = isObject(called) ? extras(called, functionFields) : undefined;
    const more = {
      ...extras(piece, isObject(called) ? functionCallFields : callFields),
      ...(inner !== undefined && { function: inner }),
    };
    if (Object.keys(more).length > 0) call.fields = merge(call.fields, more);
    // Some servers send the arguments as a value.
    this.#say(
      call,
      typeof text === "string" ? text : (text ?? null) === null ? "" : JSON.stringify(text),
      answer,
    );
  }

  /** The call that a piece goes on with; undefined where it begins one. */
  #earlier(piece: JsonObject, called: JsonObject): OpenCall | undefined {
    const { index: slot, id } = piece;
    const last = this.#open.at(-1);
    const bySlot = typeof slot === "number" ? this.#open.findLast((call) => call.slot === slot) : undefined;
    const byId = filled(id) ? this.#open.findLast((call) => call.id === id) : undefined;
    // Without a number, only a new id or a new name tells a new call from the last one's next piece.
    const known =
      typeof slot === "number" ? bySlot : filled(id) ? byId : filled(own(called, "name")) ? undefined : last;
    // One number for several calls (Gemini's OpenAI endpoint): the id is another, and the name begins anew.
    const other =
      filled(id) && known !== undefined && filled(known.id) && known.id !== id && filled(called["name"]);
    return other ? undefined : known;
  }

  #add({ index: slot, id }: JsonObject): OpenCall {
    const call: OpenCall = {
      slot,
      id: filled(id) ? id : "",
      begun: undefined,
      name: "",
      arguments: "",
      fields: {},
      custom: undefined,
    };
    this.#open.push(call);
    return call;
  }

  #say(call: OpenCall, text: string, answer: string): void {
    if (call.begun === undefined) {
      call.arguments += text;
      if (call.name !== "") this.#begin(call, answer);
    } else if (text !== "") {
      call.arguments += text;
      this.#emit({ type: "part-delta", index: call.begun.index, kind: "arguments", text });
    }
  }

  #begin(call: OpenCall, answer: string): void {
    const index = this.#number();
    const made = `call_${answer === "" ? "" : `${answer}_`}${this.#ids.count}`;
    const id = this.#ids.own(call.id === "" ? made : call.id);
    const part: ToolCallPart = {
      type: "tool-call",
      id,
      name: call.name,
      argumentsText: "",
      input: undefined,
      ...vendor(call.fields),
    };
    call.begun = { index, part };
    this.#emit({ type: "part-start", index, part });
    if (call.arguments !== "")
      this.#emit({ type: "part-delta", index, kind: "arguments", text: call.arguments });
  }

  /** The answer is complete; `cut` where its bound ended it, so that arguments may be missing. */
  end(answer: string, cut: boolean): void {
    for (const call of this.#open) {
      if (call.custom !== undefined) {
        const index = this.#number();
        const part: Part = { type: "opaque", protocol: PROTOCOL, value: call.custom };
        this.#emit({ type: "part-start", index, part });
        this.#emit({ type: "part-end", index });
        continue;
      }
      if (call.begun === undefined) this.#begin(call, answer);
      // No arguments at all mean the empty object; a call that was cut before them is not one that could be run.
      if (call.arguments === "" && !cut) this.#say(call, "{}", answer);
      this.#finish(call);
    }
  }

  #finish({ begun, arguments: argumentsText, fields }: OpenCall): void {
    if (begun === undefined) return;
    const { index, part } = begun;
    const late = JSON.stringify(vendor(fields).vendor) !== JSON.stringify(part.vendor);
    const whole = { ...part, argumentsText, input: parseJson(argumentsText), ...vendor(fields) };
    this.#emit({ type: "part-end", index, ...(late && { part: whole }) });
  }
}
