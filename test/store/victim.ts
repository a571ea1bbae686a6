/*
 * A process that is killed: `node victim.ts FILE EFFECTS SEED`. It goes on with the file's session, or begins one, and
 * has turns with tools that may not run twice; each tells the file EFFECTS what it did, durably. Prints what it was told
 * that is written, a line for each message and result.
 */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { createConversation } from "../../src/conversation/conversation.ts";
import { defineTool } from "../../src/conversation/tool.ts";
import { usage } from "../../src/llm/usage.ts";
import { openStore } from "../../src/store/index.ts";
import { hashOf } from "../../src/store/written.ts";
import { scripted } from "../../src/testing/scripted.ts";

const [file = "", effects = "", turns = "5"] = process.argv.slice(2);
const store = await openStore(file);
const [last] = await store.list({ most: 1 });
const session = last === undefined ? await store.create() : await store.resume(last.id);

const log = openSync(effects, "a");
const hit = (name: string, callId: string): void => {
  writeSync(log, `${name} ${callId}\n`);
  fsyncSync(log);
};
const tool = (name: string, readOnly: boolean) =>
  defineTool({
    name,
    input: { type: "object" },
    readOnly,
    run: async (_, { callId }) => {
      if (!readOnly) hit(name, callId);
      await new Promise((resolve) => setImmediate(resolve));
      return `${name} done ${"much output ".repeat(400)}`;
    },
  });

const used = usage({ input: 10, output: 5 });
const talk = createConversation({
  // Every other answer is one with calls; ids are the process's own, as a vendor's are.
  model: scripted((request) => {
    const round = [...request.messages].length;
    const calls = ["write", "look", "write"].map((name, at) => ({
      name,
      input: { round, at },
      id: `${process.pid}_${round}_${at}`,
    }));
    return round % 4 === 1 ? { toolCalls: calls, usage: used } : { text: `round ${round}`, usage: used };
  }),
  tools: [tool("write", false), tool("look", true)],
  journal: session.journal,
  budget: { responses: 1_000_000 },
  onEvent: (event) => {
    if (event.type === "message") tell(`message ${hashOf(JSON.stringify(event.message))}`);
    else if (event.type === "tool-result") tell(`result ${event.callId}`);
    else if (event.type === "turn-end") tell("turn");
  },
});
if (talk.interrupted !== undefined) await talk.turn();
for (let n = 0; n < Number(turns); n++) await talk.turn(`go on ${n}`);
await store.close();
closeSync(log);
tell("end");

/** At once, so that what was said is said. */
function tell(line: string): void {
  writeSync(1, `${line}\n`);
}
