import assert from "node:assert/strict";
import { test } from "node:test";

import { ModelError } from "../../src/llm/errors.ts";
import type { JsonValue } from "../../src/llm/json.ts";
import { rehearsal } from "../../src/testing/index.ts";
import { grammar, hint } from "../../src/providers/rehearsal/grammar.ts";
import { assertWellFormed, instantClock, line, tools, watch } from "./support.ts";

interface Expected {
  readonly text?: string | RegExp;
  readonly thinking?: string;
  /** Names and inputs; `undefined` for arguments that are not JSON. */
  readonly calls?: readonly (readonly [name: string, input: JsonValue | undefined])[];
  readonly stop?: string;
  readonly input?: number;
  readonly source?: string;
  readonly waits?: readonly number[];
  readonly retries?: number;
  readonly error?: readonly [kind: string, retryable: boolean, message: string];
  /** Deltas of a stream that fails. */
  readonly deltas?: number;
}

const sh = (command: string): readonly [string, JsonValue] => ["bash", { command }];

const table: readonly (readonly [line: string, expected: Expected])[] = [
  ["hello", { text: /rehearsal model/ }],
  ["  Hello \n", { text: "Well, hi there!" }],
  ["echo: a  b", { text: "a  b" }],
  ["echo:a", { text: "a" }],
  ["echo:", { text: "" }],
  ["markdown: # A\n\n- b", { text: "# A\n\n- b" }],
  ["think: hard", { thinking: "hard", text: "I thought about it." }],
  ["stream: 3 a b", { text: "a b a" }],
  ["stream: 0", { text: "" }],
  ["stream: 5", { text: /^\w+( \w+){4}$/ }],
  ["stream: many", { text: /could not read.*stream: N/ }],
  ["stream: 1000001", { text: /could not read/ }],
  ["bash: ls -l", { text: "I run: ls -l", calls: [sh("ls -l")] }],
  ["tool: any", { calls: [["any", {}]] }],
  ['tool: any {"a": [1]}', { calls: [["any", { a: [1] }]] }],
  ['tool: any {"a": [1', { calls: [["any", undefined]] }],
  ["tool:", { text: /could not read/ }],
  ["tool smorgasbord", { text: "One of everything.No tool was offered." }],
  [
    "patch: a.txt",
    {
      calls: [
        ["patch", { path: "a.txt", patches: [{ operation: "replace", oldText: "old", newText: "new" }] }],
      ],
    },
  ],
  [
    "patch success",
    {
      calls: [
        [
          "patch",
          {
            path: "rehearsal.txt",
            patches: [{ operation: "overwrite", newText: "Written in a rehearsal.\n" }],
          },
        ],
      ],
    },
  ],
  [
    "patch fail",
    {
      calls: [
        [
          "patch",
          {
            path: "no-such-folder/no-such-file.txt",
            patches: [{ operation: "replace", oldText: "old", newText: "new" }],
          },
        ],
      ],
    },
  ],
  ["patch bad json", { calls: [["patch", { path: "rehearsal.txt", patches: "not a list" }]] }],
  ["big patch", { text: "I change rehearsal.ts." }],
  ["change_dir: /a b", { calls: [["change_dir", { path: "/a b" }]] }],
  ["read_image: a.png", { calls: [["read_image", { path: "a.png" }]] }],
  ["screenshot: #a", { calls: [["screenshot", { selector: "#a" }]] }],
  ["screenshot", { calls: [["screenshot", {}]] }],
  ["subagent: scout look around", { calls: [["subagent", { slug: "scout", prompt: "look around" }]] }],
  ["subagent: scout", { calls: [["subagent", { slug: "scout", prompt: "hello" }]] }],
  ["subagent:", { text: /could not read/ }],
  ["sub_agent: docs echo: hi", { calls: [["sub_agent", { name: "docs", task: "echo: hi" }]] }],
  ["sub_agent: docs", { calls: [["sub_agent", { name: "docs" }]] }],
  ["sub_agent:", { text: /could not read/ }],
  [
    "parallel: sub_agent: a echo: one ;; sub_agent: b echo: two",
    {
      calls: [
        ["sub_agent", { name: "a", task: "echo: one" }],
        ["sub_agent", { name: "b", task: "echo: two" }],
      ],
    },
  ],
  ["error: it broke", { error: ["server", false, "it broke"] }],
  ["fail badly", { error: ["server", true, "badly"], retries: 1 }],
  ["failure", { text: hint }],
  ["maxTokens", { text: "This answer was cut before its", stop: "max_tokens" }],
  ["refusal", { thinking: "I should not do that.", text: "", stop: "refusal" }],
  ["wide tables", { text: /\| Column 16 \|/ }],
  ["citations", { text: /^Rehearsals/ }],
  ["parallel: ls ;; pwd", { calls: [sh("ls"), sh("pwd")] }],
  [
    'parallel:\n{"name": "grep", "input": {"q": ";;"}}\npatch: a\n\ncase a in a) ;; esac\n{"name": 1}',
    {
      calls: [
        ["grep", { q: ";;" }],
        ["patch", { path: "a", patches: [{ operation: "replace", oldText: "old", newText: "new" }] }],
        sh("case a in a) ;; esac"),
        sh('{"name": 1}'),
      ],
    },
  ],
  ["parallel: parallel: ls ;; tool: x", { calls: [sh("parallel: ls"), ["x", {}]] }],
  ["parallel: ;;", { text: /could not read/ }],
  ["delay: 1.5", { text: "I waited for 1.5 seconds.", waits: [1500] }],
  ["delay: 2 ;; echo: a", { text: "a", waits: [2000] }],
  ["delay: -1", { text: /could not read/ }],
  ["delay: 1e9", { text: /could not read/ }],
  [
    "usage: in=1000 out=5 cacheRead=7 cacheWrite=2 ;; echo: a",
    { text: "a", input: 1000, source: "reported" },
  ],
  ["usage: none ;; echo: a", { text: "a", input: 0, source: "unknown" }],
  ["usage: none", { text: /reported/, source: "unknown" }],
  ["usage: in=x", { text: /could not read/ }],
  ["usage: source=1", { text: /could not read/ }],
  ["stop: pause ;; echo: a", { text: "a", stop: "pause" }],
  ["stop: content_filter", { text: /content_filter/, stop: "content_filter" }],
  ["stop: end_turn ;; bash: ls", { calls: [sh("ls")], stop: "end_turn" }],
  ["stop: later ;; echo: a", { text: /could not read.*refusal/ }],
  ["retry: 2 overloaded ;; echo: a", { text: "a", retries: 2, waits: [0, 0] }],
  ["retry: 2 sadness", { text: /could not read/ }],
  ["fail: quota", { error: ["quota", false, "a rehearsed quota error"] }],
  ["fail: 3 rate-limit too fast", { error: ["rate-limit", true, "too fast"], retries: 2 }],
  ["fail: truncated after 4", { error: ["truncated", true, "a rehearsed truncated error"], deltas: 4 }],
  ["fail: overloaded after 2 oh no ;; echo: a b c", { error: ["overloaded", true, "oh no"], deltas: 2 }],
  ["fail: truncated after 0", { error: ["truncated", true, "a rehearsed truncated error"], deltas: 0 }],
  [
    "fail: timeout after 9 ;; echo: a b",
    { error: ["timeout", true, "a rehearsed timeout error"], deltas: 2 },
  ],
  ["fail: sadness", { text: /could not read.*truncated/ }],
  ["fail: 0 server", { text: /could not read/ }],
  [
    "delay: 1 ;; usage: in=3 ;; stop: pause ;; echo: a",
    { text: "a", stop: "pause", input: 3, waits: [1000] },
  ],
  ["stop: refusal ;; maxTokens", { stop: "refusal", text: /cut/ }],
  ["stop: pause ;; what?", { text: hint, stop: "pause" }],
  ["script: echo: a ;; echo: b", { text: "a" }],
  ["script: usage: in=9 ;; echo: a ;; echo: b", { text: "a", input: 9 }],
  ["script:\nparallel: a ;; b\necho: c", { calls: [sh("a"), sh("b")] }],
  ["script:", { text: /could not read.*script:/ }],
  ["script: script: echo: a", { text: /could not read/ }],
  ["next", { text: "There is no script to go on with." }],
  ["help", { text: /^- `hello`: a greeting\n/ }],
  ["what can you do?", { text: hint }],
  ["", { text: hint }],
  ["__proto__", { text: hint }],
];

