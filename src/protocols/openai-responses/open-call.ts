import { ModelError } from "../../llm/errors.ts";
import { own, parseJson, type JsonObject } from "../../llm/json.ts";
import { unsaid, type Answer, type OpenItem } from "./open-item.ts";
import { callPart } from "./read-items.ts";

/** A call of one of our tools. It begins when its name and id are known, at its end at the latest. */
export class OpenCall implements OpenItem {
  readonly opaque = false;
  readonly #answer: Answer;
  #begun: { readonly index: number; readonly id: string; readonly name: string } | undefined;
  #said = "";
  #complete = false;

  constructor(item: JsonObject, answer: Answer) {
    this.#answer = answer;
    const { call_id, name } = item;
    if (typeof call_id === "string" && call_id !== "" && typeof name === "string" && name !== "")
      this.#begin(item);
  }

  event(type: string, { delta, arguments: whole }: JsonObject): boolean {
    if (type === "response.function_call_arguments.delta") {
      if (typeof delta === "string") this.#say(delta);
      return true;
    }
    if (type === "response.function_call_arguments.done") {
      if (typeof whole === "string") this.#catchUp(whole);
      this.#complete = true;
      return true;
    }
    return false;
  }

  end(item: JsonObject | undefined, cut: boolean): void {
    if (item === undefined) {
      // Nothing says that it is whole: it must not be run, and an answer without it would be another answer.
      if (!this.#complete || this.#begun === undefined) throw broken("a call has no end");
      this.#answer.note("call");
      if (this.#said === "") this.#say("{}");
      this.#answer.emit({ type: "part-end", index: this.#begun.index });
      return;
    }
    const { index, id, name } = this.#begun ?? this.#begin(item);
    const status = own(item, "status");
    const isCut = status === "incomplete" || (cut && status !== "completed");
    const whole = own(item, "arguments");
    this.#catchUp(
      typeof whole === "string"
        ? whole
        : whole === undefined || whole === null
          ? this.#said
          : JSON.stringify(whole),
    );
    // No arguments are an empty object, unless they were about to come.
    if (this.#said === "" && !isCut) this.#say("{}");
    const part = callPart(item, id, name, this.#said);
    if (!isCut) this.#answer.note("call");
    this.#answer.emit({ type: "part-end", index, part: isCut ? { ...part, input: undefined } : part });
  }

  #begin(item: JsonObject): { index: number; id: string; name: string } {
    const { call_id, name } = item;
    if (typeof name !== "string") throw broken("a call has no name");
    const begun = { index: this.#answer.next(), id: this.#answer.callId(call_id), name };
    this.#begun = begun;
    const part = { ...callPart(item, begun.id, name, ""), input: undefined };
    this.#answer.emit({ type: "part-start", index: begun.index, part });
    return begun;
  }

  #say(text: string): void {
    // Before it has begun, nothing is lost: its end has the whole text.
    if (text === "" || this.#begun === undefined) return;
    this.#said += text;
    this.#answer.emit({ type: "part-delta", index: this.#begun.index, kind: "arguments", text });
  }

  #catchUp(whole: string): void {
    const missing = unsaid(this.#said, whole);
    if (missing !== undefined) this.#say(missing);
    // Which of two is meant must not be found out by running one of them.
    else if (!sameValue(this.#said, whole)) throw broken("the arguments of a call change at its end");
  }
}

function sameValue(a: string, b: string): boolean {
  const value = parseJson(a);
  return value !== undefined && JSON.stringify(value) === JSON.stringify(parseJson(b));
}

function broken(why: string): ModelError {
  return new ModelError(`not the Responses API: ${why}`, { kind: "malformed" });
}
