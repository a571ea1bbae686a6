import type { JournalEntry } from "../../src/conversation/journal.ts";
import { text } from "../../src/llm/message.ts";

const at = 1_700_000_000_000;
const of = { conversation: "aaa-aaaa", at };
const child = { conversation: "bbb-bbbb", at };
const fork = { conversation: "ccc-cccc", at };
const usage = {
  source: "stream",
  input: 10,
  cacheRead: 1,
  cacheWrite5m: 2,
  cacheWrite1h: 3,
  output: 5,
  inputAudio: 0,
  outputAudio: 0,
  outputImage: 0,
  reasoning: 1,
  webSearches: 0,
};
const cost = { known: true, picodollars: "15000000", dollars: 0.000015 } as const;
const model = { provider: "rehearsal", name: "rehearsal" };
const call = (id: string) =>
  ({ type: "tool-call", id, name: "look", argumentsText: '{"at":1}', input: { at: 1 } }) as const;
const result = (callId: string, said: string) =>
  ({ type: "tool-result", callId, name: "look", content: [text(said)] }) as const;
const long = "a long text, which is kept outside its row; ".repeat(200);

/** A session in which every kind of entry, and of part, stands. Never changed: files of version 1 hold it. */
export const golden: readonly JournalEntry[] = [
  {
    type: "begin",
    model,
    system: [text("Be brief.")],
    budget: { dollars: 0.5, tokens: 100_000, responses: 50, toolCalls: 20, wallTimeMs: 60_000 },
    messages: [
      { role: "user", parts: [text("before")] },
      { role: "assistant", parts: [text("well")] },
    ],
    ...of,
  },
  { type: "turn-start", ...of },
  {
    type: "message",
    message: {
      role: "user",
      parts: [
        text("What is this? Ääh, \u0000 \u2028 \u{1f600}"),
        { type: "image", source: { kind: "base64", mediaType: "image/png", data: "iVBORw0KGgo=" } },
        { type: "file", name: "a.pdf", source: { kind: "url", url: "https://example.com/a.pdf" } },
      ],
    },
    ...of,
  },
  { type: "call-start", call: 1, reserved: { dollars: "20000000", tokens: "100", responses: "1" }, ...of },
  { type: "call-end", call: 1, how: "free", ...of },
  { type: "call-start", call: 2, reserved: { dollars: "20000000", tokens: "100", responses: "1" }, ...of },
  {
    type: "call-end",
    call: 2,
    how: "answered",
    usage,
    cost,
    charged: { dollars: "15000000", tokens: "15", responses: "1" },
    model: "rehearsal/rehearsal",
    ...of,
  } as JournalEntry,
  {
    type: "message",
    message: {
      role: "assistant",
      parts: [
        { type: "thinking", text: "hm", signature: "sig", protocol: "anthropic-messages" },
        { ...text("I look."), citations: [] },
        call("call_1"),
        call("call_2"),
        { type: "opaque", protocol: "anthropic-messages", value: { type: "new_block", of: ["later"] } },
      ],
    } as never,
    stopReason: "tool_use",
    ...of,
  },
  { type: "tool-calls", count: 2, ...of },
  { type: "tool-start", callId: "call_1", name: "look", ...of },
  { type: "tool-start", callId: "call_2", name: "look", ...of },
  { type: "begin", parent: "aaa-aaaa", model, system: [], hidden: true, ...child },
  { type: "message", message: { role: "user", parts: [text("in a child")] }, ...child },
  { type: "call-start", call: 1, reserved: { dollars: "20000000", tokens: "100", responses: "1" }, ...child },
  {
    type: "call-end",
    call: 1,
    how: "cut",
    usage,
    cost: { known: false, why: "cut off", atLeast: "7" },
    charged: { responses: "0" },
    ...child,
  } as JournalEntry,
  {
    type: "tool-result",
    result: result("call_1", long),
    display: { shown: [1, null, "x"], ["__proto__"]: 1 },
    ...of,
  },
  { type: "tool-result", result: { ...result("call_2", "no"), isError: true }, ...of },
  {
    type: "message",
    message: {
      role: "user",
      parts: [result("call_1", long), { ...result("call_2", "no"), isError: true }, text("go on")],
    },
    ...of,
  },
  { type: "turn-end", end: "cancelled", steps: 1, ...of },
  { type: "begin", from: { conversation: "aaa-aaaa", length: 4 }, model, system: [], ...fork },
  { type: "budget", budget: { responses: 7, dollars: "0.25" }, ...of },
  { type: "compaction", messages: [{ role: "user", parts: [text("a summary")] }], kept: 2, ...of },
  { type: "turn-start", ...of },
  { type: "message", message: { role: "user", parts: [text("next")] }, ...of },
  { type: "call-start", call: 3, reserved: { dollars: "20000000", tokens: "100", responses: "1" }, ...of },
];
