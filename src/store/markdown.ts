import type { JournalEntry } from "../conversation/journal.ts";
import { recover } from "../conversation/recovery.ts";
import { parseJson } from "../llm/json.ts";
import type { Message, Part, ResultPart, Source, ToolCallPart, ToolResultPart } from "../llm/message.ts";
import { formatCost } from "../llm/money.ts";
import { inputTokens, outputTokens } from "../llm/usage.ts";
import type { SessionRecord } from "./store.ts";

/**
 * A session as a page to read, in CommonMark: who said what, calls of tools with their results, and what it cost. Pure.
 * What was said stays Markdown, but cannot swallow what comes after it; the page has no control characters. Messages
 * that a summary has taken the place of are there; conversations of children are not.
 */
export function sessionMarkdown({ info, entries, damage }: SessionRecord): string {
  const own = entries.filter(({ conversation }) => conversation === entries[0]?.conversation);
  const blocks = [`# ${plainLine(info.title) || "Untitled"}`, factsOf({ info, entries, damage })];
  const names = new Map<string, string>();
  for (const entry of own) blocks.push(...blocksOf(entry, names));
  blocks.push("---", costOf(entries));
  return `${harmless(blocks.join("\n\n"))}\n`;
}

function factsOf({ info, damage }: Pick<SessionRecord, "info" | "damage" | "entries">): string {
  const { id, created, model, messages, folder, origin } = info;
  const facts = [
    `session ${code(id)}${origin === "" ? "" : `, a fork of ${code(origin)}`}`,
    `begun ${dateOf(created)}`,
    ...(folder === "" ? [] : [`in ${code(folder)}`]),
    ...(model === "" ? [] : [`model ${code(model)}`]),
    `${messages} ${messages === 1 ? "message" : "messages"}`,
    ...(damage.length === 0 ? [] : [`**entries that could not be read and are missing: ${damage.length}**`]),
  ];
  return facts.map((fact) => `- ${fact}`).join("\n");
}

/** A moment as ISO 8601; what a file from elsewhere says may be none. */
function dateOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "at a time that is none" : date.toISOString();
}

function blocksOf(entry: JournalEntry, names: Map<string, string>): string[] {
  switch (entry.type) {
    case "begin": {
      const system = entry.system.map(({ text }) => text).join("\n\n");
      return [
        ...(system === "" ? [] : ["## System", closed(system)]),
        ...(entry.messages ?? []).flatMap((message) => messageBlocks(message, names)),
      ];
    }
    case "message":
      return messageBlocks(entry.message, names);
    case "compaction":
      return ["*(Here a summary took the place of older messages.)*"];
    default:
      return [];
  }
}

function messageBlocks({ role, parts }: Message, names: Map<string, string>): string[] {
  const said = parts.filter((part) => part.type !== "tool-result");
  const results = parts.filter((part) => part.type === "tool-result");
  const blocks = results.flatMap((part) => resultBlocks(part, names));
  if (said.length === 0) return blocks;
  return [
    ...blocks,
    role === "user" ? "## User" : "## Model",
    ...said.flatMap((part) => partBlocks(part, names)),
  ];
}

function partBlocks(part: Part, names: Map<string, string>): string[] {
  switch (part.type) {
    case "text":
      return part.text.trim() === "" ? [] : [closed(part.text)];
    case "thinking":
      return [
        part.text.trim() === "" ? "*(thoughts that are not shown)*" : `*Thoughts:*\n\n${quoted(part.text)}`,
      ];
    case "tool-call":
      names.set(part.id, part.name);
      return callBlocks(part);
    case "tool-result":
      return resultBlocks(part, names);
    case "image":
      return [`*(an image: ${placeOf(part.source)})*`];
    case "file":
      return [`*(a file${part.name === undefined ? "" : ` ${code(part.name)}`}: ${placeOf(part.source)})*`];
    case "opaque":
      return [`*(something that only ${code(part.protocol)} can read)*`];
  }
}

function callBlocks({ name, argumentsText }: ToolCallPart): string[] {
  const value = parseJson(argumentsText);
  const [text, language] =
    value === undefined ? [argumentsText, ""] : [JSON.stringify(value, null, 2), "json"];
  return [`**Call of** ${code(name)}`, fenced(text, language)];
}

function resultBlocks(
  { callId, name, content, isError }: ToolResultPart,
  names: Map<string, string>,
): string[] {
  const of = name ?? names.get(callId) ?? callId;
  return [
    `**${isError === true ? "Error" : "Result"} of** ${code(of)}`,
    ...content.flatMap((part: ResultPart) =>
      part.type === "text" ? [fenced(part.text)] : partBlocks(part, names),
    ),
  ];
}

function costOf(entries: readonly JournalEntry[]): string {
  const recovered = recover(entries, undefined, { provider: "", name: "", protocol: "none" }, 0);
  if (recovered === undefined) return "Nothing is known of what it cost.";
  const { total } = recovered.ledger;
  const { responses, unreported } = total;
  const answers = `${responses} ${responses === 1 ? "answer" : "answers"}`;
  const missing = unreported === 0 ? "" : `; of ${unreported} more not all is known`;
  return `${answers}, ${inputTokens(total)} tokens in, ${outputTokens(total)} out${missing}. Cost: ${formatCost(total.cost)}`;
}

function placeOf(source: Source): string {
  switch (source.kind) {
    case "base64":
      return `${code(source.mediaType)}, ${Math.floor((source.data.length * 3) / 4)} bytes`;
    case "url":
      return code(source.url.length > 200 ? `${source.url.slice(0, 200)}…` : source.url);
    case "text":
      return `${code(source.mediaType)}, ${source.text.length} characters`;
    case "file-id":
      return code(source.id);
  }
}

/** A text between fences, whatever fences are in it (https://spec.commonmark.org/0.31.2/#fenced-code-blocks). */
function fenced(text: string, language = ""): string {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}${text.endsWith("\n") ? "" : "\n"}${fence}`;
}

/** A text as code within a line. */
function code(text: string): string {
  const line = text.replace(/\s+/g, " ");
  const ticks = "`".repeat(longestRun(line) + 1);
  // A blank on both sides is taken away again, and keeps the text's own ticks apart.
  const gap = line === "" || /^[` ]|[` ]$/.test(line) ? " " : "";
  return `${ticks}${gap}${line}${gap}${ticks}`;
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}

/** Blocks of HTML that end with something else than a blank line, or never. */
const ENDLESS = /^( {0,3})<(?=!|\?|\/?(?:script|pre|style|textarea)(?:[\s>]|$))/i;

/** A text as it stands, but for a fence that it leaves open, which is closed, and HTML that would swallow the rest. */
function closed(text: string): string {
  let open = "";
  const lines = text.split(/\r?\n/).map((line) => {
    const [, fence = "", behind = ""] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (open !== "") {
      if (fence.startsWith(open) && behind.trim() === "") open = "";
      return line;
    }
    if (fence !== "" && !(fence.startsWith("`") && behind.includes("`"))) {
      open = fence;
      return line;
    }
    return line.replace(ENDLESS, "$1\\<");
  });
  return [...lines, ...(open === "" ? [] : [open])].join("\n");
}

/** A text as a quotation, which ends whatever is open in it. */
function quoted(text: string): string {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => `> ${line}`.trimEnd())
    .join("\n");
}

/** A line in which nothing is Markdown. */
function plainLine(text: string): string {
  return text
    .replace(/[\p{C}\s]+/gu, " ")
    .trim()
    .replace(/[\\`*_[\]<>#&~|]/g, "\\$&");
}

/** Without what could steer a terminal. */
function harmless(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}
