import assert from "node:assert/strict";
import { test } from "node:test";
import { thinksByItself } from "../../../../src/agent/tools/tasks/think-tool.ts";
import { workTools } from "../../../../src/agent/tools/tasks/work-tools.ts";
import { openModel } from "../../../../src/providers/open-model.ts";
import { toolBench } from "../../../support/tool-room.ts";
import { calls, script, workBench } from "./bench.ts";

test("a list of things to do is told to people, whole each time, and kept in the history", async (t) => {
  const b = workBench(t);
  const items = [
    { text: "look\u202e around", status: "done" },
    { text: "mend it", status: "doing" },
    { text: "test it", status: "open" },
  ];
  await b.conversation.turn(
    script(
      calls("todo", { items }),
      calls("todo", { items: [...items, { text: "more", status: "doing" }] }),
      calls("todo", { items: [{ text: "x", status: "started" }] }),
      "echo: over",
    ),
  );
  const [first = "", second = "", third = ""] = b.told();
  assert.equal(first, "noted: 1 open, 1 being done, 1 done");
  assert.equal(second, "noted: 1 open, 2 being done, 1 done; better do one thing at a time");
  assert.match(third, /do not fit todo/);
  const told = b.events.flatMap((event) => (event.type === "todo" ? [event.items] : []));
  assert.deepEqual(
    told.map(({ length }) => length),
    [3, 4],
  );
  assert.deepEqual(told[0]?.[0], { text: "look‹U+202E› around", status: "done" });
});

test("a thought is noted, and not offered to a model that thinks by itself", async (t) => {
  const b = workBench(t);
  await b.conversation.turn(script(calls("think", { thought: "why?" }), "echo: over"));
  assert.deepEqual(b.told(), ["noted"]);
  const { room } = toolBench(t);
  const names = (name: string): string[] =>
    workTools({ room, model: openModel(name, { apiKey: "k", env: {} }).info }).map((tool) => tool.name);
  assert.deepEqual(names("gpt-4o"), ["todo", "think", "keyword_search", "done"]);
  assert.deepEqual(names("gpt-5.1"), ["todo", "keyword_search", "done"]);
});

test("who thinks by itself is known of the models that are told by effort", () => {
  const info = { name: "any", provider: "any", protocol: "none" };
  assert.equal(thinksByItself(info), false);
  assert.equal(thinksByItself({ ...info, thinking: "budget" }), false);
  assert.equal(thinksByItself({ ...info, thinking: "adaptive" }), true);
});
