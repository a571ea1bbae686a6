import { isObject, rest, type JsonObject } from "../../llm/json.ts";
import { numberAt, unsaid, type Answer, type OpenItem } from "./open-item.ts";
import { BETWEEN, placeOf, thinkingPart, thoughts, type SegmentField, type Thought } from "./reasoning.ts";

const textField: ReadonlySet<string> = new Set(["text"]);

/** A text as far as it was said. */
interface Said {
  readonly field: SegmentField;
  readonly at: number;
  text: string;
  extra: JsonObject;
}

/** Reasoning: one thinking part, its texts with a blank line between them. */
export class OpenReasoning implements OpenItem {
  readonly opaque = false;
  readonly #answer: Answer;
  readonly #index: number;
  readonly #said: Said[] = [];
  /** The same by where they stand: a server may come back to a text. */
  readonly #byPlace = new Map<string, Said[]>();

  constructor(item: JsonObject, answer: Answer) {
    this.#answer = answer;
    this.#index = answer.next();
    // Its texts and what is encrypted come at the end; what is there now is a first state of it.
    const { summary: _, content: __, encrypted_content: ___, ...begun } = item;
    const part = thinkingPart({ ...begun, summary: [] });
    answer.emit({ type: "part-start", index: this.#index, part });
  }

  event(type: string, event: JsonObject): boolean {
    const field = type.startsWith("response.reasoning_summary_") ? "summary" : "content";
    const at = numberAt(event, field === "summary" ? "summary_index" : "content_index");
    const { delta, text, part } = event;
    switch (type) {
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        if (typeof delta === "string") this.#say(field, at, delta);
        return true;
      case "response.reasoning_summary_text.done":
      case "response.reasoning_text.done":
        if (typeof text === "string") this.#catchUp({ field, at, text, extra: {} });
        return true;
      case "response.reasoning_summary_part.added":
      case "response.reasoning_summary_part.done":
      case "response.content_part.added":
      case "response.content_part.done":
        if (isObject(part) && typeof part["text"] === "string") {
          this.#catchUp({ field, at, text: part["text"], extra: rest(part, textField) ?? {} });
        }
        return true;
      default:
        return false;
    }
  }

  end(item: JsonObject | undefined): void {
    if (item === undefined) {
      this.#answer.emit({ type: "part-end", index: this.#index });
      return;
    }
    for (const thought of thoughts(item)) this.#catchUp(thought);
    this.#answer.emit({ type: "part-end", index: this.#index, part: thinkingPart(item, this.#said) });
  }

  #say(field: SegmentField, at: number, text: string): void {
    let last = this.#said.at(-1);
    if (last?.field !== field || last.at !== at) {
      if (last !== undefined) this.#emit(BETWEEN);
      last = {
        field,
        at,
        text: "",
        extra: { type: field === "summary" ? "summary_text" : "reasoning_text" },
      };
      this.#said.push(last);
      const place = placeOf(last);
      const before = this.#byPlace.get(place);
      if (before === undefined) this.#byPlace.set(place, [last]);
      else before.push(last);
    }
    last.text += text;
    if (text !== "") this.#emit(text);
  }

  #catchUp(thought: Thought): void {
    const { field, at, text, extra } = thought;
    const said = this.#byPlace.get(placeOf(thought)) ?? [];
    const missing = unsaid(said.map((each) => each.text).join(""), text) ?? "";
    if (said.length === 0 || missing !== "") this.#say(field, at, missing);
    for (const each of this.#byPlace.get(placeOf(thought)) ?? []) each.extra = { ...each.extra, ...extra };
  }

  #emit(text: string): void {
    this.#answer.emit({ type: "part-delta", index: this.#index, kind: "thinking", text });
  }
}
