import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { Part, ResultPart } from "../../llm/message.ts";
import { beginning, opaqueContent, readContent } from "./content.ts";
import { numberAt, unsaid, type Answer, type OpenItem } from "./open-item.ts";
import { messageHeader, ownFields, vendor } from "./wire.ts";

interface OpenContent {
  readonly index: number;
  readonly opaque: JsonObject | undefined;
  said: string;
  cited: number;
}

/** A message: each of its content parts is a part of ours. */
export class OpenMessage implements OpenItem {
  readonly opaque = false;
  readonly #answer: Answer;
  readonly #contents = new Map<number, OpenContent>();
  readonly #header: JsonObject;

  constructor(item: JsonObject, answer: Answer) {
    this.#answer = answer;
    this.#header = messageHeader(item, "assistant");
  }

  event(type: string, event: JsonObject): boolean {
    const at = numberAt(event, "content_index");
    const { delta, part, text, refusal, annotation } = event;
    if (type === "response.output_text.delta" || type === "response.refusal.delta") {
      if (typeof delta === "string") this.#say(this.#content(at, usual(type)), delta);
      return true;
    }
    if (type === "response.output_text.done" || type === "response.refusal.done") {
      this.#catchUp(at, usual(type, text ?? refusal));
      return true;
    }
    if ((type === "response.content_part.added" || type === "response.content_part.done") && isObject(part)) {
      this.#catchUp(at, part);
      return true;
    }
    if (type === "response.output_text.annotation.added" && annotation !== undefined) {
      this.#cite(this.#content(at, usual(type)), annotation);
      return true;
    }
    return false;
  }

  end(item: JsonObject | undefined): void {
    const content = item && own(item, "content");
    const list = Array.isArray(content) ? content.filter(isObject) : [];
    for (const [at, value] of list.entries()) {
      const open = this.#catchUp(at, value);
      this.#contents.delete(at);
      const part = asBegun(readContent(value, "output"), open, value);
      const whole = part && at === 0 ? beginning(part, messageHeader(item ?? {}, "assistant")) : part;
      this.#answer.emit({ type: "part-end", index: open.index, ...(whole && { part: whole }) });
    }
    for (const { index, opaque } of this.#contents.values()) {
      const part = opaque && opaqueContent(opaque);
      this.#answer.emit({ type: "part-end", index, ...(part && { part }) });
    }
  }

  #content(at: number, value: JsonObject): OpenContent {
    const known = this.#contents.get(at);
    if (known !== undefined) return known;
    const part = readContent(value, "output");
    const begun = at === 0 ? beginning(part, this.#header) : part;
    const opaque = part.type === "text" ? undefined : value;
    const open: OpenContent = { index: this.#answer.next(), opaque, said: "", cited: 0 };
    this.#contents.set(at, open);
    this.#answer.emit({ type: "part-start", index: open.index, part: withoutText(begun) });
    return open;
  }

  /** Says what of a content part was not said. */
  #catchUp(at: number, value: JsonObject): OpenContent {
    const open = this.#content(at, value);
    const part = readContent(value, "output");
    if (part.type !== "text") return open;
    if (ownFields(part.vendor)["type"] === "refusal") this.#answer.note("refusal");
    this.#say(open, unsaid(open.said, part.text) ?? "");
    for (const citation of part.citations?.slice(open.cited) ?? []) this.#cite(open, citation);
    return open;
  }

  #say(open: OpenContent, text: string): void {
    if (text === "" || open.opaque !== undefined) return;
    open.said += text;
    this.#answer.emit({ type: "part-delta", index: open.index, kind: "text", text });
  }

  #cite(open: OpenContent, data: JsonValue): void {
    if (open.opaque !== undefined) return;
    open.cited++;
    this.#answer.emit({ type: "part-delta", index: open.index, kind: "citation", data });
  }
}

/**
 * A content part as it was begun and said: undefined where only that is known. A text that is another at its end is
 * what was said; the last one goes back to the vendor.
 */
function asBegun(part: ResultPart, { opaque, said }: OpenContent, value: JsonObject): ResultPart | undefined {
  if (opaque !== undefined) return opaqueContent(value);
  if (part.type !== "text" || part.text === said) return part.type === "text" ? part : undefined;
  const fields = ownFields(part.vendor);
  const last = { [fields["type"] === "refusal" ? "refusal" : "text"]: part.text };
  return { ...part, text: said, ...vendor({ ...fields, ...last }) };
}

/** The content part that an event of its text speaks of. */
function usual(type: string, text: JsonValue = ""): JsonObject {
  return type.startsWith("response.refusal.")
    ? { type: "refusal", refusal: text }
    : { type: "output_text", text };
}

function withoutText(part: ResultPart): Part {
  if (part.type !== "text") return part;
  const { citations: _, ...begun } = part;
  return { ...begun, text: "" };
}
