import { History } from "../llm/history.ts";
import type { JsonObject, JsonValue } from "../llm/json.ts";
import type { FilePart, ImagePart, Message, Part, TextPart, ToolResultPart } from "../llm/message.ts";
import type { Request } from "../llm/request.ts";
import type { Attributes } from "./api.ts";
import { names } from "./conventions.ts";
import { newestThatFit } from "./fit.ts";

/*
 * What is said, in the shapes of the conventions:
 * https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/gen-ai-input-messages.json
 * https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/gen-ai-output-messages.json
 * https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/gen-ai-system-instructions.json
 */

/** What a request says, each attribute at most `limit` characters of JSON. */
export function inputContent({ system = [], messages }: Request, limit: number): Attributes {
  const input = newestThatFit(newestFirst(messages), inputMessage, limit);
  if (system.length === 0) return { [names.inputMessages]: input };
  const instructions = newestThatFit(system.toReversed(), partOf, limit);
  return { [names.inputMessages]: input, [names.systemInstructions]: instructions };
}

/** What an answer says, at most `limit` characters of JSON. */
export function outputContent(message: Message, finish: string, limit: number): Attributes {
  const output = (message: Message): JsonObject => ({
    role: message.role,
    parts: message.parts.map(partOf),
    finish_reason: finish,
  });
  return { [names.outputMessages]: newestThatFit([message], output, limit) };
}

/** Only as many messages are looked at as fit, however long the history is. */
function* newestFirst(messages: readonly Message[] | History): Generator<Message> {
  if (!(messages instanceof History)) {
    yield* messages.toReversed();
    return;
  }
  for (let at: History | undefined = messages; at?.last !== undefined; at = at.parent) yield at.last;
}

function inputMessage({ role, parts }: Message): JsonObject {
  const results = parts.length > 0 && parts.every((part) => part.type === "tool-result");
  return { role: results ? "tool" : role, parts: parts.map(partOf) };
}

function partOf(part: Part): JsonObject {
  switch (part.type) {
    case "text":
      return { type: "text", content: part.text };
    case "thinking":
      return { type: "reasoning", content: part.text };
    case "tool-call":
      return {
        type: "tool_call",
        id: part.id,
        name: part.name,
        arguments: part.input === undefined ? part.argumentsText : part.input,
      };
    case "tool-result":
      return {
        type: "tool_call_response",
        id: part.callId,
        response: resultOf(part),
        ...(part.isError === true && { is_error: true }),
      };
    case "image":
    case "file":
      return mediaOf(part);
    case "opaque":
      return { type: "opaque", protocol: part.protocol, value: part.value };
  }
}

function resultOf({ content }: ToolResultPart): JsonValue {
  if (!content.every((part): part is TextPart => part.type === "text")) return content.map(partOf);
  return content.map(({ text }) => text).join("");
}

/** A picture or a file by what is known of it. Its bytes are left out: they would leave no room for what is said. */
function mediaOf(part: ImagePart | FilePart): JsonObject {
  const { source } = part;
  switch (source.kind) {
    case "text":
      return { type: "text", content: source.text };
    case "url":
      return {
        type: "uri",
        modality: modalityOf(part),
        uri: source.url.replace(/^(data:[^,]*,).*/is, "$1"),
      };
    case "file-id":
      return { type: "file", modality: modalityOf(part), file_id: source.id };
    case "base64":
      return { type: "blob", modality: modalityOf(part), mime_type: source.mediaType, content: "" };
  }
}

function modalityOf({ type, source }: ImagePart | FilePart): string {
  if (type === "image") return "image";
  const [kind = ""] = "mediaType" in source ? source.mediaType.split("/") : [];
  return ["image", "video", "audio"].includes(kind) ? kind : "document";
}
