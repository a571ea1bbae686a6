import { dataUrlType, isJson, parsed, show, Violations, words, type Json } from "./violations.ts";

/*
 * A request to OpenAI's Responses API, against its documented rules.
 * https://platform.openai.com/docs/api-reference/responses/create
 * https://github.com/openai/openai-openapi (lengths and patterns of `call_id` and of names)
 * What stands only in its errors: `No tool output found for function call`, `No tool call found for function call
 * output`, `Item 'rs_...' of type 'reasoning' was provided without its required following item`, `Invalid
 * 'input[2].id': Expected an ID that begins with 'fc'`, `Invalid value: 'input_text'. Supported values are:
 * 'output_text' and 'refusal'`.
 */

const topFields =
  words(`model input background conversation context_management include instructions max_output_tokens
  max_tool_calls metadata moderation parallel_tool_calls previous_response_id prompt prompt_cache_key
  prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options
  temperature text tool_choice tools top_logprobs top_p truncation user`);

const itemFields: Readonly<Record<string, ReadonlySet<string>>> = {
  message: words("type role content id status phase"),
  function_call: words("type call_id name arguments id status namespace"),
  function_call_output: words("type call_id output id status"),
  reasoning: words("type id summary content encrypted_content status"),
};

/** Items of the model's side and of ours whose insides are the vendor's business. */
const modelItems =
  words(`web_search_call file_search_call computer_call code_interpreter_call image_generation_call
  local_shell_call shell_call apply_patch_call mcp_call mcp_list_tools mcp_approval_request custom_tool_call
  tool_search_call compaction`);
const clientItems =
  words(`computer_call_output local_shell_call_output shell_call_output apply_patch_call_output
  mcp_approval_response custom_tool_call_output tool_search_output additional_tools item_reference`);

const pieceFields: Readonly<Record<string, ReadonlySet<string>>> = {
  input_text: words("type text prompt_cache_breakpoint"),
  input_image: words("type image_url file_id detail"),
  input_file: words("type file_data file_id file_url filename detail"),
  input_audio: words("type input_audio"),
  output_text: words("type text annotations logprobs"),
  refusal: words("type refusal"),
};

const input = words("input_text input_image input_file input_audio");
const output = words("output_text refusal");
const imageTypes = words("image/jpeg image/png image/gif image/webp");
const toolTypes = words(`function custom web_search web_search_preview web_search_2025_08_26
  web_search_preview_2025_03_11 file_search computer computer_use_preview code_interpreter image_generation mcp
  local_shell shell apply_patch namespace tool_search`);
const name = /^[a-zA-Z0-9_-]{1,128}$/;
const idPrefixes: Readonly<Record<string, string>> = {
  message: "msg",
  function_call: "fc",
  function_call_output: "fc",
  reasoning: "rs",
};

/** Every violation of the API's rules in a request's body; none in a body that the API takes. */
export function check(body: unknown): string[] {
  const out = new Violations();
  out.characters(body);
  const top = out.object(body, "$", topFields);
  if (top === undefined) return out.found;
  out.text(top["model"], "$.model");
  if (top["tools"] !== undefined) checkTools(out, out.list(top["tools"], "$.tools"));
  // What the server keeps stands before the input, and is not seen here.
  const kept = top["previous_response_id"] ?? top["conversation"] ?? null;
  if (typeof top["input"] === "string") return out.found;
  const items = out.list(top["input"], "$.input");
  out.expect(items.length > 0 || kept !== null, "no-messages", "$.input", "is empty");
  const read = items.map((each, index) => checkItem(out, each, `$.input[${index}]`));
  checkPairs(out, read, kept !== null);
  checkReasoning(out, read);
  return out.found;
}

function checkTools(out: Violations, tools: readonly unknown[]): void {
  const names: string[] = [];
  for (const [index, each] of tools.entries()) {
    const at = `$.tools[${index}]`;
    if (!isJson(each)) out.add("shape", at, "is no object");
    else {
      out.oneOf(each["type"], toolTypes, "tool-type", at);
      if (each["type"] !== "function") continue;
      out.object(
        each,
        at,
        words("type name description parameters strict defer_loading allowed_callers output_schema"),
      );
      out.matches(each["name"], name, "tool-name", at);
      names.push(String(each["name"]));
      if ((each["parameters"] ?? null) !== null) out.object(each["parameters"], `${at}.parameters`);
    }
  }
  out.unique(names, "tool-name-repeated", "$.tools");
}

