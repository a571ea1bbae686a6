import { isObject, own, writeJson, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type {
  CacheMark,
  Message,
  Part,
  ResultPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from "../../llm/message.ts";
import { callId } from "./call-id.ts";
import { asText, withFields } from "./json.ts";
import { cacheControl, encodePiece, note, ownFields } from "./media.ts";
import { addReasoning, demandedThinking, goesBack, isInContent, thinkingPiece } from "./reasoning.ts";
import { strictly } from "./strict.ts";
import { PROTOCOL } from "./wire.ts";
import { fittingName, wholeCharacters } from "../foreign.ts";
import { told } from "../foreign-media.ts";
import type { Target } from "../protocol.ts";

/*
 * Messages on their way out. A message of ours may become several: each result of a tool is one of its own here.
 *
 * Vendor fields of a message are members of it, apart from `role`, which stands in place of ours, and `content`, which
 * says how the content stands: `"list"` where our default would be a text, null where it is left out, or the content
 * itself where it is none that we can read.
 */

/** The wire's messages for one of ours; none where nothing of it can be sent here. */
export function wireMessages(message: Message, target: Target): JsonObject[] {
  const sent = message.role === "assistant" ? [assistant(message, target)] : user(message, target);
  return target.dialect?.strict === true ? sent.map(strictly) : sent;
}

function isPiece(part: Part): boolean {
  if (part.type === "opaque") return part.protocol === PROTOCOL;
  return part.type === "text" || part.type === "image" || part.type === "file";
}

function user(message: Message, target: Target): JsonObject[] {
  const fields = ownFields(message);
  const results = message.parts.filter((part) => part.type === "tool-result");
  // Results come first: the API wants them right after their calls.
  const sent = results.map((part) => toolMessage(part, target));
  const parts = [...results.flatMap((part) => shownLater(part, target)), ...message.parts.filter(isPiece)];
  if (parts.length === 0 && fields === undefined) return sent;
  const pieces = spoken(parts).map((part) => encodePiece(part, target));
  return [...sent, dressed("user", simplified(pieces.filter((piece) => piece !== undefined)), fields)];
}

/** A message with its vendor fields; `content` null means that there was none. */
function dressed(
  role: string,
  content: JsonValue,
  fields: JsonObject | undefined,
  more?: JsonObject,
): JsonObject {
  const { content: form, ...others } = fields ?? {};
  const empty = content === "" || content === null;
  const kept = form !== undefined && form !== null && form !== "list";
  const said = kept ? form : empty && form === "list" ? [] : content;
  const message = { role, ...(!(empty && form === null) && { content: said }), ...more };
  return withFields(message, others);
}

/** Without the empty texts, which some providers refuse, unless there is nothing else. */
function spoken<One extends Part>(parts: readonly One[]): readonly One[] {
  return parts.length < 2 ? parts : parts.filter((part) => part.type !== "text" || part.text !== "");
}

/** A list, or the one text that it holds. */
function simplified(pieces: readonly JsonObject[]): JsonValue {
  const [first] = pieces;
  if (first === undefined) return "";
  return pieces.length === 1 && isBareText(first) ? (first["text"] ?? "") : pieces;
}

function isBareText(piece: JsonObject): boolean {
  return piece["type"] === "text" && typeof piece["text"] === "string" && Object.keys(piece).length === 2;
}

/** https://platform.openai.com/docs/api-reference/chat/create: a message with `role: "tool"`. */
function toolMessage(part: ToolResultPart, target: Target): JsonObject {
  const pieces = spoken(part.content).map((each) => resultPiece(each, target));
  const found = pieces.filter((piece) => piece !== undefined);
  if (part.isError === true) markError(found);
  if (part.cache !== undefined && target.dialect?.cacheMarks !== undefined) markCache(found, part.cache);
  const message = { role: "tool", tool_call_id: callId(part.callId, target), content: simplified(found) };
  return withFields(message, ownFields(part));
}

/** The wire has no field for a failure; a model sees it in the text. */
function markError(pieces: JsonObject[]): void {
  const at = pieces.findIndex((piece) => piece["type"] === "text");
  const text = asText(pieces[at]?.["text"]);
  if (text.startsWith("Error: ")) return;
  pieces.splice(Math.max(at, 0), at === -1 ? 0 : 1, { ...pieces[at], type: "text", text: `Error: ${text}` });
}

/** A mark stands on a piece of content. */
function markCache(pieces: JsonObject[], { ttl }: CacheMark): void {
  const last = pieces.pop();
  if (last !== undefined) pieces.push({ ...last, cache_control: cacheControl(ttl) });
}

function resultPiece(part: ResultPart, target: Target): JsonObject | undefined {
  if (part.type === "opaque" && part.protocol !== PROTOCOL) return { type: "text", text: told(part) };
  if (isShownLater(part, target)) return { type: "text", text: `[${part.type}: see the next message]` };
  return encodePiece(part, target);
}

/** Images and files are no content of a result here, unless they came in one over this wire. */
function isShownLater(part: ResultPart, target: Target): boolean {
  if (part.type !== "image" && (part.type !== "file" || part.source.kind === "text")) return false;
  const { resultMedia, strict } = target.dialect ?? {};
  return resultMedia !== "inside" && (strict === true || part.vendor?.protocol !== PROTOCOL);
}

function shownLater(part: ToolResultPart, target: Target): Part[] {
  const later = part.content.filter((each) => isShownLater(each, target));
  if (later.length === 0) return [];
  return [{ type: "text", text: `From the result of tool call ${callId(part.callId, target)}:` }, ...later];
}

function assistant(message: Message, target: Target): JsonObject {
  const sent = new Map<string, JsonValue>();
  const lists = { tool_calls: [] as JsonValue[], images: [] as JsonValue[] };
  const content: Part[] = [];
  for (const part of message.parts) {
    const where = ownFields(part)?.["in"];
    switch (part.type) {
      case "tool-call":
        if (where === "function_call") sent.set("function_call", functionOf(part, target));
        else lists.tool_calls.push(toolCall(part, target));
        break;
      case "thinking":
        if (!goesBack(part, target)) break;
        if (isInContent(part, target)) content.push(part);
        else addReasoning(sent, part, target);
        break;
      case "text":
        if (where === "refusal") sent.set("refusal", part.text);
        else content.push(part);
        break;
      case "image":
        if (where === "images") lists.images.push(encodePiece(part, target) ?? null);
        else content.push(part);
        break;
      case "opaque":
        if (part.protocol !== PROTOCOL) break;
        if (part.value["type"] === "custom" || where === "tool_calls") lists.tool_calls.push(part.value);
        // The API knows its own audio by its id.
        else if (part.value["type"] === "audio") sent.set("audio", audioOf(part.value));
        else content.push(part);
        break;
      case "file":
        content.push(part);
        break;
      case "tool-result":
    }
  }
  demandedThinking(sent, target);
  for (const [name, list] of Object.entries(lists)) if (list.length > 0) sent.set(name, list);
  const answers = ["tool_calls", "function_call", "audio", "refusal"].some((name) => sent.has(name));
  const text = content.length === 0 && answers ? null : said(content, message, target);
  return dressed("assistant", text, ownFields(message), Object.fromEntries(sent));
}

/** What the model said: one text, which every provider takes back, unless something in it is more than text. */
function said(parts: readonly Part[], message: Message, target: Target): JsonValue {
  const pieces = spoken(parts).map((part) => assistantPiece(part, target));
  const found = pieces.filter((piece) => piece !== undefined);
  const listed = own(ownFields(message) ?? {}, "content") === "list";
  if (listed || !found.every(isBareText)) return found;
  return found.map((piece) => asText(piece["text"])).join("");
}

/** Pictures and files of another protocol's model have no place in what a model says here. */
function assistantPiece(part: Part, target: Target): JsonObject | undefined {
  if (part.type === "thinking") return thinkingPiece(part);
  const foreign = (part.type === "image" || part.type === "file") && ownFields(part) === undefined;
  return foreign ? note(part) : encodePiece(part, target);
}

function toolCall(part: ToolCallPart, target: Target): JsonObject {
  const { function: _, ...outer } = ownFields(part) ?? {};
  return withFields(
    { id: callId(part.id, target), type: "function", function: functionOf(part, target) },
    outer,
  );
}

/** Many servers parse the arguments of earlier calls: what is no JSON object is shown to the model inside one. */
function functionOf(part: ToolCallPart, target: Target): JsonObject {
  const { name, argumentsText: text, input } = part;
  const whole = text === "" ? writeJson(input ?? {}) : wholeCharacters(text);
  const sent = isObject(input) || text === "" ? whole : writeJson({ invalid_json: text });
  if (target.dialect?.strict === true) return { name: fittingName(name, toolNames), arguments: sent };
  return withFields({ name, arguments: sent }, ownFields(part)?.["function"] as JsonObject | undefined);
}

/** https://platform.openai.com/docs/api-reference/chat/create: `tools[].function.name`. */
const toolNames = /^[a-zA-Z0-9_-]{1,64}$/;

function audioOf({ audio }: JsonObject): JsonValue {
  const id = typeof audio === "object" && audio !== null ? own(audio as JsonObject, "id") : undefined;
  return id === undefined ? (audio ?? null) : { id };
}

/** Leading instructions: one message for all, unless they came in several, or with fields of their own. */
export function systemMessages(parts: readonly TextPart[], target: Target): JsonObject[] {
  const role = target.dialect?.systemRole ?? "system";
  const groups: { fields: JsonObject | undefined; pieces: JsonObject[] }[] = [];
  for (const part of parts) {
    const { message, ...fields } = ownFields(part) ?? {};
    const piece = encodePiece({ ...part, vendor: { protocol: PROTOCOL, fields } }, target) ?? {};
    const group = groups.at(-1);
    if (group !== undefined && message === undefined) group.pieces.push(piece);
    else groups.push({ fields: message as JsonObject | undefined, pieces: [piece] });
  }
  const sent = groups.map(({ fields, pieces }) => {
    // Not every server takes a list here; several texts that are only texts are paragraphs of one.
    const joined = fields === undefined && pieces.every(isBareText);
    const content = joined ? pieces.map((piece) => asText(piece["text"])).join("\n\n") : simplified(pieces);
    return withFields({ role, content }, fields);
  });
  return target.dialect?.strict === true ? sent.map(strictly) : sent;
}
