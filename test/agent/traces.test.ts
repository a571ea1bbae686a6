import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Agent } from "../../src/agent/agent.ts";
import type { AgentEvent } from "../../src/agent/event.ts";
import { createConversation } from "../../src/conversation/conversation.ts";
import { defineTool } from "../../src/conversation/tool.ts";
import { openTrace } from "../../src/httprr/index.ts";
import { openModel } from "../../src/providers/open-model.ts";
import { firstRequest, neutral, string, trace } from "../support/traces.ts";

/*
 * The original's own recorded loops, to their end: its prompt, its tools and what was said are taken from the recording.
 * What its program did in the tools is not in there; those of the image maker hand over their input, and end the turn.
 */
const makers = "sketch-4f84ab7/dockerimg";
const folder = trace(makers);
const files = [
  "sketch-4f84ab7/loop/agent_loop.httprr",
  "sketch/loop/agent_loop.httprr",
  ...(folder === undefined ? [] : readdirSync(folder).map((name) => path.posix.join(makers, name))),
];
const skip = folder === undefined && "the recorded sessions are not here";

test("all loops that were recorded are here", { skip }, () => assert.equal(files.length, 7));

for (const name of files) {
  test(`${name} replays through an agent, to its end`, { skip }, async (t) => {
    const file = trace(name) ?? "";
    const body = firstRequest(file);
    const { system = [], tools = [], messages } = neutral(body);
    const replay = await openTrace(file, { mode: "replay", match: "conversation" });
    t.after(() => replay.close());
    const handed: unknown[] = [];
    const agent = new Agent({
      converse: (onEvent) =>
        createConversation({
          model: openModel(string(body["model"]), { apiKey: "k", fetch: replay.fetch, streaming: false }),
          system,
          tools: tools.map((tool) =>
            tool.type === "vendor"
              ? tool
              : defineTool({
                  name: tool.name,
                  input: tool.inputSchema,
                  endsTurn: true,
                  run: (input) => {
                    handed.push(input);
                    return "taken";
                  },
                }),
          ),
          onEvent,
        }),
      onMistake: (mistake) => assert.fail(mistake),
    });
    const [question] = [...messages];
    agent.say(question?.parts ?? []);
    const outcome = await agent.rest();
    await agent.close();
    const events: AgentEvent[] = [];
    for await (const { event } of agent.events()) events.push(event);
    const end = events.at(-1);
    const asked = name.startsWith(makers);
    assert.equal(outcome?.end, asked ? "tool" : "done");
    assert.equal(outcome?.steps, 1);
    assert.deepEqual([end?.type, agent.state.phase, agent.state.running], ["turn-end", "idle", []]);
    assert.equal(handed.length, asked ? 1 : 0);
    if (!asked) assert.match(outcome?.text ?? "", /bash/);
    const { cost, toolUses } = agent.conversation.usage();
    assert.ok(cost.known && cost.picodollars > 0n);
    assert.deepEqual(toolUses, asked ? { dockerfile: 1 } : {});
  });
}
