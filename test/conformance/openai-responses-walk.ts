import type { ModelErrorKind } from "../../src/llm/errors.ts";
import type { AnswerFacts, Fields, PartFacts } from "./facts.ts";
import { naiveEvents } from "./naive-sse.ts";
import type { RecordedExchange } from "./read-trace.ts";
import type { ErrorFacts, Walked } from "./walked.ts";
import { ofStatus } from "./status-kinds.ts";

/*
 * What an answer of the Responses API says, read off the raw JSON for the test alone: a stream's last event holds the
 * answer that would have come whole. Only what is encrypted is taken from the end of its own item: OpenAI encrypts
 * it anew for the last event.
 */

export function walkResponses(body: string): Walked {
  const start = body.trimStart();
  if (start.startsWith("{")) {
    const answer = JSON.parse(start) as Fields;
    const failed = answer["error"] !== undefined && answer["error"] !== null;
    if (!Array.isArray(answer["output"])) return { ends: "error", error: answer, facts: undefined };
    if (failed) return { ends: "error", error: answer, facts: facts(answer, {}) };
    return { ends: "whole", facts: facts(answer, {}) };
  }
  const events = naiveEvents(body);
  const failed = events.find(({ type }) => type === "error" || type === "response.failed");
  const last = events.findLast(({ type }) => type === "response.completed" || type === "response.incomplete");
  if (failed !== undefined) {
    const response = failed["response"] as Fields | undefined;
    const ended = events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item);
    return { ends: "error", error: response ?? failed, facts: facts({ output: ended, ...response }, {}) };
  }
  if (last === undefined) return { ends: "cut", facts: undefined };
  const answer = structuredClone(last["response"]) as Fields;
  const output = (answer["output"] ?? []) as Fields[];
  for (const { type, output_index, item } of events) {
    if (type === "response.output_item.done") output[output_index as number] = item as Fields;
  }
  for (const [at, item] of output.entries()) {
    const said = events
      .filter((event) => event["output_index"] === at && isThought(event))
      .map(({ delta }) => delta);
    if (item["type"] === "reasoning") item[SAID] = said.join("");
  }
  const first = events.find(({ type }) => type === "response.created")?.["response"] as Fields | undefined;
  const { type: _, sequence_number: __, response: ___, ...beside } = last;
  const extra = Object.keys(beside).length > 0 ? { events: [beside] } : {};
  return {
    ends: "whole",
    facts: { ...facts({ ...answer, output }, extra), id: String(first?.["id"] ?? answer["id"]) },
  };
}

function facts(answer: Fields, more: Fields): AnswerFacts {
  const { id, object: _, model, status, output, usage, error: __, ...extra } = answer;
  const parts = (output as Fields[]).flatMap(itemFacts);
  const why = (answer["incomplete_details"] as Fields | null | undefined)?.["reason"];
  const raw = (why ?? status ?? null) as string | null;
  const refused = (output as Fields[]).some((item) => JSON.stringify(item).includes('"type":"refusal"'));
  const called = parts.some(({ kind }) => kind === "tool-call");
  const done = called ? "tool_use" : refused ? "refusal" : "end_turn";
  const neutral: Record<string, string> = {
    completed: done,
    max_output_tokens: "max_tokens",
    content_filter: "content_filter",
  };
  return {
    id: String(id),
    model: String(model),
    parts,
    stop: { raw, neutral: neutral[raw ?? ""] ?? "unknown", sequence: null },
    usage: usage === undefined || usage === null ? null : usageFacts(answer),
    extra: { ...extra, ...more },
  };
}

function itemFacts(item: Fields): PartFacts[] {
  if (item["type"] === "message") {
    const { type: _, role: __, content, ...header } = item;
    return (content as Fields[]).map((each, at) => contentFacts(each, at === 0 ? { item: header } : {}));
  }
  if (item["type"] === "reasoning") return [reasoningFacts(item)];
  if (item["type"] === "function_call") {
    const { type: _, call_id, name, arguments: text, ...extra } = item;
    const input = text === "" ? {} : JSON.parse(String(text));
    return [{ kind: "tool-call", id: String(call_id), name: String(name), input, extra }];
  }
  return [{ kind: "opaque", value: item }];
}

function contentFacts({ type, text, refusal, annotations, ...extra }: Fields, border: Fields): PartFacts {
  const odd = type === "refusal" ? { type } : {};
  const citations = (annotations ?? []) as unknown[];
  return { kind: "text", text: String(text ?? refusal), citations, extra: { ...odd, ...extra, ...border } };
}

/** A mark on an item: what its deltas say. OpenAI may say a summary anew and end with the second one alone. */
const SAID = "said by deltas";

function isThought({ type }: Fields): boolean {
  return type === "response.reasoning_summary_text.delta" || type === "response.reasoning_text.delta";
}

