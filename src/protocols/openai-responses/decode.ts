import { ModelError } from "../../llm/errors.ts";
import type { DecodedEvent } from "../../llm/event.ts";
import {
  isCutJson,
  isObject,
  own,
  parseJson,
  rest,
  type JsonObject,
  type JsonValue,
} from "../../llm/json.ts";
import type { StopReason } from "../../llm/response.ts";
import { CallIds } from "../call-ids.ts";
import type { Decoder, Target } from "../protocol.ts";
import { DeltaTemplate } from "./delta-template.ts";
import { decodeErrorEvent } from "./errors.ts";
import type { Answer, OpenItem } from "./open-item.ts";
import { impliedItem, openItem } from "./open-items.ts";
import { decodeUsage } from "./usage.ts";
import { incompleteReasons, objectAt, responseFields } from "./wire.ts";

/** Reads one answer of the Responses API, streamed or whole, as the same events. */
export class ResponsesDecoder implements Decoder, Answer {
  readonly emit: (event: DecodedEvent) => void;
  readonly #thinkingBesideOutput: boolean;
  /** Items by their place in the output, which stays while ids may change; undefined once they ended. */
  readonly #items = new Map<number, OpenItem | undefined>();
  readonly #callIds = new CallIds();
  readonly #noted = new Set<"call" | "refusal">();
  /** Events that are not understood are kept. */
  readonly #events: JsonObject[] = [];
  readonly #deltas = new DeltaTemplate();
  /** What the template stands for: an item, and the last delta that it took. */
  #last: { readonly item: OpenItem; readonly type: string; readonly event: JsonObject } | undefined;
  #id = "";
  #parts = 0;
  #started = false;
  #done = false;

  constructor(emit: (event: DecodedEvent) => void, target: Target) {
    this.emit = emit;
    this.#thinkingBesideOutput = target.dialect?.thinkingBesideOutput === true;
  }

  push(data: string, event: string): void {
    if (this.#done || data === "[DONE]") return;
    const delta = this.#deltas.read(data);
    if (delta !== undefined && this.#last !== undefined) {
      this.#last.item.event(this.#last.type, { ...this.#last.event, delta });
      return;
    }
    const value = parseJson(data);
    if (event === "error" && value === undefined) throw decodeErrorEvent({ message: data });
    if (!isObject(value)) throw malformed("an event is not a JSON object", data);
    const type = own(value, "type");
    this.#event(typeof type === "string" ? type : event, value, data);
  }

  whole(body: string): void {
    const value = parseJson(body);
    if (value === undefined) {
      const cut = isCutJson(body);
      if (cut) throw new ModelError("the answer was cut", { kind: "truncated", body: body.slice(0, 2048) });
      throw malformed("the answer is not JSON", body);
    }
    if (!isObject(value)) throw malformed("the answer is not a JSON object", body);
    if (!Array.isArray(own(value, "output"))) {
      const error = own(value, "error");
      if (error !== undefined && error !== null) throw decodeErrorEvent(value);
      throw malformed("the answer has no output", body);
    }
    this.#finish(value, null);
  }

  end(): void {
    if (this.#done) return;
    const why = this.#started ? "the answer was cut: its end mark never came" : "the answer has no response";
    throw new ModelError(why, { kind: "truncated" });
  }

  next(): number {
    return this.#parts++;
  }

  callId(given: JsonValue | undefined): string {
    const sent = typeof given === "string" && given !== "" ? given : undefined;
    return this.#callIds.own(sent ?? `call_${this.#id}_${this.#parts - 1}`);
  }

  note(what: "call" | "refusal"): void {
    this.#noted.add(what);
  }

  #event(type: string, event: JsonObject, data: string): void {
    switch (type) {
      case "response.created":
      case "response.queued":
      case "response.in_progress":
        this.#start(objectAt(event, "response"));
        return;
      case "response.output_item.added": {
        const at = outputIndex(event, data);
        // An item that is announced twice is the same item.
        if (!this.#items.has(at)) this.#open(at, itemOf(event, data));
        return;
      }
      case "response.output_item.done":
        this.#endItem(outputIndex(event, data), itemOf(event, data), false);
        return;
      case "response.completed":
      case "response.incomplete":
      case "response.failed": {
        const response = own(event, "response");
        if (!isObject(response)) throw malformed("the answer ends without itself", data);
        const extra = rest(event, endFields);
        if (extra !== undefined) this.#events.push(extra);
        this.#finish(response, type.slice("response.".length));
        return;
      }
      case "error":
        throw decodeErrorEvent(event);
      // OpenAI's ping, which its documents don't name.
      case "keepalive":
        return;
      default:
        this.#other(type, event, data);
    }
  }

  /** An event of an item, or one that is not known: new ones may come at any time. */
  #other(type: string, event: JsonObject, data: string): void {
    const error = own(event, "error");
    if (error !== undefined && error !== null && !type.startsWith("response.")) throw decodeErrorEvent(event);
    if (Object.hasOwn(event, "output_index")) {
      const at = outputIndex(event, data);
      const implied = this.#items.has(at) ? undefined : impliedItem(type);
      const item = implied === undefined ? this.#items.get(at) : this.#open(at, implied);
      if (item?.event(type, event) === true) {
        this.#remember(item, type, event, data);
        return;
      }
    }
    this.#events.push(event);
  }

  /** A delta is like the next one, most likely. Items that pass on events as they are get all of each. */
  #remember(item: OpenItem, type: string, event: JsonObject, data: string): void {
    if (item.opaque || own(event, "type") !== type || !type.endsWith(".delta")) return;
    if (typeof own(event, "delta") !== "string") return;
    this.#deltas.learn(data);
    const { output_index = 0, content_index = 0, summary_index = 0 } = event;
    this.#last = { item, type, event: { output_index, content_index, summary_index } };
  }

