import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { Agent } from "../../../src/agent/agent.ts";
import { around } from "../../../src/agent/around.ts";
import type { AgentEvent } from "../../../src/agent/event.ts";
import { hookAround } from "../../../src/agent/hooks/hook-around.ts";
import { readAnswer } from "../../../src/agent/hooks/hook-answer.ts";
import { hookCompanion } from "../../../src/agent/hooks/hook-companion.ts";
import { inHook, openHooks } from "../../../src/agent/hooks/hook-room.ts";
import { runHook } from "../../../src/agent/hooks/run-hook.ts";
import type { Hook, HookEvent } from "../../../src/agent/settings/settings.ts";
import { createConversation } from "../../../src/conversation/conversation.ts";
import { defineTool } from "../../../src/conversation/tool.ts";
import { messageText } from "../../../src/llm/message.ts";
import { redactor } from "../../../src/log/redactor.ts";
import { scripted, type ScriptedStep } from "../../../src/testing/scripted.ts";
import { VirtualClock, virtualSystem } from "../../support/clock.ts";
import { directSandbox } from "../../support/direct-sandbox.ts";
import { folderOf } from "../../support/folder.ts";

type Given = Partial<Record<HookEvent, readonly (Partial<Hook> & { readonly command: string })[]>>;

/** Hooks in a folder of their own; time stands still. */
function hooksOf(t: TestContext, given: Given) {
  const folder = folderOf(t);
  const clock = new VirtualClock();
  const notices: string[] = [];
  const from = (event: HookEvent) =>
    (given[event] ?? []).map((hook) => ({
      value: { match: undefined, timeoutSeconds: 30, outside: false, ...hook },
      from: "project" as const,
    }));
  const sandbox = directSandbox(folder);
  t.after(() => sandbox.close());
  const room = openHooks({
    hooks: { beforeTool: from("beforeTool"), afterTool: from("afterTool"), endOfTurn: from("endOfTurn") },
    sandbox,
    sessionId: "abc-defg",
    notice: (text) => notices.push(text),
    redact: redactor(["a-secret-of-ours"]),
    clock,
    env: { PATH: process.env["PATH"], HOME: folder, SOME_API_KEY: "a-secret-of-ours" },
  });
  return { folder, clock, notices, room };
}

const ran: string[] = [];
const echo = defineTool({
  name: "echo",
  input: { type: "object", properties: { word: { type: "string" } } },
  run: ({ word }) => {
    ran.push(word as string);
    return `it is ${word as string}`;
  },
});
const call = (word: string): ScriptedStep => ({ toolCalls: [{ name: "echo", input: { word } }] });

/** What the model is told of its calls, each as its texts joined by a bar. */
async function told(
  room: ReturnType<typeof hooksOf>["room"],
  ...words: readonly string[]
): Promise<string[]> {
  const conversation = createConversation({
    model: scripted([...words.map(call), "Done."]),
    tools: [around(echo, [hookAround(room)])],
  });
  await conversation.turn("go");
  const parts = conversation.history.toArray().flatMap((message) => message.parts);
  return parts.flatMap((part) =>
    part.type === "tool-result"
      ? part.content.map((each) => (each.type === "text" ? each.text : "")).join(" | ")
      : [],
  );
}

test("a hook is told of the call in JSON, and may deny it, in both ways", async (t) => {
  const { folder, notices, room } = hooksOf(t, {
    beforeTool: [
      { match: ["echo"], command: "cat > told.json" },
      { match: ["other", "sh*"], command: "touch never" },
      {
        command: `grep -q '"word":"bad"' told.json && { echo 'not \u001b[31mthis word' >&2; exit 2; }; exit 0`,
      },
      {
        command: `grep -q '"word":"worse"' told.json && echo '{"decision":"deny","reason":"nor that"}'; exit 0`,
      },
    ],
  });
  ran.length = 0;
  const results = await told(room, "good", "bad", "worse");
  assert.ok(results.slice(1).every((result) => result.startsWith("the project's hook `grep -q")));
  assert.deepEqual(
    results.map((result) => result.replace(/^.* says: /, "")),
    ["it is good", "not this word", "nor that"],
  );
  assert.deepEqual(ran, ["good"]);
  const { callId, ...seen } = JSON.parse(readFileSync(path.join(folder, "told.json"), "utf8")) as Record<
    string,
    unknown
  >;
  assert.equal(typeof callId, "string");
  assert.deepEqual(seen, {
    event: "beforeTool",
    sessionId: "abc-defg",
    folder,
    tool: "echo",
    input: { word: "worse" },
  });
  assert.deepEqual([existsSync(path.join(folder, "never")), notices], [false, []]);
});

