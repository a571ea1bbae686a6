import { isRecord } from "./same-request.ts";

/**
 * What does not count in a body of the Messages API: one text or a list of it, and the documented defaults. An empty
 * system prompt, which the API ignores, is as good as none.
 */
export function canonicalAnthropic(body: unknown): unknown {
  if (!isRecord(body)) return body;
  const { stream, system, tools, messages, ...rest } = body;
  const prompt = blocks(system).filter(
    (each) => !(isRecord(each) && each["type"] === "text" && each["text"] === ""),
  );
  return {
    ...rest,
    ...(stream === true && { stream }),
    ...(prompt.length > 0 && { system: prompt }),
    ...(Array.isArray(tools) && { tools: tools.map((each) => without(each, "type", "custom")) }),
    messages: list(messages).map((each) =>
      isRecord(each) ? { ...each, content: blocks(each["content"]) } : each,
    ),
  };
}

function blocks(content: unknown): unknown[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return list(content).map((each) => {
    if (!isRecord(each) || each["type"] !== "tool_result") return each;
    const { content: result, ...rest } = without(each, "is_error", false) as Record<string, unknown>;
    return { ...rest, ...(result !== undefined && { content: blocks(result) }) };
  });
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function without(object: unknown, key: string, value: unknown): unknown {
  if (!isRecord(object) || object[key] !== value) return object;
  const { [key]: _, ...rest } = object;
  return rest;
}