  #start(response: JsonObject): void {
    if (this.#started) return;
    this.#started = true;
    const { id, model } = response;
    this.#id = typeof id === "string" ? id : "";
    this.emit({ type: "start", id: this.#id, model: typeof model === "string" ? model : "" });
  }

  #open(at: number, item: JsonObject): OpenItem {
    this.#start({});
    const open = openItem(item, this);
    this.#items.set(at, open);
    return open;
  }

  #endItem(at: number, item: JsonObject, cut: boolean): void {
    const known = this.#items.has(at);
    const open = known ? this.#items.get(at) : this.#open(at, item);
    open?.end(item, cut);
    this.#items.set(at, undefined);
    this.#deltas.forget();
  }

  /** The last event has the whole answer: what was not said before is said now. */
  #finish(response: JsonObject, word: string | null): void {
    this.#start(response);
    const usage = decodeUsage(response, this.#thinkingBesideOutput);
    if (usage !== undefined) this.emit({ type: "usage", usage });
    const status = own(response, "status") ?? word;
    const error = own(response, "error");
    const failed = status === "failed" || (error !== undefined && error !== null);
    const output = own(response, "output");
    for (const [at, item] of Array.isArray(output) ? output.entries() : []) {
      if (!isObject(item)) throw malformed("an item is not an object", JSON.stringify(item));
      if (this.#items.has(at) && this.#items.get(at) === undefined) continue;
      this.#endItem(at, item, failed || status === "incomplete");
    }
    if (failed) throw decodeErrorEvent({ response });
    for (const open of this.#items.values()) open?.end(undefined, false);
    this.#stop(response, typeof status === "string" ? status : null);
  }

  #stop(response: JsonObject, status: string | null): void {
    this.#done = true;
    const why = own(objectAt(response, "incomplete_details"), "reason");
    const raw = typeof why === "string" ? why : status;
    const events = this.#events.length > 0 && { events: this.#events };
    const vendor = { ...rest(response, responseFields), ...events };
    const reason = this.#reason(status, raw);
    this.emit({ type: "stop", reason, raw, ...(Object.keys(vendor).length > 0 && { vendor }) });
  }

  #reason(status: string | null, raw: string | null): StopReason {
    if (status === "incomplete") {
      return raw !== null && Object.hasOwn(incompleteReasons, raw)
        ? (incompleteReasons[raw] as StopReason)
        : "unknown";
    }
    if (status !== "completed") return "unknown";
    if (this.#noted.has("call")) return "tool_use";
    return this.#noted.has("refusal") ? "refusal" : "end_turn";
  }
}

const endFields: ReadonlySet<string> = new Set(["type", "sequence_number", "response"]);

function itemOf(event: JsonObject, data: string): JsonObject {
  const item = own(event, "item");
  if (!isObject(item)) throw malformed("an event has no item", data);
  return item;
}

function outputIndex(event: JsonObject, data: string): number {
  const value = own(event, "output_index");
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw malformed("an event has no valid output_index", data);
  }
  return value;
}

function malformed(why: string, data: string): ModelError {
  return new ModelError(`not the Responses API: ${why}`, {
    kind: "malformed",
    ...(data !== "" && { body: data.slice(0, 2048) }),
  });
}
