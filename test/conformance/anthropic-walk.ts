import type { AnswerFacts, Fields, PartFacts } from "./facts.ts";
import { naiveEvents } from "./naive-sse.ts";
import type { Walked } from "./walked.ts";

/*
 * What an answer of the Messages API says, read off the raw JSON for the test alone: the stream is put together
 * into the message that would have come whole (the API's documentation, "Streaming messages"), and that is read.
 */

const neutralStops: Readonly<Record<string, string>> = {
  end_turn: "end_turn",
  max_tokens: "max_tokens",
  stop_sequence: "stop_sequence",
  tool_use: "tool_use",
  pause_turn: "pause",
  refusal: "refusal",
  model_context_window_exceeded: "context_overflow",
};

export function walkAnthropic(body: string): Walked {
  const start = body.trimStart();
  if (start.startsWith("{")) {
    const message = JSON.parse(start) as Fields;
    if (!Array.isArray(message["content"])) return { ends: "error", error: message, facts: undefined };
    return { ends: "whole", facts: messageFacts(message) };
  }
  const events = naiveEvents(body);
  const failed = events.find(({ type, error }) => type === "error" || error !== undefined);
  const message = assemble(events);
  const facts = message && messageFacts(message);
  if (failed !== undefined) return { ends: "error", error: failed, facts };
  const finished = facts !== undefined && events.some(({ type }) => type === "message_stop");
  return finished ? { ends: "whole", facts } : { ends: "cut", facts };
}

/** The message that a stream's events build. */
function assemble(events: readonly Fields[]): Fields | undefined {
  let message: Fields | undefined;
  const pieces = new Map<number, string>();
  for (const event of events) {
    if (event["type"] === "message_start") message = structuredClone(event["message"]) as Fields;
    if (message === undefined) continue;
    const content = (message["content"] ??= []) as Fields[];
    const at = event["index"] as number;
    const delta = { ...(event["delta"] as Fields | undefined) };
    switch (event["type"]) {
      case "content_block_start":
        content[at] = structuredClone(event["content_block"]) as Fields;
        break;
      case "content_block_delta":
        if (delta["type"] === "input_json_delta") {
          pieces.set(at, (pieces.get(at) ?? "") + String(delta["partial_json"]));
        } else grow(content[at] as Fields, delta);
        break;
      case "content_block_stop": {
        const json = pieces.get(at) ?? "";
        if (json !== "") (content[at] as Fields)["input"] = jsonOrText(json);
        break;
      }
      case "message_delta": {
        const { type: _, delta: __, usage, ...extra } = event;
        const said = Object.entries((usage ?? {}) as Fields).filter(([, value]) => value !== null);
        const before = message["usage"] as Fields | undefined;
        const merged = usage === undefined ? before : { ...before, ...Object.fromEntries(said) };
        message = { ...message, ...extra, ...delta, ...(merged !== undefined && { usage: merged }) };
        break;
      }
      case "message_start":
      case "message_stop":
      case "ping":
      case "error":
        break;
      default:
        // What nobody knows yet is kept whole.
        message["events"] = [...((message["events"] ?? []) as unknown[]), event];
    }
  }
  return message;
}

/** Puts a delta where it belongs: texts go at the end, a citation is one more. */
function grow(block: Fields, { type, citation, ...delta }: Fields): void {
  if (type === "citations_delta")
    block["citations"] = [...((block["citations"] ?? []) as unknown[]), citation];
  for (const [key, value] of Object.entries(delta)) {
    const before = block[key];
    block[key] = typeof before === "string" && typeof value === "string" ? before + value : value;
  }
}

function messageFacts(message: Fields): AnswerFacts {
  const { id, type: _, role: __, model, content, stop_reason, stop_sequence, usage, ...extra } = message;
  const raw = typeof stop_reason === "string" ? stop_reason : null;
  return {
    id: String(id),
    model: String(model),
    parts: (content as Fields[]).map(blockFacts),
    stop: {
      raw,
      neutral: (raw === null ? undefined : neutralStops[raw]) ?? "unknown",
      sequence: typeof stop_sequence === "string" ? stop_sequence : null,
    },
    usage: usage === undefined || usage === null ? null : usageFacts(usage as Fields),
    extra,
  };
}

function blockFacts(block: Fields): PartFacts {
  const { type, ...fields } = block;
  if (type === "text") {
    const { text, citations, ...extra } = fields;
    return { kind: "text", text: String(text), citations: (citations ?? []) as unknown[], extra };
  }
  if (type === "thinking") {
    const { thinking, signature, ...extra } = fields;
    return {
      kind: "thinking",
      text: String(thinking),
      signature: typeof signature === "string" ? signature : "",
      encrypted: null,
      extra,
    };
  }
  if (type === "redacted_thinking") {
    const { data, ...extra } = fields;
    return { kind: "thinking", text: "", signature: "", encrypted: String(data), extra };
  }
  if (type === "tool_use") {
    const { id, name, input, ...extra } = fields;
    return { kind: "tool-call", id: String(id), name: String(name), input: input ?? {}, extra };
  }
  return { kind: "opaque", value: block };
}

function usageFacts(usage: Fields): Fields {
  const at = (...path: string[]): number => {
    let value: unknown = usage;
    for (const key of path) value = (value as Fields | null | undefined)?.[key];
    return typeof value === "number" ? value : 0;
  };
  const written = at("cache_creation_input_tokens");
  const hour = at("cache_creation", "ephemeral_1h_input_tokens");
  const fiveMinutes = at("cache_creation", "ephemeral_5m_input_tokens");
  const split =
    written === 0 ? [fiveMinutes, hour] : [written - Math.min(hour, written), Math.min(hour, written)];
  return {
    input: at("input_tokens"),
    cacheRead: at("cache_read_input_tokens"),
    cacheWrite5m: split[0],
    cacheWrite1h: split[1],
    output: at("output_tokens"),
    inputAudio: 0,
    outputAudio: 0,
    outputImage: 0,
    reasoning: at("output_tokens_details", "thinking_tokens"),
    webSearches: at("server_tool_use", "web_search_requests"),
  };
}

function jsonOrText(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return { notJson: json };
  }
}
