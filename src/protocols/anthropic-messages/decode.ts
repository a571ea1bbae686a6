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
import type { Decoder } from "../protocol.ts";
import { TextTemplate } from "../text-template.ts";
import { beginBlock, type OpenBlock } from "./blocks.ts";
import { decodeErrorEvent } from "./errors.ts";
import { decodeUsage, mergeUsage } from "./usage.ts";
import { messageFields, stopReasons, type ReceivedBlock } from "./wire.ts";

const deltaFields: ReadonlySet<string> = new Set(["stop_reason", "stop_sequence"]);
const messageDeltaFields: ReadonlySet<string> = new Set(["type", "delta", "usage"]);

/** Reads one answer of the Messages API, streamed or whole, as the same events. */
export class AnthropicDecoder implements Decoder {
  readonly #emit: (event: DecodedEvent) => void;
  readonly #texts = new TextTemplate();
  /** Blocks by number, null for those that ended: a second one with a number would take the place of the first. */
  readonly #blocks: (OpenBlock | null | undefined)[] = [];
  #open = 0;
  readonly #callIds = new CallIds();
  #usage: JsonObject | undefined;
  #stopReason: string | null = null;
  #stopSequence: string | undefined;
  #vendor: JsonObject = {};
  #started = false;
  #done = false;
  /** The part that the text template belongs to. */
  #textIndex = 0;

  constructor(emit: (event: DecodedEvent) => void) {
    this.#emit = emit;
  }

  push(data: string, _event: string): void {
    // Nothing is part of an answer that has ended.
    if (this.#done) return;
    const text = this.#texts.read(data);
    if (text !== undefined) {
      this.#emit({ type: "part-delta", index: this.#textIndex, kind: "text", text });
      return;
    }
    const event = parseJson(data);
    if (!isObject(event)) throw malformed("an event is not a JSON object", data);
    this.#event(event, data);
  }

  whole(body: string): void {
    const message = parseJson(body);
    if (message === undefined) {
      if (isCutJson(body))
        throw new ModelError("the answer was cut", { kind: "truncated", body: body.slice(0, 2048) });
      throw malformed("the answer is not JSON", body);
    }
    if (!isObject(message)) throw malformed("the answer is not a JSON object", body);
    if (!Array.isArray(message["content"])) {
      if (Object.hasOwn(message, "error")) throw decodeErrorEvent(message);
      throw malformed("the answer is no message", body);
    }
    this.#start(message);
    this.#stop();
  }

  end(): void {
    if (this.#done) return;
    const why = this.#started ? "the answer was cut: its end mark never came" : "the answer has no message";
    throw new ModelError(why, { kind: "truncated" });
  }

  #event(event: JsonObject, data: string): void {
    switch (event["type"]) {
      case "content_block_delta":
        this.#delta(event, data);
        return;
      case "content_block_start":
        this.#begin(index(event, data), event["content_block"], data);
        return;
      case "content_block_stop": {
        const at = index(event, data);
        this.#end(at, data);
        this.#texts.forget();
        return;
      }
      case "message_start": {
        const message = event["message"];
        if (!isObject(message)) throw malformed("message_start has no message", data);
        this.#start(message);
        return;
      }
      case "message_delta":
        this.#messageDelta(event);
        return;
      case "message_stop":
        this.#stop();
        return;
      case "ping":
        return;
      case "error":
        throw decodeErrorEvent(event);
      default: {
        // New kinds of events may come at any time (the API's versioning policy); they are kept, not understood.
        if (Object.hasOwn(event, "error")) throw decodeErrorEvent(event);
        const events = own(this.#vendor, "events");
        this.#vendor = { ...this.#vendor, events: [...(Array.isArray(events) ? events : []), event] };
      }
    }
  }

  #start(message: JsonObject): void {
    if (this.#started) throw malformed("a second message began", JSON.stringify(message));
    this.#started = true;
    const { id, model } = message;
    const vendor = rest(message, messageFields);
    this.#emit({
      type: "start",
      id: typeof id === "string" ? id : "",
      model: typeof model === "string" ? model : "",
      ...(vendor !== undefined && { vendor }),
    });
    this.#reportUsage(message["usage"]);
    this.#readStop(message);
    const content = message["content"];
    if (!Array.isArray(content)) return;
    for (const [at, block] of content.entries()) {
      this.#begin(at, block, "");
      this.#end(at, "");
    }
  }

