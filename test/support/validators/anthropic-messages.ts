import { isJson, show, Violations, words, type Json } from "./violations.ts";

/*
 * A request to Anthropic's Messages API, against its documented rules.
 * https://docs.anthropic.com/en/api/messages
 * https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use (results first, names of tools)
 * https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking (thinking and tools)
 * https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching (at most four marks)
 * Some patterns stand only in its errors: `tools.0.custom.name: String should match pattern
 * '^[a-zA-Z0-9_-]{1,128}$'`, `messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`.
 */

const topFields =
  words(`model messages max_tokens metadata stop_sequences stream system temperature thinking tool_choice
  tools top_k top_p service_tier container context_management mcp_servers output_config output_format cache_control
  inference_geo anthropic_version anthropic_beta`);

const cached = "type cache_control";
/** The fields of each kind of block. Results of the vendor's own tools end in `_tool_result` and are alike. */
const blockFields: Readonly<Record<string, ReadonlySet<string>>> = {
  text: words(`${cached} text citations`),
  image: words(`${cached} source`),
  document: words(`${cached} source title context citations`),
  search_result: words(`${cached} source title content citations`),
  thinking: words("type thinking signature"),
  redacted_thinking: words("type data"),
  tool_use: words(`${cached} id name input caller`),
  tool_result: words(`${cached} tool_use_id content is_error`),
  server_tool_use: words(`${cached} id name input caller`),
  mcp_tool_use: words(`${cached} id name input server_name`),
  container_upload: words(`${cached} file_id`),
  compaction: words(`${cached} content`),
  tool_reference: words(`${cached} tool_name`),
  tool_addition: words(`${cached} tool`),
};
const serverResultFields = words(`${cached} tool_use_id content caller is_error`);

const userOnly = words("image document search_result tool_result container_upload");
const assistantOnly = words("thinking redacted_thinking tool_use server_tool_use mcp_tool_use");
const inResult = words("text image document search_result tool_reference");

const toolFields =
  words(`type name description input_schema cache_control strict defer_loading allowed_callers
  eager_input_streaming input_examples`);
const imageTypes = words("image/jpeg image/png image/gif image/webp");
const sourceFields: Readonly<Record<string, ReadonlySet<string>>> = {
  base64: words("type media_type data"),
  text: words("type media_type data"),
  url: words("type url"),
  file: words("type file_id"),
  content: words("type content"),
};
const citations = words(`char_location page_location content_block_location web_search_result_location
  search_result_location`);
const callId = /^[a-zA-Z0-9_-]{1,64}$/;
const toolName = /^[a-zA-Z0-9_-]{1,128}$/;

/** Every violation of the API's rules in a request's body; none in a body that the API takes. */
export function check(body: unknown): string[] {
  return new Check().all(body).found;
}

interface Run {
  readonly role: string;
  readonly at: string;
  readonly blocks: Json[];
}

class Check {
  readonly #out = new Violations();
  readonly #marks: { readonly at: string; readonly ttl: unknown }[] = [];

  all(body: unknown): Violations {
    const out = this.#out;
    out.characters(body);
    const top = out.object(body, "$", topFields);
    if (top === undefined) return out;
    if (top["anthropic_version"] === undefined) out.text(top["model"], "$.model");
    out.expect(Number(top["max_tokens"]) >= 1, "max-tokens", "$.max_tokens", "is required");
    if (top["tools"] !== undefined) this.#tools(out.list(top["tools"], "$.tools"));
    if (top["system"] !== undefined) this.#system(top["system"]);
    const runs = this.#messages(out.list(top["messages"], "$.messages"));
    this.#mark(top, "$");
    this.#pairs(runs);
    this.#ends(runs);
    this.#thinking(top, runs);
    out.expect(this.#marks.length <= 4, "cache-marks", "$", `${this.#marks.length} marks; four are allowed`);
    const firstShort = this.#marks.findIndex(({ ttl }) => ttl !== "1h");
    const late = firstShort < 0 ? undefined : this.#marks.slice(firstShort).find(({ ttl }) => ttl === "1h");
    if (late !== undefined) out.add("cache-order", late.at, "a mark of 1h stands behind one of 5m");
    return out;
  }

  #tools(tools: readonly unknown[]): void {
    const names: string[] = [];
    for (const [index, each] of tools.entries()) {
      const at = `$.tools[${index}]`;
      if (!isJson(each)) this.#out.add("shape", at, "is no object");
      else {
        if (typeof each["name"] === "string") names.push(each["name"]);
        this.#mark(each, at);
        if (each["type"] !== undefined && each["type"] !== "custom") continue;
        this.#out.object(each, at, toolFields);
        this.#out.matches(each["name"], toolName, "tool-name", `${at}.name`);
        const schema = this.#out.object(each["input_schema"], `${at}.input_schema`);
        this.#out.expect(schema?.["type"] === "object", "tool-schema", at, "the schema is of no object");
      }
    }
    this.#out.unique(names, "tool-name-repeated", "$.tools");
  }

