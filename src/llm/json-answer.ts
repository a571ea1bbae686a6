import { parseJson, type JsonValue } from "./json.ts";

/**
 * The JSON value that a model's text is; undefined for other text. Models that were asked for JSON put it into a code
 * fence now and then: a fence around all of it is taken off, and nothing else is.
 */
export function parseAnswer(text: string): JsonValue | undefined {
  const trimmed = text.trim();
  return parseJson(trimmed.startsWith("```") ? unfenced(trimmed) : trimmed);
}

function unfenced(text: string): string {
  const line = text.indexOf("\n");
  if (line < 0 || !text.endsWith("```") || !/^```(?:json)?\s*$/i.test(text.slice(0, line))) return text;
  return text.slice(line + 1, -3);
}