test("what hooks say is told to the model behind the result, without secrets and escapes", async (t) => {
  const { folder, room, notices } = hooksOf(t, {
    beforeTool: [{ command: `echo '{"say":"before"}'` }],
    afterTool: [
      { command: `cat > told.json; printf '{"say":"key a-secret-of-ours \\\\u202e!"}'` },
      { command: "echo 'too late' >&2; exit 2" },
    ],
  });
  const [result = ""] = await told(room, "x");
  assert.match(result, /^it is x \| the project's hook `.*` says: before\n\n/);
  assert.match(
    result,
    /says: key \*\*\* ‹U\+202E›!\n\nthe project's hook `echo 'too late' >&2; exit 2` says: too late$/,
  );
  const seen = JSON.parse(readFileSync(path.join(folder, "told.json"), "utf8")) as Record<string, unknown>;
  assert.deepEqual(seen["result"], { text: "it is x", isError: false, cut: false });
  assert.deepEqual(notices, []);
});

test("what is no answer is told to people, and has no effect", async (t) => {
  const { room, notices } = hooksOf(t, {
    beforeTool: [
      { command: "exit 1" },
      { command: "echo oh no >&2; exit 3" },
      { command: "echo formatted 3 files" },
      { command: "echo '[1]'" },
      { command: `echo '{"decision":"maybe"}'` },
      { command: `echo '{"say":1}'` },
      { command: `echo '{"permission":"allow"}'` },
      { command: "kill -9 $$" },
      { command: "exec /there/is/none" },
    ],
  });
  assert.deepEqual(await told(room, "x"), ["it is x"]);
  assert.deepEqual(
    notices.slice(0, -1).map((notice) => notice.replace(/^the project's hook `.*` /, "")),
    [
      "ended with exit code 1: ",
      "ended with exit code 3: oh no",
      "wrote something that is not JSON: formatted 3 files",
      "wrote JSON that is no object",
      "wrote an answer that is none: decision is deny or allow, reason, say and continue are texts",
      "wrote an answer that is none: decision is deny or allow, reason, say and continue are texts",
      "said what is not known: permission",
      "was ended by SIGKILL",
    ],
  );
  assert.match(notices.at(-1) ?? "", /ended with exit code 12[67]/);
});

const input = { event: "beforeTool" };
const never = new AbortController().signal;
const hook = (command: string, more: Partial<Hook> = {}): Hook => ({
  match: undefined,
  command,
  timeoutSeconds: 30,
  outside: false,
  ...more,
});

test("a hook that takes too long is ended, with all that it started", async (t) => {
  const { folder, clock, room } = hooksOf(t, {});
  const running = runHook(
    hook("sleep 600 & sleep 600; touch late", { timeoutSeconds: 7 }),
    input,
    room,
    never,
  );
  await clock.set(7000);
  clock.advance(7000);
  assert.deepEqual(await running, { type: "failed", why: "took more than 7 s and was ended" });
  assert.ok(!existsSync(path.join(folder, "late")));
  assert.equal(clock.pending, 0);
});

test("a hook that writes without end is ended", async (t) => {
  const { room } = hooksOf(t, {});
  const why = "wrote more than 64 KB and was ended";
  assert.deepEqual(await runHook(hook("cat /dev/zero"), input, room, never), { type: "failed", why });
  assert.deepEqual(await runHook(hook("head -c 70000 /dev/zero >&2"), input, room, never), {
    type: "failed",
    why,
  });
  const fits = await runHook(hook("head -c 65536 /dev/zero"), input, room, never);
  assert.equal(fits.type === "exit" && fits.stdout.length, 65536);
});

test("a hook is ended with its call, and need not read what it is told", async (t) => {
  const { clock, room } = hooksOf(t, {});
  const abort = new AbortController();
  const running = runHook(hook("sleep 600"), input, room, abort.signal);
  await clock.set(30_000);
  abort.abort();
  assert.deepEqual(await running, { type: "failed", why: "was ended: the turn is cancelled" });
  const deaf = await runHook(hook("exec <&-; echo '{}'"), { event: "x".repeat(1 << 20) }, room, never);
  assert.equal(deaf.type, "exit");
});

test("a hook outside has the user's rights and none of his keys, and knows that it is a hook", async (t) => {
  const { room } = hooksOf(t, {});
  const print = "env";
  const outside = await runHook(hook(print, { outside: true }), input, room, never);
  assert.ok(outside.type === "exit");
  assert.match(outside.stdout, /^COLLOQUY_HOOK=1$/m);
  assert.doesNotMatch(outside.stdout, /a-secret-of-ours/);
  assert.deepEqual(
    [inHook({ COLLOQUY_HOOK: "1" }), inHook({ COLLOQUY_HOOK: "" }), inHook({})],
    [true, false, false],
  );
});

test("names of tools are matched as a whole, * for any letters", async (t) => {
  const names: readonly (readonly [match: string, matches: boolean])[] = [
    ["echo", true],
    ["ech", false],
    ["*", true],
    ["e*o", true],
    ["ec*ho", true],
    ["ech*ho", false],
    ["*x*", false],
    ["e*c*o", true],
    ["echo*", true],
    ["*echo*echo", false],
  ];
  for (const [match, matches] of names) {
    const { room } = hooksOf(t, { beforeTool: [{ match: [match], command: "exit 2" }] });
    ran.length = 0;
    await told(room, "x");
    assert.equal(ran.length, matches ? 0 : 1, match);
  }
});

test("a hook at the end of a turn has the agent go on, and is not heard for ever", async (t) => {
  const { folder, room } = hooksOf(t, {
    endOfTurn: [{ command: `cat >> told; echo '{"continue":"the tests fail"}'` }],
  });
  const model = scripted(["One.", "Two.", "Three.", "Four.", "Five."]);
  const agent = new Agent({
    converse: (onEvent) => createConversation({ model, machine: virtualSystem(), onEvent }),
    companions: [hookCompanion(room)],
  });
  agent.say("Work.");
  assert.equal((await agent.rest())?.text, "Four.");
  const said = agent.conversation.history.toArray().filter(({ role }) => role === "user");
  assert.match(messageText(said[1] ?? assert.fail()), /says: the tests fail$/);
  const lines = readFileSync(path.join(folder, "told"), "utf8").trim().split("\n");
  const seen = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    seen.map(({ event, text, continued }) => [event, text, continued]),
    [
      ["endOfTurn", "One.", false],
      ["endOfTurn", "Two.", true],
      ["endOfTurn", "Three.", true],
      ["endOfTurn", "Four.", true],
    ],
  );
  await agent.close();
  const events: AgentEvent[] = [];
  for await (const { event } of agent.events()) events.push(event);
  assert.ok(events.some((event) => event.type === "notice" && /4th time/.test(event.text)));
});

test("what a hook only says at the end of a turn is for people", async (t) => {
  const { room, notices } = hooksOf(t, { endOfTurn: [{ command: `echo '{"say":"well done"}'` }] });
  const agent = new Agent({
    converse: (onEvent) =>
      createConversation({ model: scripted(["One."]), machine: virtualSystem(), onEvent }),
    companions: [hookCompanion(room)],
  });
  agent.say("Work.");
  assert.equal((await agent.rest())?.text, "One.");
  await agent.close();
  assert.match(notices.join(), /says: well done$/);
});

test("an answer without a reason is still an answer", () => {
  const exit = (code: number, stdout: string): ReturnType<typeof readAnswer> =>
    readAnswer({ type: "exit", code, stdout, stderr: "" });
  assert.deepEqual(exit(0, ""), {});
  assert.deepEqual(exit(2, ""), { deny: "a hook denies it and does not say why" });
  assert.deepEqual(exit(0, '{"decision":"deny"}'), { deny: "a hook denies it and does not say why" });
  assert.deepEqual(exit(0, '{"decision":"allow","reason":"fine"}'), {});
});
