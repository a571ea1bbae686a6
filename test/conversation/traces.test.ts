import assert from "node:assert/strict";
import { test } from "node:test";
import { createConversation } from "../../src/conversation/conversation.ts";
import { openTrace } from "../../src/httprr/index.ts";
import { openModel } from "../../src/providers/open-model.ts";
import { countTraces, firstRequest, neutral, string, trace } from "../support/traces.ts";

/** Two messages each, replayed with nothing changed. */
const conversations = [
  {
    file: "sketch-4f84ab7/llm/conversation/basic_convo.httprr",
    model: "claude-3-7-sonnet-20250219",
    options: { streaming: false, maxOutputTokens: 8192 },
    // 15 x 3 + 31 x 15 = 510, then 54 x 3 + 17 x 15 = 417 micro-dollars.
    usage: [15, 31, 54, 17],
    costs: [510_000_000n, 927_000_000n],
  },
  {
    file: "sketch/llm/conversation/basic_convo.httprr",
    model: "claude-sonnet-4-5-20250929",
    options: { streaming: false, maxOutputTokens: 8192 },
    // 15 x 3 + 22 x 15 = 375, then 45 x 3 + 20 x 15 = 435.
    usage: [15, 22, 45, 20],
    costs: [375_000_000n, 810_000_000n],
  },
  {
    file: "shelley/llm/conversation/basic_convo.httprr",
    model: "claude-sonnet-4-6",
    options: { maxOutputTokens: 128_000 },
    // 15 x 3 + 22 x 15 = 375, then 45 x 3 + 23 x 15 = 480.
    usage: [15, 22, 45, 23],
    costs: [375_000_000n, 855_000_000n],
  },
] as const;

/** One exchange each: system, tools and texts as recorded. Input 3, cache write 3.75, output 15 micro-dollars a token. */
const exchanges = [
  ["sketch-4f84ab7/loop/agent_loop.httprr", [4, 2257, 126], 10_365_750_000n],
  ["sketch/loop/agent_loop.httprr", [3, 3811, 244], 17_960_250_000n],
  [
    "sketch-4f84ab7/dockerimg/testcreatedockerfile_basic_repo_with_readme.httprr",
    [4, 1203, 211],
    7_688_250_000n,
  ],
  ["sketch-4f84ab7/dockerimg/testcreatedockerfile_empty_repo.httprr", [4, 1159, 180], 7_058_250_000n],
  [
    "sketch-4f84ab7/dockerimg/testcreatedockerfile_mention_a_devtool_in_the_readme.httprr",
    [4, 1208, 108],
    6_162_000_000n,
  ],
  ["sketch-4f84ab7/dockerimg/testcreatedockerfile_python_misery.httprr", [4, 1215, 317], 9_323_250_000n],
  [
    "sketch-4f84ab7/dockerimg/testcreatedockerfile_repo_with_readme_and_workflow.httprr",
    [4, 1332, 185],
    7_782_000_000n,
  ],
] as const;

const wanted = conversations.length + exchanges.length;
const absent = [...conversations.map(({ file }) => file), ...exchanges.map(([file]) => file)].filter(
  (name) => trace(name) === undefined,
).length;
if (absent > 0) console.log(`skipped: ${absent} of ${wanted} recorded sessions are not here`);

for (const { file, model, options, usage, costs } of conversations) {
  const path = trace(file);
  test(`${file} replays through a conversation`, { skip: path === undefined }, async (t) => {
    const replay = await openTrace(path ?? "", { mode: "replay", match: "value" });
    t.after(() => replay.close());
    const conversation = createConversation({
      model: openModel(model, { apiKey: "k", fetch: replay.fetch, ...options }),
    });
    const first = await conversation.send("Hi, my name is Cornelius");
    assert.match(first.text, /Cornelius/);
    assert.equal(first.stopReason, "end_turn");
    assert.match(first.requestId ?? "", /^req_/);
    assert.deepEqual([first.usage.input, first.usage.output], usage.slice(0, 2));
    assert.deepEqual(first.cost, { known: true, picodollars: costs[0], dollars: Number(costs[0]) / 1e12 });
    const second = await conversation.send("What is my name?");
    assert.match(second.text, /Cornelius/);
    assert.deepEqual([second.usage.input, second.usage.output], usage.slice(2));
    const total = conversation.usage();
    assert.equal(total.responses, 2);
    assert.equal(total.input, usage[0] + usage[2]);
    assert.equal(total.output, usage[1] + usage[3]);
    assert.deepEqual(total.cost, { known: true, picodollars: costs[1], dollars: Number(costs[1]) / 1e12 });
    assert.equal(conversation.history.length, 4);
    assert.equal(conversation.lastUsage()?.input, usage[2]);
  });
}

for (const [file, [input, cacheWrite5m, output], picodollars] of exchanges) {
  const path = trace(file);
  test(`${file}: its first exchange`, { skip: path === undefined }, async (t) => {
    const body = firstRequest(path ?? "");
    const request = neutral(body);
    for (const match of ["value", "conversation"] as const) {
      const replay = await openTrace(path ?? "", { mode: "replay", match });
      t.after(() => replay.close());
      const model = openModel(string(body["model"]), { apiKey: "k", fetch: replay.fetch, streaming: false });
      const plain = { ...request, maxOutputTokens: 100 };
      const response = await model.complete(match === "value" ? request : plain);
      assert.deepEqual(
        {
          input: response.usage.input,
          cacheWrite5m: response.usage.cacheWrite5m,
          output: response.usage.output,
        },
        { input, cacheWrite5m, output },
      );
      assert.deepEqual(response.cost, { known: true, picodollars, dollars: Number(picodollars) / 1e12 });
      for (const call of response.toolCalls) assert.deepEqual(call.input, JSON.parse(call.argumentsText));
      if (file.includes("dockerimg")) {
        assert.equal(response.stopReason, "tool_use");
        assert.deepEqual(
          response.toolCalls.map(({ name }) => name),
          ["dockerfile"],
        );
      }
    }
  });
}

test("no recorded session is passed over", { skip: absent > 0 }, () => {
  assert.equal(countTraces(), wanted);
});
