import type { Tool } from "../../conversation/tool.ts";
import { isObject } from "../../llm/json.ts";
import { inOneLine } from "../text/file-text.ts";

/** A label is at most so long, in characters. */
const LONGEST = 100;

/** Where tools have what they are about. */
const MAIN = ["command", "path", "file", "name", "url", "title"];

/** A call in a line: the tool, and the first line of its main argument. */
export function labelOf({ name }: Pick<Tool, "name">, input: unknown): string {
  const texts = isObject(input)
    ? Object.entries(input).filter((each): each is [string, string] => typeof each[1] === "string")
    : [];
  const [, main = ""] = texts.find(([key]) => MAIN.includes(key)) ?? texts[0] ?? [];
  const [line = "", ...more] = main.trim().split("\n");
  const whole = inOneLine(`${name} ${line}`).trim();
  const cut = Array.from(whole).slice(0, LONGEST).join("");
  return cut.length < whole.length || more.length > 0 ? `${cut}…` : cut;
}
