import { History } from "../../llm/history.ts";
import type { Message, Part } from "../../llm/message.ts";
import type { Request } from "../../llm/request.ts";
import type { ToolSpec, VendorTool } from "../../llm/tool.ts";

/** Characters in a token, by decree. */
export const CHARS_PER_TOKEN = 4;

/** Messages, tools and histories do not change, and histories share: each is counted once. */
const counted = new WeakMap<Message | ToolSpec | VendorTool | History, number>();

function once<T extends Message | ToolSpec | VendorTool>(value: T, count: (value: T) => number): number {
  let size = counted.get(value);
  if (size === undefined) {
    size = count(value);
    counted.set(value, size);
  }
  return size;
}

/** How long a request is, in tokens: the characters of its words, messages and tools, by four. */
export function requestTokens(request: Request): number {
  let size = messagesSize(request.messages);
  for (const part of request.system ?? []) size += part.text.length;
  for (const tool of request.tools ?? []) size += once(tool, toolSize);
  return Math.floor(size / CHARS_PER_TOKEN);
}

function messagesSize(messages: readonly Message[] | History): number {
  let size = 0;
  if (!(messages instanceof History)) {
    for (const message of messages) size += once(message, messageSize);
    return size;
  }
  const fresh: [History, Message][] = [];
  for (let node: History | undefined = messages; node?.last !== undefined; node = node.parent) {
    const known = counted.get(node);
    if (known !== undefined) {
      size = known;
      break;
    }
    fresh.push([node, node.last]);
  }
  for (const [node, message] of fresh.reverse()) {
    size += once(message, messageSize);
    counted.set(node, size);
  }
  return size;
}

const messageSize = (message: Message): number =>
  message.parts.reduce((size, part) => size + partSize(part), 0);

function partSize(part: Part): number {
  switch (part.type) {
    case "text":
    case "thinking":
      return part.text.length;
    case "tool-call":
      return part.name.length + part.argumentsText.length;
    case "tool-result":
      return part.content.reduce((size, one) => size + partSize(one), 0);
    case "image":
    case "file":
      return part.source.kind === "text" ? part.source.text.length : 0;
    case "opaque":
      return JSON.stringify(part.value).length;
  }
}

function toolSize(tool: ToolSpec | VendorTool): number {
  if (tool.type === "vendor") return JSON.stringify(tool.value).length;
  return tool.name.length + (tool.description ?? "").length + JSON.stringify(tool.inputSchema).length;
}