for (const [said, expected] of table) {
  test(`the line ${JSON.stringify(said.slice(0, 60))}`, async () => {
    const clock = instantClock();
    const { events, error } = await watch(rehearsal({ clock }), line(said));
    assertWellFormed(events, error !== undefined);
    assert.equal(events.filter((event) => event.type === "retry").length, expected.retries ?? 0);
    if (expected.waits !== undefined) assert.deepEqual(clock.waits, expected.waits);
    if (expected.error !== undefined) {
      assert.ok(error instanceof ModelError);
      assert.deepEqual([error.kind, error.retryable, error.message], expected.error);
      const deltas = events.filter((event) => event.type === "part-delta").length;
      assert.equal(deltas, expected.deltas ?? 0);
      assert.equal(
        events.some((event) => event.type === "start"),
        expected.deltas !== undefined,
      );
      return;
    }
    assert.equal(error, undefined);
    const last = events.at(-1);
    assert.ok(last?.type === "response");
    const { response } = last;
    if (typeof expected.text === "string") assert.equal(response.text, expected.text);
    else if (expected.text !== undefined) assert.match(response.text, expected.text);
    const thinking = response.message.parts.find((part) => part.type === "thinking")?.text;
    assert.equal(thinking, expected.thinking);
    if (said !== "big patch") {
      assert.deepEqual(
        response.toolCalls.map((call) => [call.name, call.input]),
        expected.calls ?? [],
      );
    }
    const stop = expected.stop ?? (response.toolCalls.length > 0 ? "tool_use" : "end_turn");
    assert.deepEqual([response.stopReason, response.rawStopReason], [stop, stop]);
    if (expected.input !== undefined) assert.equal(response.usage.input, expected.input);
    assert.equal(response.usage.source, expected.source ?? "reported");
    assert.equal(response.cost.known, response.usage.source === "reported");
  });
}

