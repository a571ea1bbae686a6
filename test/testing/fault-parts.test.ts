import assert from "node:assert/strict";
import { test } from "node:test";
import type { FaultServer } from "../../src/testing/index.ts";
import { well } from "./outcomes.ts";
import { protocols } from "./protocols.ts";
import { started } from "./started.ts";
import { hello, modelAt, ways } from "../support/ways.ts";

/** Each text in the body of the last request, whatever the protocol calls it. */
function textsOf({ requests }: FaultServer): string[] {
  const texts: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner !== "string") walk(inner);
      else if (key === "text" || key === "content") texts.push(inner);
    }
  };
  walk(requests.at(-1)?.body);
  return texts;
}

for (const protocol of protocols) {
  for (const way of ways) {
    test(`F11, ${protocol}, ${way.name}: arguments that are no JSON are never mended`, async (t) => {
      const texts = ['{"path":"a', "[1]"];
      const plan = texts.map((argumentsText) => ({ fault: "broken-tool-json", argumentsText }) as const);
      const server = await started(t, plan, { protocol });
      const model = modelAt(server.url, { ...way.open(t).options, protocol });
      for (const text of texts) {
        const { toolCalls, stopReason, rawStopReason } = await model.complete(hello);
        const got = toolCalls.map(({ argumentsText }) => argumentsText);
        if (protocol === "gemini") {
          // Its arguments are JSON or there is no call at all.
          assert.deepEqual([got, stopReason, rawStopReason], [[], "unknown", "MALFORMED_FUNCTION_CALL"]);
        } else assert.deepEqual([got, stopReason], [[text], "tool_use"]);
      }
    });

    test(`F12, ${protocol}, ${way.name}: calls of the same id are two calls, each with an id of its own`, async (t) => {
      const server = await started(t, ["duplicate-ids"], { protocol });
      const { toolCalls } = await modelAt(server.url, { ...way.open(t).options, protocol }).complete(hello);
      assert.deepEqual(
        toolCalls.map(({ argumentsText }) => argumentsText),
        ['{"n":1}', '{"n":2}'],
      );
      assert.equal(new Set(toolCalls.map(({ id }) => id)).size, 2);
    });

    test(`F13, ${protocol}, ${way.name}: empty parts are received, and no trouble in the next request`, async (t) => {
      const server = await started(t, ["empty-text"], { protocol });
      const model = modelAt(server.url, { ...way.open(t).options, protocol });
      const { message } = await model.complete(hello);
      const messages = [...hello.messages, message, ...hello.messages];
      assert.equal((await model.complete({ messages })).text, well);
      const texts = textsOf(server);
      // An item that the provider made goes back as it came: thinking before it is refused without it.
      const empty = protocol === "openai-responses";
      assert.ok(texts.includes("hello") && texts.includes("") === empty, texts.join("|"));
    });
  }
}
