import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigurationError } from "../../src/llm/errors.ts";
import { History } from "../../src/llm/history.ts";
import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import type { Request } from "../../src/llm/request.ts";
import { encode, type Protocol, type Target } from "../../src/protocols/protocol.ts";
import { WireBodies } from "../../src/providers/wire-body.ts";
import { wires } from "../handoff/wires.ts";
import { message, settings } from "./support/arbitrary.ts";

const target: Target = { model: "claude-test", stream: true, maxOutputTokens: 4096, thinking: "adaptive" };

interface Body {
  messages: { role: string; content: { type: string }[] }[];
}

test("anthropic encode: any request becomes JSON, without empty texts, holes or half characters", () => {
  fc.assert(
    fc.property(settings, fc.array(message, { maxLength: 5 }), (settings, messages) => {
      const text = encode(anthropicMessages, { ...settings, messages }, target);
      const body = JSON.parse(text) as Body;
      assert.ok(!/\p{Surrogate}/u.test(text) && !/(?<!\\)(?:\\\\)*\\ud[89a-f]/i.test(text));
      for (const { role, content } of body.messages) {
        assert.ok(role === "user" || role === "assistant");
        assert.ok(content.length > 0);
        for (const block of content) {
          assert.ok(typeof block === "object" && block !== null);
          if (block.type === "text" && "text" in block) assert.notEqual(block.text, "");
        }
      }
    }),
    { numRuns: 1000 },
  );
});

/** One step of a conversation's life: a message is appended to some history there is, or some history is sent. */
const step = fc.oneof(
  fc.record({ do: fc.constant("append" as const), at: fc.nat(), message }),
  fc.record({
    do: fc.constant("send" as const),
    at: fc.nat(),
    which: fc.nat(),
    maxOutputTokens: fc.option(fc.constantFrom(1000, 2000), { nil: undefined }),
  }),
);

function joined(segments: readonly Uint8Array[]): string {
  return Buffer.concat(segments).toString("utf8");
}

/** Whether a language has words for these settings. */
function canSay(protocol: Protocol, beside: Omit<Request, "messages">, target: Target): boolean {
  try {
    protocol.head({ ...beside, messages: [] }, target);
    return true;
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return false;
  }
}

const languages = [...new Map(wires.map((wire) => [wire.protocol.id, wire])).values()];

for (const { protocol, target } of languages) {
  test(`${protocol.id} bodies: the same as encoding everything anew, whatever was appended, forked and sent before`, () => {
    // Settings that come again, as those of a conversation do: what was made of them is used again.
    const sayable = settings.filter((each) => canSay(protocol, each, target));
    const several = fc.array(sayable, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(several, fc.array(step, { maxLength: 40 }), (several, steps) => {
        const bodies = new WireBodies(protocol, target);
        const histories = [History.empty];
        const sent: [segments: readonly Uint8Array[], body: string][] = [];
        for (const step of steps) {
          const history = histories[step.at % histories.length] ?? History.empty;
          if (step.do === "append") histories.push(history.append(step.message));
          else {
            const { maxOutputTokens } = step;
            const own = maxOutputTokens === undefined ? {} : { maxOutputTokens };
            const beside = { ...several[step.which % several.length], ...own };
            const segments = bodies.body({ ...beside, messages: history });
            const body = joined(segments);
            assert.equal(body, encode(protocol, { ...beside, messages: history.toArray() }, target));
            sent.push([segments, body]);
          }
        }
        // A body may still be on its way while others are made.
        for (const [segments, body] of sent) assert.equal(joined(segments), body);
      }),
      { numRuns: 300 },
    );
  });
}

test("wire bodies: what stands before the messages is encoded once, and anew when it is another", () => {
  let heads = 0;
  const counting: Protocol = {
    ...anthropicMessages,
    head: (request, to) => {
      heads++;
      return anthropicMessages.head(request, to);
    },
  };
  const bodies = new WireBodies(counting, target);
  const tools = [{ name: "look", inputSchema: { type: "object" } }];
  const others = [{ name: "touch", inputSchema: { type: "object" } }];
  let messages = History.empty;
  const made = (beside: Omit<Request, "messages">): number => {
    messages = messages.append({ role: "user", parts: [{ type: "text", text: "on" }] });
    const before = heads;
    const body = joined(bodies.body({ ...beside, messages }));
    assert.equal(body, encode(anthropicMessages, { ...beside, messages: messages.toArray() }, target));
    return heads - before;
  };
  assert.equal(made({ tools }), 1);
  assert.equal(made({ tools }), 0);
  assert.equal(made({ tools: others }), 1);
  assert.equal(made({ tools }), 0, "conversations may take turns");
  assert.equal(made({ tools, maxOutputTokens: 100 }), 1, "one more");
  assert.equal(made({ tools, maxOutputTokens: 200 }), 1, "another value");
  assert.equal(made({ tools }), 1, "one less");
  tools.push({ name: "see", inputSchema: { type: "object" } });
  assert.equal(made({ tools }), 1, "one more in the same list");
  assert.equal(made({}), 1);
  assert.equal(made({}), 0);
});

test("wire bodies: a message is encoded once for all requests and forks that hold it", () => {
  const encoded = new Map<unknown, number>();
  const counting = {
    ...anthropicMessages,
    message: (each: Parameters<typeof anthropicMessages.message>[0]) => {
      encoded.set(each, (encoded.get(each) ?? 0) + 1);
      return anthropicMessages.message(each, target);
    },
  };
  const bodies = new WireBodies(counting, target);
  let history = History.empty;
  for (let turn = 0; turn < 50; turn++) {
    history = history.append({
      role: turn % 2 === 0 ? "user" : "assistant",
      parts: [{ type: "text", text: `${turn}` }],
    });
    bodies.body({ messages: history });
    const fork = history.append({ role: "user", parts: [{ type: "text", text: "fork" }] });
    bodies.body({ messages: fork });
  }
  assert.equal(encoded.size, 50);
  assert.deepEqual(new Set(encoded.values()), new Set([1]));
});

test("wire bodies: growing past a buffer, in characters of up to four bytes", () => {
  const bodies = new WireBodies(anthropicMessages, target);
  const sent: [readonly Uint8Array[], string][] = [];
  let history = History.empty;
  for (let turn = 0; turn < 30; turn++) {
    const text = "é€😀".repeat(turn * 50) + turn;
    history = history.append({ role: "user", parts: [{ type: "text", text }] });
    const segments = bodies.body({ messages: history, cache: {} });
    sent.push([segments, encode(anthropicMessages, { messages: history, cache: {} }, target)]);
  }
  for (const [segments, body] of sent) assert.equal(joined(segments), body);
});