test("every row of the grammar has a line in the table, and is told by the hint and by help", async () => {
  const { text } = await rehearsal().complete(line("help"));
  for (const { form, does } of grammar) {
    const head = /^[a-z_: ]+?(?=:|$)/i.exec(form.replace(/ [A-Z[n].*/, ""))?.[0] ?? form;
    assert.ok(
      table.some(([said]) => said.trim().startsWith(head)),
      form,
    );
    assert.ok(hint.includes(head), form);
    assert.ok(text.includes(`\`${form}\`: ${does}`), form);
  }
});

test("a call goes to the tool that is offered", async () => {
  const name = async (said: string, ...offered: readonly string[]): Promise<string | undefined> =>
    (await rehearsal().complete(line(said, { tools: tools(...offered) }))).toolCalls[0]?.name;
  assert.equal(await name("bash: ls", "shell"), "shell");
  assert.equal(await name("bash: ls", "shell", "bash"), "bash");
  assert.equal(await name("bash: ls", "read"), "bash");
  assert.equal(await name("patch success", "edit"), "edit");
  assert.equal(await name("subagent: a", "agent"), "agent");
  assert.equal(await name("parallel: ls ;; pwd", "shell"), "shell");
  assert.equal(await name("tool: bash {}", "shell"), "bash");
});

test("the smorgasbord calls each offered tool once, with arguments that its schema allows", async () => {
  const inputSchema = {
    type: "object",
    properties: {
      path: { type: "string" },
      lines: { type: "integer" },
      mode: { enum: ["a", "b"] },
      deep: { type: "object", properties: { all: { type: "boolean" } }, required: ["all"] },
      either: { anyOf: [{ type: "array", items: {} }, { type: "null" }] },
      optional: { type: "string" },
    },
    required: ["path", "lines", "mode", "deep", "either"],
  };
  const offered = [
    ...tools("shell"),
    { name: "other", inputSchema },
    { type: "vendor", protocol: "p", value: { type: "web_search" } } as const,
  ];
  const { toolCalls } = await rehearsal().complete(line("tool smorgasbord", { tools: offered }));
  assert.deepEqual(
    toolCalls.map((call) => [call.name, call.input]),
    [
      ["shell", { command: "echo rehearsal" }],
      ["other", { path: "rehearsal", lines: 1, mode: "a", deep: { all: true }, either: [] }],
    ],
  );
});

test("the big patch writes 200 functions", async () => {
  const { toolCalls } = await rehearsal().complete(line("big patch"));
  assert.equal(toolCalls[0]?.argumentsText.match(/export function/g)?.length, 200);
});

test("sources come with their text", async () => {
  const { message } = await rehearsal().complete(line("citations"));
  const [part] = message.parts;
  assert.equal(part?.type === "text" && part.citations?.length, 2);
});
