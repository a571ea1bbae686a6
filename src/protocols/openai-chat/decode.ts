import { ModelError } from "../../llm/errors.ts";
import type { DecodedEvent } from "../../llm/event.ts";
import { isCutJson, isObject, own, parseJson, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { StopReason } from "../../llm/response.ts";
import type { Decoder } from "../protocol.ts";
import { TextTemplate } from "../text-template.ts";
import { decodeErrorEvent, malformed, reportsError } from "./errors.ts";
import { Extras } from "./extras.ts";
import { filled } from "./json.ts";
import { MessageReader } from "./message-reader.ts";
import { decodeUsage, usageFields } from "./usage.ts";
import { END_MARK, reasoningFields, stopReasons } from "./wire.ts";
import type { Dialect } from "../dialect.ts";

/** Reads one answer of chat completions, streamed or whole, as the same events. */
export class ChatDecoder implements Decoder {
  readonly #emit: (event: DecodedEvent) => void;
  readonly #dialect: Dialect;
  readonly #message: MessageReader;
  readonly #extras = new Extras();
  readonly #texts = new TextTemplate();
  readonly #thoughts = new TextTemplate();
  /** The field that the template of thoughts belongs to. */
  #thoughtField: readonly string[] = [];
  /** How the padding begins that ends each chunk, once a chunk had some. */
  #padding: string | undefined;
  #id = "";
  #started = false;
  /** Whether any choice came: an answer without one is none. */
  #answered = false;
  #done = false;
  /** Whether the answer did not come as a stream: each piece of a list in it is one. */
  #whole = false;
  #finish: string | null = null;
  #sequence: string | undefined;

  constructor(emit: (event: DecodedEvent) => void, dialect: Dialect = {}) {
    this.#emit = emit;
    this.#dialect = dialect;
    this.#message = new MessageReader(emit, this.#extras);
  }

  push(data: string, event: string): void {
    const end = endOf(data, this.#padding);
    const text = this.#texts.read(data, end);
    if (text !== undefined) {
      this.#message.parts.text(text);
      return;
    }
    const thought = this.#thoughts.read(data, end);
    if (thought !== undefined) {
      this.#message.parts.thinking(thought, this.#thoughtField, undefined);
      return;
    }
    if (this.#done) return;
    if (data.trim() === END_MARK) {
      this.#stop();
      return;
    }
    const chunk = parseJson(data);
    if (event === "error") throw this.#broken(chunk ?? data);
    if (!isObject(chunk)) throw malformed("an event is not a JSON object", data);
    this.#chunk(chunk, data);
    if (reportsError(chunk)) throw this.#broken(chunk);
  }

  whole(body: string): void {
    this.#whole = true;
    const answer = parseJson(body);
    if (answer === undefined) {
      if (isCutJson(body)) {
        throw new ModelError("the answer was cut", { kind: "truncated", body: body.slice(0, 2048) });
      }
      throw malformed("the answer is not JSON", body);
    }
    if (Array.isArray(answer) && isObject(answer[0]) && reportsError(answer[0]))
      throw decodeErrorEvent(answer);
    if (!isObject(answer)) throw malformed("the answer is not a JSON object", body);
    this.#chunk(answer, "");
    if (reportsError(answer)) throw this.#broken(answer);
    if (!this.#answered) throw malformed("the answer has no message", body);
    this.#stop();
  }

  end(): void {
    if (this.#done) return;
    if (this.#finish !== null && this.#dialect.endMark === "sometimes") {
      this.#stop();
      return;
    }
    const why = this.#answered ? "the answer was cut: its end mark never came" : "the answer has no message";
    throw new ModelError(why, { kind: "truncated" });
  }

  /** A chunk of a stream, or the whole answer. */
  #chunk(chunk: JsonObject, data: string): void {
    const choices = own(chunk, "choices");
    const list = Array.isArray(choices) ? (choices as readonly JsonValue[]).filter(isObject) : [];
    this.#start(chunk, list.length > 0);
    this.#extras.answer(chunk);
    let failure: JsonObject | undefined;
    for (const choice of list) {
      const { index } = choice;
      if (typeof index === "number" && index !== 0) this.#extras.other(index, choice);
      else {
        this.#choice(choice);
        if (isObject(choice["error"])) failure = choice;
      }
    }
    const usage = this.#reportUsage(chunk);
    // OpenRouter's upstream failed in the middle of what it had said.
    if (failure !== undefined) throw this.#broken(failure);
    const [only] = list;
    if (this.#whole || usage || list.length !== 1 || only === undefined) return;
    const name = ["obfuscation", "p"].find((each) => filled(chunk[each]));
    if (name !== undefined) this.#padding = `,"${name}":"`;
    this.#learn(only, data);
  }

  /** Azure's first chunk has neither id nor model: they are taken from the first that has. */
  #start({ id, model }: JsonObject, answers: boolean): void {
    if (this.#started || (!answers && !filled(id))) return;
    this.#started = true;
    this.#id = filled(id) ? id : "";
    this.#emit({ type: "start", id: this.#id, model: filled(model) ? model : "" });
  }

  #choice(choice: JsonObject): void {
    this.#answered = true;
    this.#extras.choice(choice);
    const { finish_reason, delta, message } = choice;
    // Perplexity repeats all that was said as `message` beside each delta, and an empty delta beside a whole message.
    const said = this.#whole ? (isObject(message) ? message : delta) : isObject(delta) ? delta : message;
    if (isObject(said)) this.#message.read(said, this.#id, this.#whole);
    // An empty text in each chunk says that the end has not come; in a whole answer it is the provider's word.
    if (typeof finish_reason === "string" && (this.#whole || finish_reason !== ""))
      this.#finish = finish_reason;
    // vLLM names the sequence that it met; a number is a token's.
    const met = [choice["stop_reason"], choice["matched_stop"]].find(filled);
    if (met !== undefined) this.#sequence = met;
  }

  /** Whether the chunk had a report. Groq has it in a corner of its own as well, and sometimes there alone. */
  #reportUsage(chunk: JsonObject): boolean {
    const groq = own(chunk, "x_groq");
    const usage = own(chunk, "usage") ?? (isObject(groq) ? own(groq, "usage") : undefined);
    if (!isObject(usage)) return false;
    this.#extras.usage(usage, usageFields);
    this.#emit({ type: "usage", usage: decodeUsage(usage, this.#dialect) });
    return true;
  }

  /** Remembers the shape of a chunk that says a piece of text or of a thought and nothing else. */
  #learn(choice: JsonObject, data: string): void {
    const { delta, finish_reason, logprobs, index } = choice;
    if (!isObject(delta) || filled(finish_reason) || isObject(logprobs) || (index ?? 0) !== 0) return;
    const said = Object.keys(delta).filter((key) => (delta[key] ?? "") !== "" && key !== "role");
    const [field] = said;
    const text = field === undefined ? undefined : delta[field];
    if (said.length !== 1 || field === undefined || !filled(text)) return;
    const end = endOf(data, this.#padding);
    if (field === "content") this.#texts.learn(data, text, end);
    else if ((reasoningFields as readonly string[]).includes(field)) {
      this.#thoughts.learn(data, text, end);
      this.#thoughtField = [field];
    }
  }

  #stop(): void {
    if (!this.#answered)
      throw new ModelError("the answer has no message, only its end mark", { kind: "truncated" });
    this.#done = true;
    this.#texts.forget();
    this.#thoughts.forget();
    const raw = this.#finish;
    const reason = neutral(raw, this.#message.calls.count > 0, this.#message.parts.refused);
    this.#message.end(this.#id, reason === "max_tokens");
    const vendor = this.#extras.result();
    this.#emit({
      type: "stop",
      reason,
      raw,
      ...(this.#sequence !== undefined && { sequence: this.#sequence }),
      ...(Object.keys(vendor).length > 0 && { vendor }),
    });
  }

  /** An error inside the answer: what was said before it is told to its end, but no call ever becomes whole. */
  #broken(reported: JsonValue): ModelError {
    this.#message.parts.end();
    return decodeErrorEvent(reported);
  }
}

/**
 * Where a chunk ends, but for the random text by which OpenAI and Mistral hide the lengths of what they say. A quote inside
 * a string is escaped, so what is found is a member, and the last one.
 * @param padding how that member begins.
 */
function endOf(data: string, padding: string | undefined): number {
  if (padding === undefined) return data.length;
  const at = data.lastIndexOf(padding);
  random.lastIndex = at + padding.length;
  return at !== -1 && random.test(data) ? at : data.length;
}

const random = /\w*"\}$/y;

/** Providers say `stop` with calls and `tool_calls` without: what is there decides between the two. */
function neutral(raw: string | null, called: boolean, refused: boolean): StopReason {
  const reason =
    raw !== null && Object.hasOwn(stopReasons, raw) ? (stopReasons[raw] ?? "unknown") : "unknown";
  if (refused && (reason === "end_turn" || reason === "unknown")) return "refusal";
  if (called && reason === "end_turn") return "tool_use";
  return !called && reason === "tool_use" ? "end_turn" : reason;
}
