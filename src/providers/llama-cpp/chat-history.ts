import type { Message, Part, ResultPart, ThinkingPart, ToolCallPart } from "../../llm/message.ts";
import type { Request } from "../../llm/request.ts";
import type { ChatItem, Said, SaidCall } from "./library.ts";
import { PROTOCOL } from "./options.ts";

/** A call that waits for its result. */
type Open = { -readonly [Key in keyof SaidCall]: SaidCall[Key] };

/**
 * A request as the engine's own history. It ends with what the model says, empty where it has not begun: a tool's
 * result belongs to its call, so after one the model goes on with what it was saying.
 */
export function chatHistory({ system = [], messages }: Pick<Request, "system" | "messages">): ChatItem[] {
  const items: ChatItem[] = [];
  const calls = new Map<string, Open>();
  const instructions = system.map((part) => part.text).join("\n\n");
  if (instructions !== "") items.push({ type: "system", text: instructions });
  for (const message of messages) {
    if (message.role === "assistant") answered(items).push(...said(message, calls));
    else asked(items, message, calls);
  }
  answered(items);
  return items;
}

/** What the model says at the end of the history. */
function answered(items: ChatItem[]): Said[] {
  const last = items.at(-1);
  if (last?.type === "model") return last.response;
  const response: Said[] = [];
  items.push({ type: "model", response });
  return response;
}

/** Results go to their calls, the rest is said by the user. Many templates refuse two messages of one side in a row. */
function asked(items: ChatItem[], { parts }: Message, calls: Map<string, Open>): void {
  const texts = parts.flatMap((part) => {
    if (part.type !== "tool-result") return pieces(part);
    const result = part.content.flatMap(pieces).join("\n");
    const told = part.isError === true && !result.startsWith("Error: ") ? `Error: ${result}` : result;
    const call = calls.get(part.callId);
    if (call === undefined) return [`[result of a call that is not in this conversation]\n${told}`];
    call.result = told;
    return [];
  });
  const text = texts.filter((each) => each !== "").join("\n\n");
  if (text === "") return;
  const last = items.at(-1);
  if (last?.type === "user") items.pop();
  items.push({ type: "user", text: last?.type === "user" ? `${last.text}\n\n${text}` : text });
}

function said({ parts }: Message, calls: Map<string, Open>): Said[] {
  let first = true;
  return parts.flatMap((part): Said[] => {
    if (part.type === "thinking") return thought(part);
    if (part.type !== "tool-call") return pieces(part);
    const call: Open = { ...functionCall(part), startsNewChunk: first };
    first = false;
    calls.set(part.id, call);
    return [call];
  });
}

function functionCall({ name, argumentsText, input }: ToolCallPart): Omit<SaidCall, "startsNewChunk"> {
  const params = input ?? (argumentsText === "" ? {} : { invalid_json: argumentsText });
  return { type: "functionCall", name, params, result: "[no result]" };
}

/** Thoughts go back only to the engine that had them, and its template decides which of them are still shown. */
function thought({ protocol, text, vendor }: ThinkingPart): Said[] {
  if (protocol !== PROTOCOL) return [];
  const comment = vendor?.protocol === PROTOCOL && vendor.fields["segment"] === "comment";
  return [{ type: "segment", segmentType: comment ? "comment" : "thought", text, ended: true }];
}

/** The engine takes text alone; the model is told what it is not shown. */
function pieces(part: Part | ResultPart): string[] {
  switch (part.type) {
    case "text":
      return [part.text];
    case "file":
      return [part.source.kind === "text" ? part.source.text : omitted("file")];
    case "image":
      return [omitted("image")];
    case "thinking":
    case "opaque":
    case "tool-call":
    case "tool-result":
      return [];
  }
}

function omitted(what: string): string {
  return `[${what} omitted: this model cannot take it here]`;
}