  #begin(at: number, block: JsonValue | undefined, data: string): void {
    if (!isObject(block) || typeof block["type"] !== "string") throw malformed("a block has no type", data);
    if (this.#blocks[at] !== undefined) throw malformed(`block ${at} begins twice`, data);
    const received = { ...block, type: block["type"] };
    this.#blocks[at] = beginBlock(at, this.#withOwnId(received), this.#emit);
    this.#open++;
  }

  #end(at: number, data: string): void {
    this.#openBlock(at, data).end();
    this.#blocks[at] = null;
    this.#open--;
  }

  #withOwnId(block: ReceivedBlock): ReceivedBlock {
    const { type, id } = block;
    if (type !== "tool_use" || typeof id !== "string") return block;
    const own = this.#callIds.own(id);
    return own === id ? block : { ...block, id: own };
  }

  #delta(event: JsonObject, data: string): void {
    const at = index(event, data);
    const delta = event["delta"];
    if (!isObject(delta)) throw malformed("a delta is not an object", data);
    const block = this.#openBlock(at, data);
    const text = delta["text"];
    if (block.kind === "text" && delta["type"] === "text_delta" && typeof text === "string") {
      this.#texts.learn(data, text);
      this.#textIndex = at;
    }
    block.delta(delta);
  }

  #messageDelta(event: JsonObject): void {
    const delta = event["delta"];
    const outer = rest(event, messageDeltaFields);
    const inner = isObject(delta) ? rest(delta, deltaFields) : undefined;
    this.#vendor = { ...this.#vendor, ...outer, ...inner };
    if (isObject(delta)) this.#readStop(delta);
    this.#reportUsage(event["usage"]);
  }

  #readStop({ stop_reason, stop_sequence }: JsonObject): void {
    if (typeof stop_reason === "string") this.#stopReason = stop_reason;
    if (typeof stop_sequence === "string") this.#stopSequence = stop_sequence;
  }

  #reportUsage(usage: JsonValue | undefined): void {
    this.#usage = mergeUsage(this.#usage, usage);
    if (this.#usage !== undefined) this.#emit({ type: "usage", usage: decodeUsage(this.#usage) });
  }

  #stop(): void {
    if (!this.#started || this.#open > 0) throw malformed("the message ends in the middle of a block", "");
    this.#done = true;
    const raw = this.#stopReason;
    this.#emit({
      type: "stop",
      reason: neutral(raw),
      raw,
      ...(this.#stopSequence !== undefined && { sequence: this.#stopSequence }),
      ...(Object.keys(this.#vendor).length > 0 && { vendor: this.#vendor }),
    });
  }

  #openBlock(at: number, data: string): OpenBlock {
    const block = this.#blocks[at];
    if (block === undefined || block === null) throw malformed(`block ${at} is not open`, data);
    return block;
  }
}

function neutral(raw: string | null): StopReason {
  return raw !== null && Object.hasOwn(stopReasons, raw)
    ? stopReasons[raw as keyof typeof stopReasons]
    : "unknown";
}

function index(event: JsonObject, data: string): number {
  const value = event["index"];
  // The bound keeps a hostile index from growing an array without end.
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 100_000) {
    throw malformed("an event has no valid index", data);
  }
  return value;
}

function malformed(why: string, data: string): ModelError {
  return new ModelError(`not the Anthropic Messages protocol: ${why}`, {
    kind: "malformed",
    ...(data !== "" && { body: data.slice(0, 2048) }),
  });
}