/** An item, with the type that it means where it leaves it out. */
function checkItem(out: Violations, value: unknown, at: string): Json {
  const item = out.object(value, at);
  if (item === undefined) return {};
  const type = typeof item["type"] === "string" ? item["type"] : item["role"] === undefined ? "" : "message";
  const typed = { ...item, type };
  if (!Object.hasOwn(itemFields, type)) {
    out.expect(
      modelItems.has(type) || clientItems.has(type),
      "item-type",
      at,
      `${show(type)} is not documented`,
    );
    return typed;
  }
  out.object(typed, at, itemFields[type]);
  const { id } = item;
  if ((id ?? null) !== null) out.matches(id, new RegExp(`^${idPrefixes[type]}`), "item-id", at);
  switch (type) {
    case "message": {
      const { role, content } = item;
      out.oneOf(role, words("user assistant system developer"), "role", at);
      checkContent(out, content, `${at}.content`, role === "assistant" ? output : input);
      break;
    }
    case "function_call": {
      checkCallId(out, item["call_id"], at);
      out.matches(item["name"], name, "call-name", at);
      const given = item["arguments"];
      out.expect(isJson(parsed(given)), "call-arguments", at, `${show(given)} is no JSON object`);
      out.characters(parsed(given), `${at}.arguments`);
      break;
    }
    case "function_call_output":
      checkCallId(out, item["call_id"], at);
      checkContent(out, item["output"], `${at}.output`, input);
      break;
    case "reasoning":
      out.list(item["summary"], `${at}.summary`);
  }
  return typed;
}

function checkCallId(out: Violations, id: unknown, at: string): void {
  const length = typeof id === "string" ? id.length : 0;
  out.expect(length >= 1 && length <= 64, "call-id", at, `${show(id)} has not 1 to 64 characters`);
}

function checkContent(out: Violations, content: unknown, at: string, allowed: ReadonlySet<string>): void {
  if (typeof content === "string") return;
  for (const [index, each] of out.list(content, at).entries()) {
    const where = `${at}[${index}]`;
    const type = isJson(each) ? String(each["type"]) : "";
    out.expect(allowed.has(type), "piece-place", where, `${show(type)} is not allowed here`);
    if (!Object.hasOwn(pieceFields, type)) continue;
    const piece = out.object(each, where, pieceFields[type]) ?? {};
    if (type === "input_text" || type === "output_text") out.text(piece["text"], where);
    if (type === "input_image") checkImage(out, piece, where);
    if (type === "input_file") checkFile(out, piece, where);
  }
}

function checkImage(out: Violations, { image_url: url, file_id: id }: Json, at: string): void {
  const given = [url, id].filter((each) => (each ?? null) !== null);
  out.expect(given.length === 1, "source", at, "has not one source");
  if (typeof id === "string") checkFileId(out, id, at);
  if (typeof url !== "string") return;
  const media = dataUrlType(url);
  if (media === undefined) out.matches(url, /^https?:\/\//, "url", at);
  else out.oneOf(media, imageTypes, "media-type", at);
}

function checkFile(
  out: Violations,
  { file_data: data, file_url: url, file_id: id, filename }: Json,
  at: string,
): void {
  const given = [data, url, id].filter((each) => (each ?? null) !== null);
  out.expect(given.length === 1, "source", at, "has not one source");
  if (typeof id === "string") checkFileId(out, id, at);
  if (typeof url === "string") out.matches(url, /^https?:\/\//, "url", at);
  if (typeof data !== "string") return;
  out.expect(typeof filename === "string", "file-name", at, "bytes want a name");
  out.expect(!/^(?:audio|video|image)\//.test(dataUrlType(data) ?? "audio/"), "media-type", at, show(data));
}

function checkFileId(out: Violations, id: string, at: string): void {
  out.matches(id, /^(?:file|assistant)-[A-Za-z0-9]+$/, "file-id", at);
}

/** Each call has one output behind it, and each output a call before it. */
function checkPairs(out: Violations, items: readonly Json[], kept: boolean): void {
  const open = new Set<string>();
  const answered = new Set<string>();
  for (const [index, { type, call_id: given }] of items.entries()) {
    const at = `$.input[${index}]`;
    const id = String(given);
    if (type === "function_call") {
      if (open.has(id) || answered.has(id)) out.add("call-id-repeated", at, show(id));
      open.add(id);
    } else if (type === "function_call_output") {
      if (answered.has(id) && !open.has(id)) out.add("result-repeated", at, show(id));
      else if (!open.has(id) && !kept) out.add("result-uncalled", at, `${show(id)} was not called before`);
      open.delete(id);
      answered.add(id);
    }
  }
  for (const id of open) out.add("call-unanswered", "$.input", `${show(id)} has no output`);
}

/** A reasoning item belongs to what the model said or did next. */
function checkReasoning(out: Violations, items: readonly Json[]): void {
  for (const [index, item] of items.entries()) {
    if (item["type"] !== "reasoning") continue;
    const next = items[index + 1];
    const type = String(next?.["type"]);
    const own =
      type === "message"
        ? next?.["role"] === "assistant"
        : type in itemFields && type !== "function_call_output";
    out.expect(
      own || modelItems.has(type),
      "reasoning-alone",
      `$.input[${index}]`,
      "nothing of the model's follows",
    );
  }
}
