import { dataUrlType, isJson, parsed, show, Violations, words, type Json } from "./violations.ts";

/*
 * A request to OpenAI's chat completions, against its documented rules: OpenAI's own. Those who copied the language
 * take more, each something else.
 * https://platform.openai.com/docs/api-reference/chat/create
 * What stands only in its errors: `messages with role 'tool' must be a response to a preceding message with
 * 'tool_calls'`, `An assistant message with 'tool_calls' must be followed by tool messages responding to each
 * 'tool_call_id'`, `Invalid 'messages[2].tool_calls[0].id': string too long. Expected a string with maximum length 40`
 * (newer models say 64), `Invalid file data: ... Expected a base64-encoded data URL with an application/pdf MIME type`.
 */

const topFields = words(`messages model audio frequency_penalty function_call functions logit_bias logprobs
  max_completion_tokens max_tokens metadata modalities moderation n parallel_tool_calls prediction presence_penalty
  prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed
  service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity
  web_search_options`);

/** `annotations` is a field of answers only, and `name` is no field of results; both were recorded with a 200. */
const messageFields: Readonly<Record<string, ReadonlySet<string>>> = {
  system: words("role content name"),
  developer: words("role content name"),
  user: words("role content name"),
  assistant: words("role content name refusal audio tool_calls function_call annotations"),
  tool: words("role content tool_call_id name"),
  function: words("role content name"),
};

const pieceFields: Readonly<Record<string, ReadonlySet<string>>> = {
  text: words("type text prompt_cache_breakpoint"),
  refusal: words("type refusal"),
  image_url: words("type image_url"),
  input_audio: words("type input_audio"),
  file: words("type file"),
};

const piecesOf: Readonly<Record<string, ReadonlySet<string>>> = {
  system: words("text"),
  developer: words("text"),
  user: words("text image_url input_audio file"),
  assistant: words("text refusal"),
  tool: words("text"),
};

const imageTypes = words("image/jpeg image/png image/gif image/webp");
const name = /^[a-zA-Z0-9_-]{1,64}$/;

/** Every violation of the API's rules in a request's body; none in a body that the API takes. */
export function check(body: unknown): string[] {
  const out = new Violations();
  out.characters(body);
  const top = out.object(body, "$", topFields);
  if (top === undefined) return out.found;
  out.text(top["model"], "$.model");
  if (top["tools"] !== undefined) checkTools(out, out.list(top["tools"], "$.tools"));
  const messages = out.list(top["messages"], "$.messages");
  out.expect(messages.length > 0, "no-messages", "$.messages", "is empty");
  const read = messages.map((each, index) => checkMessage(out, each, `$.messages[${index}]`));
  checkPairs(out, read);
  return out.found;
}

function checkTools(out: Violations, tools: readonly unknown[]): void {
  out.expect(tools.length > 0, "empty-list", "$.tools", "is empty");
  const names: string[] = [];
  for (const [index, each] of tools.entries()) {
    const at = `$.tools[${index}]`;
    const tool = out.object(each, at, words("type function custom"));
    out.oneOf(tool?.["type"], words("function custom"), "tool-type", at);
    if (tool?.["type"] !== "function") continue;
    const declared = out.object(tool["function"], at, words("name description parameters strict"));
    out.matches(declared?.["name"], name, "tool-name", at);
    names.push(String(declared?.["name"]));
    if (declared?.["parameters"] !== undefined) out.object(declared["parameters"], `${at}.parameters`);
  }
  out.unique(names, "tool-name-repeated", "$.tools");
}

function checkMessage(out: Violations, value: unknown, at: string): Json {
  const role = isJson(value) ? String(value["role"]) : "";
  if (!Object.hasOwn(messageFields, role)) {
    out.add("role", at, `${show(role)} is not documented`);
    return {};
  }
  const message = out.object(value, at, messageFields[role]) ?? {};
  const { content, tool_calls: calls, function_call: called, audio, refusal } = message;
  if (message["name"] !== undefined) out.matches(message["name"], /^[^\s<|\\/>]{1,64}$/, "name", at);
  checkContent(out, content, `${at}.content`, role);
  const says = [calls, called, audio, refusal].some((each) => (each ?? null) !== null);
  const needless = role === "assistant" ? says : role === "function";
  out.expect((content ?? null) !== null || needless, "empty-content", at, "has no content");
  if (audio !== undefined && audio !== null) out.object(audio, `${at}.audio`, words("id"));
  if (calls !== undefined) checkCalls(out, out.list(calls, `${at}.tool_calls`), `${at}.tool_calls`);
  if (isJson(called)) checkFunction(out, called, `${at}.function_call`);
  if (role === "tool") checkId(out, message["tool_call_id"], at);
  return message;
}