/** A reasoning item: its texts as one, and as `segments` where they stood, unless it is one plain summary. */
function reasoningFacts(item: Fields): PartFacts {
  const { encrypted_content, summary, content, [SAID]: said, ...extra } = item;
  delete extra["type"];
  const texts = [summary, content].flatMap((list, at) => {
    const field = at === 0 ? "summary" : "content";
    return ((list ?? []) as { text: string }[]).map(({ text, ...more }) => ({
      text,
      segment: { ...more, field, length: text.length },
    }));
  });
  const again =
    typeof said === "string" &&
    !texts
      .map(({ text }) => text)
      .join("")
      .startsWith(said);
  const plain =
    texts.length === 0 ||
    (texts.length === 1 && "summary" === texts[0]?.segment.field && texts[0].text !== "");
  const empty = (list: unknown): boolean => Array.isArray(list) && list.length === 0;
  return {
    kind: "thinking",
    text: again ? said : texts.map(({ text }) => text).join("\n\n"),
    signature: "",
    encrypted: typeof encrypted_content === "string" ? encrypted_content : null,
    extra: {
      ...extra,
      ...(encrypted_content === null && { encrypted_content }),
      ...(content !== undefined && (again || content === null || empty(content)) && { content }),
      ...(again ? { summary } : !plain && { segments: texts.map(({ segment }) => segment) }),
    },
  };
}

function usageFacts(answer: Fields): Fields {
  const at = (...path: string[]): number => {
    let value: unknown = answer;
    for (const key of path) value = (value as Fields | null | undefined)?.[key];
    return typeof value === "number" ? value : 0;
  };
  const cached = at("usage", "input_tokens_details", "cached_tokens");
  const written = at("usage", "input_tokens_details", "cache_write_tokens");
  const ticks = (answer["usage"] as Fields)["cost_in_usd_ticks"];
  return {
    input: at("usage", "input_tokens") - cached - written,
    cacheRead: cached,
    cacheWrite5m: written,
    cacheWrite1h: 0,
    output: at("usage", "output_tokens"),
    inputAudio: 0,
    outputAudio: 0,
    outputImage: 0,
    reasoning: at("usage", "output_tokens_details", "reasoning_tokens"),
    webSearches:
      at("tool_usage", "web_search", "num_requests") ||
      at("usage", "server_side_tool_usage_details", "web_search_calls"),
    ...(typeof ticks === "number" && { billed: `${ticks}00` }),
  };
}

/** https://platform.openai.com/docs/guides/error-codes, read for the test alone. */
const byCode: Record<string, ModelErrorKind> = {
  invalid_api_key: "authentication",
  model_not_found: "not-found",
  context_length_exceeded: "context-overflow",
  insufficient_quota: "quota",
  rate_limit_exceeded: "rate-limit",
  server_error: "server",
};

/** What the error of an exchange must say; `found` is the object that holds it inside an answer that began well. */
export function responsesError({ status, headers, body }: RecordedExchange, found?: Fields): ErrorFacts {
  const object = found ?? parsed(body);
  const error = object["error"] as Fields | string | undefined;
  const named: Fields = typeof error === "object" ? error : { ...object, message: error };
  const { code, type, message } = named;
  // xAI answers 400 to a wrong key.
  const wrongKey = /incorrect api key/i.test(String(message)) ? "authentication" : undefined;
  const requestId = headers["x-request-id"] ?? headers["apim-request-id"];
  const words = [code, type].find((each) => typeof each === "string" && each !== "") as string | undefined;
  return {
    kind: byCode[String(code)] ?? wrongKey ?? ofStatus(status),
    message: typeof message === "string" ? message : "",
    code: words,
    requestId,
  };
}

function parsed(body: string): Fields {
  try {
    return { ...(JSON.parse(body) as Fields | null) };
  } catch {
    return {};
  }
}

/** The body of a request in the form in which two that mean the same are equal: the README's (b), and no more. */
export function canonicalResponses(body: unknown): unknown {
  const { input, stream, ...settings } = body as Fields;
  const items = typeof input === "string" ? [{ role: "user", content: input }] : ((input ?? []) as Fields[]);
  return { ...settings, ...(stream === true && { stream }), input: items.map(canonicalItem) };
}

function canonicalItem(item: Fields): Fields {
  const { type, status: _, ...fields } = item;
  if (typeof item["role"] === "string" && (type === undefined || type === "message")) {
    return {
      ...fields,
      content: asList(fields["content"], item["role"] === "assistant" ? "output_text" : "input_text"),
    };
  }
  if (type === "function_call") return { ...item, arguments: jsonOrText(item["arguments"]) };
  if (type === "function_call_output") return { ...item, output: asList(item["output"], "input_text") };
  return item;
}

function asList(content: unknown, type: string): unknown {
  return typeof content === "string" ? [{ type, text: content }] : content;
}

function jsonOrText(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return text;
  }
}
