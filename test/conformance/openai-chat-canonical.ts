import { isRecord } from "./same-request.ts";

/**
 * What does not count in a body of chat completions: `stream: false`, one text or a list of it, the content beside
 * calls where it is empty, and how the JSON of a call's arguments is written.
 */
export function canonicalOpenaiChat(body: unknown): unknown {
  if (!isRecord(body)) return body;
  const { stream, messages, ...rest } = body;
  return {
    ...rest,
    ...(stream === true && { stream }),
    messages: Array.isArray(messages) ? messages.map(message) : messages,
  };
}

function message(sent: unknown): unknown {
  if (!isRecord(sent)) return sent;
  const { content, tool_calls, function_call, ...rest } = sent;
  const calls = Array.isArray(tool_calls) ? tool_calls : [];
  const called = calls.length > 0 || isRecord(function_call);
  const said = text(content);
  return {
    ...rest,
    ...(!(called && (said === "" || said === null)) && { content: said }),
    ...(Array.isArray(tool_calls) && { tool_calls: calls.map(call) }),
    ...(isRecord(function_call) && { function_call: withParsed(function_call) }),
  };
}

function text(content: unknown): unknown {
  const only: unknown = Array.isArray(content) && content.length === 1 ? content[0] : undefined;
  return isRecord(only) && only["type"] === "text" && Object.keys(only).length === 2 ? only["text"] : content;
}

function call(sent: unknown): unknown {
  return isRecord(sent) && isRecord(sent["function"])
    ? { ...sent, function: withParsed(sent["function"]) }
    : sent;
}

function withParsed(called: Record<string, unknown>): unknown {
  const { arguments: json } = called;
  if (typeof json !== "string") return called;
  try {
    return { ...called, arguments: { parsed: JSON.parse(json) as unknown } };
  } catch {
    return called;
  }
}