function checkContent(out: Violations, content: unknown, at: string, role: string): void {
  if (!Array.isArray(content)) {
    const nothing = content === undefined || content === null;
    out.expect(nothing || typeof content === "string", "shape", at, "is no content");
    return;
  }
  out.expect(content.length > 0, "empty-content", at, "is an empty list");
  for (const [index, each] of (content as unknown[]).entries())
    checkPiece(out, each, `${at}[${index}]`, role);
}

function checkPiece(out: Violations, value: unknown, at: string, role: string): void {
  const type = isJson(value) ? String(value["type"]) : "";
  const known = Object.hasOwn(pieceFields, type);
  out.expect(
    known && piecesOf[role]?.has(type) === true,
    "piece-place",
    at,
    `${type} in a message of ${role}`,
  );
  if (!known) return;
  const piece = out.object(value, at, pieceFields[type]) ?? {};
  const inner = (fields: string): Json => out.object(piece[type], `${at}.${type}`, words(fields)) ?? {};
  switch (type) {
    case "text":
      out.text(piece["text"], at);
      break;
    case "image_url": {
      const url = out.text(inner("url detail")["url"], at);
      const media = dataUrlType(url);
      if (media === undefined) out.matches(url, /^https?:\/\//, "url", at);
      else out.oneOf(media, imageTypes, "media-type", at);
      break;
    }
    case "input_audio":
      out.oneOf(inner("data format")["format"], words("wav mp3"), "media-type", at);
      break;
    case "file": {
      const { file_data: data, file_id: id } = inner("file_data file_id filename");
      out.expect((data === undefined) !== (id === undefined), "file", at, "has not one source");
      if (id !== undefined) out.matches(id, /^(?:file|assistant)-[A-Za-z0-9]+$/, "file-id", at);
      if (data !== undefined)
        out.expect(dataUrlType(out.text(data, at)) === "application/pdf", "media-type", at, show(data));
    }
  }
}

function checkCalls(out: Violations, calls: readonly unknown[], at: string): void {
  out.expect(calls.length > 0, "empty-list", at, "is empty");
  for (const [index, each] of calls.entries()) {
    const where = `${at}[${index}]`;
    const call = out.object(each, where, words("id type function custom")) ?? {};
    checkId(out, call["id"], where);
    out.oneOf(call["type"], words("function custom"), "call-type", where);
    if (call["type"] !== "function") continue;
    const called = out.object(call["function"], where, words("name arguments"));
    if (called !== undefined) checkFunction(out, called, where);
  }
}

function checkFunction(out: Violations, called: Json, at: string): void {
  out.matches(called["name"], name, "call-name", at);
  const value = parsed(called["arguments"]);
  out.expect(isJson(value), "call-arguments", at, `${show(called["arguments"])} is no JSON object`);
  out.characters(value, `${at}.arguments`);
}

function checkId(out: Violations, id: unknown, at: string): void {
  const length = typeof id === "string" ? id.length : 0;
  out.expect(length >= 1 && length <= 40, "call-id", at, `${show(id)} has not 1 to 40 characters`);
}

/** Results stand right behind the message that called them, each call's exactly once. */
function checkPairs(out: Violations, messages: readonly Json[]): void {
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const at = `$.messages[${index}]`;
    if (message["role"] === "tool") {
      const id = String(message["tool_call_id"]);
      if (!open.delete(id)) out.add("result-uncalled", at, `${show(id)} was not called just before`);
      continue;
    }
    for (const id of open) out.add("call-unanswered", at, `${show(id)} has no result before this`);
    const calls = Array.isArray(message["tool_calls"]) ? (message["tool_calls"] as unknown[]) : [];
    const ids = calls.map((call) => String(isJson(call) ? call["id"] : ""));
    out.unique(ids, "call-id-repeated", at);
    open = new Set(ids);
  }
  for (const id of open) out.add("call-unanswered", "$.messages", `${show(id)} has no result`);
}