  #system(system: unknown): void {
    if (typeof system === "string") return;
    for (const [index, each] of this.#out.list(system, "$.system").entries()) {
      const at = `$.system[${index}]`;
      this.#out.expect(isJson(each) && each["type"] === "text", "block-place", at, "only texts are allowed");
      this.#block(each, at);
    }
  }

  /** The messages; those of one role in a row are one turn, as the API reads them. */
  #messages(messages: readonly unknown[]): Run[] {
    const out = this.#out;
    const runs: Run[] = [];
    for (const [index, each] of messages.entries()) {
      const at = `$.messages[${index}]`;
      const message = out.object(each, at, words("role content"));
      const role = message?.["role"];
      // Instructions in the middle are documented for newer models.
      out.oneOf(role, words(index === 0 ? "user assistant" : "user assistant system"), "role", at);
      const blocks = this.#content(message?.["content"], `${at}.content`, role);
      const last = index === messages.length - 1 && role === "assistant";
      out.expect(blocks.length > 0 || last, "empty-content", at, "has no content");
      const run = runs.at(-1);
      if (run !== undefined && run.role === role) run.blocks.push(...blocks);
      else runs.push({ role: String(role), at, blocks });
    }
    return runs;
  }

  #content(content: unknown, at: string, role: unknown): Json[] {
    if (typeof content === "string") {
      if (content === "") return [];
      this.#notBlank(content, at);
      return [{ type: "text", text: content }];
    }
    return this.#out
      .list(content, at)
      .map((each, index) => this.#block(each, `${at}[${index}]`, role))
      .filter((each) => each !== undefined);
  }

  #block(value: unknown, at: string, role?: unknown): Json | undefined {
    const out = this.#out;
    if (!isJson(value)) return out.object(value, at);
    const type = String(value["type"]);
    const server = type.endsWith("_tool_result");
    const fields = server
      ? serverResultFields
      : Object.hasOwn(blockFields, type)
        ? blockFields[type]
        : undefined;
    if (fields === undefined) out.add("block-type", at, `${show(value["type"])} is not documented`);
    else out.object(value, at, fields);
    if (role === "assistant" && userOnly.has(type))
      out.add("block-place", at, `${type} in an assistant's turn`);
    if (role === "user" && assistantOnly.has(type)) out.add("block-place", at, `${type} in a user's turn`);
    this.#mark(value, at);
    switch (type) {
      case "text":
        this.#notBlank(out.text(value["text"], at), at);
        this.#citations(value["citations"], at);
        break;
      case "image":
      case "document":
        this.#source(value["source"], `${at}.source`, type);
        break;
      case "thinking":
        out.text(value["thinking"], at);
        out.expect(out.text(value["signature"], at) !== "", "thinking-signature", at, "has no signature");
        break;
      case "tool_use":
        out.matches(value["id"], callId, "call-id", at);
        out.matches(value["name"], toolName, "call-name", at);
        out.expect(isJson(value["input"]), "call-input", at, "the input is no object");
        break;
      case "tool_result": {
        out.matches(value["tool_use_id"], callId, "call-id", at);
        const { content, is_error: failed } = value;
        out.expect(failed === undefined || typeof failed === "boolean", "shape", at, "is_error");
        if (Array.isArray(content)) {
          for (const each of this.#content(content, `${at}.content`, undefined)) {
            out.oneOf(each["type"], inResult, "block-place", `${at}.content`);
          }
        } else if (typeof content === "string") {
          if (content !== "") this.#notBlank(content, `${at}.content`);
        } else if (content !== undefined) out.add("shape", at, "the content is no content");
      }
    }
    return value;
  }

  #notBlank(text: string, at: string): void {
    this.#out.expect(text.trim() !== "", "blank-text", at, "says nothing");
  }

  #citations(value: unknown, at: string): void {
    if (!Array.isArray(value)) return;
    for (const each of value as unknown[]) {
      this.#out.oneOf(isJson(each) ? each["type"] : each, citations, "citation", at);
    }
  }

  #source(value: unknown, at: string, block: string): void {
    const out = this.#out;
    if (!isJson(value)) return out.add("shape", at, "is no source");
    const type = String(value["type"]);
    if (!Object.hasOwn(sourceFields, type)) return out.add("source", at, `of type ${type}`);
    out.object(value, at, sourceFields[type]);
    const { media_type: media, url, file_id: file } = value;
    if (type === "base64" && block === "image") out.oneOf(media, imageTypes, "media-type", at);
    if (type === "base64" && block === "document")
      out.expect(media === "application/pdf", "media-type", at, show(media));
    if (type === "text")
      out.expect(media === "text/plain" && block === "document", "media-type", at, show(media));
    if (type === "base64") out.matches(value["data"], /^[A-Za-z0-9+/]+=*$/, "base64", at);
    if (type === "text") this.#notBlank(out.text(value["data"], at), at);
    if (type === "url") out.matches(url, /^https?:\/\//, "url", at);
    if (type === "file") out.matches(file, /^file_[A-Za-z0-9]+$/, "file-id", at);
  }

  /** Marks are noted in the order in which the API counts them: tools, system, messages. */
  #mark(value: Json, at: string): void {
    const mark = value["cache_control"];
    if (mark === undefined || mark === null) return;
    const fields = this.#out.object(mark, `${at}.cache_control`, words("type ttl"));
    this.#out.expect(fields?.["type"] === "ephemeral", "cache-mark", at, show(mark));
    const ttl = fields?.["ttl"];
    if (ttl !== undefined) this.#out.oneOf(ttl, words("5m 1h"), "cache-mark", at);
    this.#marks.push({ at, ttl });
  }

  #pairs(runs: readonly Run[]): void {
    const out = this.#out;
    const all = runs.flatMap(({ blocks }) => idsOf(blocks, "tool_use", "id"));
    out.unique(all, "call-id-repeated", "$.messages");
    for (const [index, { role, at, blocks }] of runs.entries()) {
      const before = runs[index - 1];
      const calls = role === "user" && before !== undefined ? idsOf(before.blocks, "tool_use", "id") : [];
      const results = idsOf(blocks, "tool_result", "tool_use_id");
      for (const id of calls) {
        if (!results.includes(id)) out.add("call-unanswered", at, `${show(id)} has no result here`);
      }
      for (const id of results) {
        if (!calls.includes(id)) out.add("result-uncalled", at, `${show(id)} was not called just before`);
      }
      out.unique(results, "result-repeated", at);
      const other = blocks.findIndex(({ type }) => type !== "tool_result");
      const later = blocks.findLastIndex(({ type }) => type === "tool_result");
      out.expect(other < 0 || other > later, "results-first", at, "something stands before a result");
    }
    const last = runs.at(-1);
    if (last?.role === "assistant" && idsOf(last.blocks, "tool_use", "id").length > 0)
      out.add("call-unanswered", last.at, "the last turn calls a tool");
  }

  #ends(runs: readonly Run[]): void {
    const [first] = runs;
    const last = runs.at(-1);
    if (first === undefined || last === undefined) this.#out.add("no-messages", "$.messages", "is empty");
    else {
      this.#out.expect(first.role === "user", "first-role", first.at, "the first message must be the user's");
      const text = last.role === "assistant" ? last.blocks.at(-1)?.["text"] : undefined;
      const blank = typeof text === "string" && /\s$/.test(text);
      this.#out.expect(!blank, "trailing-blank", last.at, "the last assistant's text ends in blanks");
    }
  }

  #thinking({ thinking, max_tokens: bound, tool_choice: choice }: Json, runs: readonly Run[]): void {
    const out = this.#out;
    if (isJson(choice))
      out.oneOf(choice["type"], words("auto any tool none"), "tool-choice", "$.tool_choice");
    if (thinking === undefined) return;
    const setting = out.object(thinking, "$.thinking", words("type budget_tokens display"));
    const type = setting?.["type"];
    out.oneOf(type, words("enabled disabled adaptive"), "thinking", "$.thinking");
    if (type !== "enabled") return;
    const budget = Number(setting?.["budget_tokens"]);
    out.expect(budget >= 1024 && budget < Number(bound), "thinking-budget", "$.thinking", "is out of bounds");
    const forced = isJson(choice) && (choice["type"] === "any" || choice["type"] === "tool");
    out.expect(!forced, "thinking-forced", "$.tool_choice", "thinking goes with no forced tool");
    // The turn that is under way: all since the user last spoke without giving a result.
    const asked = runs.findLastIndex(({ role, blocks }) => role === "user" && !blocks.some(isResult));
    const answer = runs[asked + 1];
    if (answer?.role !== "assistant" || asked + 2 >= runs.length) return;
    const first = String(answer.blocks[0]?.["type"]);
    const begins = first === "thinking" || first === "redacted_thinking";
    out.expect(begins, "thinking-first", answer.at, `the turn under way begins with ${first}`);
  }
}

function isResult({ type }: Json): boolean {
  return type === "tool_result";
}

function idsOf(blocks: readonly Json[], type: string, key: string): string[] {
  return blocks.filter((block) => block["type"] === type).map((block) => String(block[key]));
}
