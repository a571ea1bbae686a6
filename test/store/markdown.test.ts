import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { JournalEntry, Written } from "../../src/conversation/journal.ts";
import { text, type Message, type Part, type ResultPart } from "../../src/llm/message.ts";
import { sessionMarkdown } from "../../src/store/markdown.ts";

const info = {
  id: "abc-defg",
  title: "Ships",
  created: Date.UTC(2026, 0, 2, 3, 4, 5),
  updated: 0,
  folder: "/home/me",
  model: "anthropic/claude",
  messages: 2,
  origin: "",
};

const entry = (written: Written, conversation = "abc-defg"): JournalEntry => ({
  ...written,
  conversation,
  at: 0,
});
const begin = (system = "", messages: readonly Message[] = []): JournalEntry =>
  entry({
    type: "begin",
    model: { provider: "anthropic", name: "claude" },
    system: system === "" ? [] : [text(system)],
    ...(messages.length > 0 && { messages }),
  });
const says = (role: Message["role"], ...parts: readonly Part[]): JournalEntry =>
  entry({ type: "message", message: { role, parts } });

function page(...entries: readonly JournalEntry[]): string {
  return sessionMarkdown({ info, entries, damage: [] });
}

test("markdown: a session as a page", () => {
  const usage = {
    input: 11,
    output: 7,
    cacheRead: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    inputAudio: 0,
    outputAudio: 0,
    outputImage: 0,
    reasoning: 0,
    webSearches: 0,
    source: "reported",
  } as const;
  const known = { known: true, picodollars: "138000000", dollars: 0.000138 } as const;
  const call = {
    type: "tool-call",
    id: "1",
    name: "look",
    argumentsText: '{"at":[1]}',
    input: { at: [1] },
  } as const;
  const result = { type: "tool-result", callId: "1", content: [text("It says:\n```\nx\n```")] } as const;
  const printed = page(
    begin("Be brief."),
    says("user", text("What is there?"), {
      type: "image",
      source: { kind: "base64", mediaType: "image/png", data: "AAAA" },
    }),
    entry({ type: "call-start", call: 1 }),
    entry({ type: "call-end", call: 1, how: "answered", usage, cost: known }),
    says("assistant", { type: "thinking", text: "Hm.\n\nI look." }, text("I look:"), call),
    entry({ type: "tool-result", result }),
    says("user", result, text("Go on.")),
    entry({ type: "begin", parent: "abc-defg", model: { provider: "x", name: "y" }, system: [] }, "child"),
    entry({ type: "message", message: { role: "user", parts: [text("not for here")] } }, "child"),
    entry({ type: "compaction", messages: [], kept: 1 }),
    says("assistant", text("That is *all*.")),
  );
  assert.equal(
    printed,
    `# Ships

- session \`abc-defg\`
- begun 2026-01-02T03:04:05.000Z
- in \`/home/me\`
- model \`anthropic/claude\`
- 2 messages

## System

Be brief.

## User

What is there?

*(an image: \`image/png\`, 3 bytes)*

## Model

*Thoughts:*

> Hm.
>
> I look.

I look:

**Call of** \`look\`

\`\`\`json
{
  "at": [
    1
  ]
}
\`\`\`

**Result of** \`look\`

\`\`\`\`
It says:
\`\`\`
x
\`\`\`
\`\`\`\`

## User

Go on.

*(Here a summary took the place of older messages.)*

## Model

That is *all*.

---

1 answer, 11 tokens in, 7 out. Cost: $0.000138
`,
  );
});

test("markdown: what is not text is named, and what is lost is told", () => {
  const content: ResultPart[] = [
    { type: "file", name: "a`b.pdf", source: { kind: "file-id", id: "file_1" } },
    { type: "opaque", protocol: "gemini", value: {} },
  ];
  const printed = sessionMarkdown({
    info: { ...info, title: "", folder: "", model: "", origin: "xyz-wxyz" },
    entries: [
      begin("", [
        { role: "user", parts: [{ type: "image", source: { kind: "url", url: "https://x.example/a.png" } }] },
      ]),
      says(
        "assistant",
        { type: "thinking", text: "", encrypted: "x" },
        { type: "tool-call", id: "1", name: "look", argumentsText: '{"a', input: undefined },
      ),
      says("user", { type: "tool-result", callId: "1", isError: true, content }),
    ],
    damage: [{ seq: 3, damage: "missing" }],
  });
  for (const line of [
    "# Untitled",
    "- session `abc-defg`, a fork of `xyz-wxyz`",
    "- **entries that could not be read and are missing: 1**",
    "*(an image: `https://x.example/a.png`)*",
    "*(thoughts that are not shown)*",
    '```\n{"a\n```',
    "**Error of** `look`",
    "*(a file ``a`b.pdf``: `file_1`)*",
    "*(something that only `gemini` can read)*",
  ]) {
    assert.ok(printed.includes(`${line}\n`), `${line} in\n${printed}`);
  }
  const late = { ...info, created: Number.MAX_SAFE_INTEGER };
  assert.match(sessionMarkdown({ info: late, entries: [], damage: [] }), /- begun at a time that is none/);
  assert.match(sessionMarkdown({ info, entries: [], damage: [] }), /Nothing is known of what it cost/);
});

/** The lines of a page that stand outside all fences, as CommonMark has them. */
function outside(printed: string): string[] {
  const lines: string[] = [];
  let open: string | undefined;
  for (const line of printed.split("\n")) {
    const [, fence, behind = ""] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (open !== undefined) {
      if (fence?.startsWith(open) === true && behind.trim() === "") open = undefined;
    } else if (fence !== undefined && !(fence.startsWith("`") && behind.includes("`"))) open = fence;
    else lines.push(line);
  }
  assert.equal(open, undefined, "a fence is left open");
  return lines;
}

const nasty = fc
  .array(
    fc.constantFrom(
      "`",
      "``",
      "```",
      "````",
      "~~~",
      "\n",
      "\n```",
      "js",
      " ",
      "<!--",
      "<script>",
      "text",
      "\u001b[2J",
      "\r\n",
    ),
    {
      maxLength: 30,
    },
  )
  .map((pieces) => pieces.join(""));

test("markdown: whatever is said, what comes after it is seen", () => {
  fc.assert(
    fc.property(nasty, nasty, nasty, nasty, (system, said, argumentsText, given) => {
      const call = { type: "tool-call", id: "1", name: given, argumentsText, input: undefined } as const;
      const result = { type: "tool-result", callId: "1", content: [text(given)] } as const;
      const printed = page(
        begin(system),
        says("user", text(`q ${said}`)),
        says("assistant", { type: "thinking", text: said }, text(`a ${said}`), call),
        says("user", result, text("the end")),
      );
      const lines = outside(printed);
      assert.equal(lines.filter((line) => line === "## Model").length, 1);
      assert.equal(lines.filter((line) => line === "## User").length, 2);
      assert.ok(lines.includes("the end"));
      assert.equal(lines.filter((line) => line.startsWith("**Call of**")).length, 1);
      assert.equal(lines.filter((line) => line.startsWith("**Result of**")).length, 1);
      for (const line of lines) assert.doesNotMatch(line, /^ {0,3}<(?:!--|script)/);
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(printed, /[\u001b\r]/);
    }),
  );
});

test("markdown: a title is a title and nothing else", () => {
  const printed = sessionMarkdown({
    info: { ...info, title: "a\n# b <script> [x](y) `c` \u202e" },
    entries: [],
    damage: [],
  });
  assert.equal(printed.split("\n")[0], "# a \\# b \\<script\\> \\[x\\](y) \\`c\\`");
});
