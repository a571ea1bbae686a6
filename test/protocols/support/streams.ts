/*
 * Streams of the Messages API written by hand, for what no recording shows: framing that is allowed but not usual,
 * characters of each length, events nobody has sent yet.
 */

/** An event on the wire. */
export interface WireEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** An event with its name, as the API frames it. */
export function sse(event: WireEvent, end = "\n"): string {
  return `event: ${event.type}${end}data: ${JSON.stringify(event)}${end}${end}`;
}

const start = {
  type: "message_start",
  message: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-test",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 10, cache_read_input_tokens: 3, output_tokens: 1 },
  },
};

function delta(index: number, type: string, fields: Record<string, unknown>): WireEvent {
  return { type: "content_block_delta", index, delta: { type, ...fields } };
}

function block(index: number, content_block: Record<string, unknown>, ...deltas: WireEvent[]): WireEvent[] {
  const begin = { type: "content_block_start", index, content_block };
  return [begin, ...deltas, { type: "content_block_stop", index }];
}

function end(stop_reason: string): WireEvent[] {
  const usage = { output_tokens: 42 };
  return [
    { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage },
    { type: "message_stop" },
  ];
}

/** Thinking, a text with characters of one to four bytes and all escapes, two calls, and a block of the vendor's. */
const everything = [
  start,
  { type: "ping" },
  ...block(
    0,
    { type: "thinking", thinking: "", signature: "" },
    delta(0, "thinking_delta", { thinking: "Let me see" }),
    delta(0, "thinking_delta", { thinking: ".\n" }),
    delta(0, "signature_delta", { signature: "c2lnbmF0dXJl" }),
  ),
  ...block(
    1,
    { type: "text", text: "" },
    delta(1, "text_delta", { text: "Hi" }),
    delta(1, "text_delta", { text: " é€😀 " }),
    delta(1, "text_delta", { text: '"quoted" \\ \t\u0001' }),
    delta(1, "text_delta", { text: "text_delta" }),
    delta(1, "text_delta", { text: " end" }),
    delta(1, "citations_delta", { citation: { type: "char_location", cited_text: "Hi" } }),
  ),
  ...block(
    2,
    { type: "tool_use", id: "toolu_1", name: "shell", input: {} },
    delta(2, "input_json_delta", { partial_json: "" }),
    delta(2, "input_json_delta", { partial_json: '{"command": "ec' }),
    delta(2, "input_json_delta", { partial_json: 'ho é"}' }),
  ),
  ...block(3, { type: "tool_use", id: "toolu_2", name: "now", input: {} }),
  ...block(
    4,
    { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} },
    delta(4, "input_json_delta", { partial_json: '{"query":"x"}' }),
  ),
  ...block(5, { type: "redacted_thinking", data: "b3BhcXVl" }),
  ...end("tool_use"),
];

/** Two texts at once: their events alternate. */
const overlapping = [
  start,
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
  delta(0, "text_delta", { text: "one" }),
  delta(1, "text_delta", { text: "two" }),
  delta(0, "text_delta", { text: "one" }),
  delta(0, "text_delta", { text: "one more" }),
  delta(1, "text_delta", { text: "two more" }),
  { type: "content_block_stop", index: 1 },
  delta(0, "text_delta", { text: "." }),
  { type: "content_block_stop", index: 0 },
  ...end("end_turn"),
];

const lines = everything.map((event) => sse(event)).join("");

/** A stream's text by what is odd about it. All but `overlapping` and `unheard of` say the same as `plain`. */
export const streams: Readonly<Record<string, string>> = {
  plain: lines,
  CRLF: lines.replaceAll("\n", "\r\n"),
  "lone CR": lines.replaceAll("\n", "\r"),
  "mixed line ends": everything.map((event, at) => sse(event, ["\n", "\r\n", "\r"][at % 3])).join(""),
  "byte order mark": `\uFEFF${lines}`,
  "leading blank lines": `\n\r\n${lines}`,
  comments: `: hello\n\n${lines.replaceAll("\n\n", "\n: PROCESSING é\n\n:\n")}`,
  "several data lines": everything.map((event) => inLines(event)).join(""),
  "no space after the colon": lines.replaceAll(": {", ":{").replaceAll("event: ", "event:"),
  padding: lines.replaceAll(/\}\n\n/g, (_, at: number) => `${" ".repeat(at % 17)}}\n\n`),
  "other fields": lines.replaceAll("event:", "id: 7\nretry: 3000\nunknown\nevent:"),
  "no names": lines.replaceAll(/^event: .*\n/gm, ""),
  overlapping: overlapping.map((event) => sse(event)).join(""),
  "unheard of": [start, { type: "news", index: 0, é: "€" }, ...end("some_new_reason")]
    .map((event) => sse(event))
    .join(""),
};

/** The JSON of an event over several lines, each a data field of its own. */
function inLines(event: WireEvent): string {
  const data = JSON.stringify(event, undefined, 1)
    .split("\n")
    .map((line) => `data: ${line}\n`);
  return `event: ${event.type}\n${data.join("")}\n`;
}

/** The streams that say the same as the plain one. */
export const sameAsPlain: readonly string[] = Object.keys(streams).filter(
  (name) => !["plain", "overlapping", "unheard of"].includes(name),
);

/** An answer that came whole. */
export const wholeAnswer = JSON.stringify({
  ...start.message,
  content: [
    { type: "text", text: 'Hi é€😀 "quoted" \\ }' },
    { type: "tool_use", id: "toolu_1", name: "shell", input: { command: "echo é" } },
  ],
  stop_reason: "tool_use",
});
