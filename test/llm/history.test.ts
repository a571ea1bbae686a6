import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { History } from "../../src/llm/history.ts";
import { userMessage, type Message } from "../../src/llm/message.ts";

const message = fc.string().map((text) => userMessage(text));

test("history: behaves as an array that is copied at each append", () => {
  // Each step goes on from any list there is: a list in the middle is a fork.
  const step = fc.record({ from: fc.nat(), message });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const lists: [History, readonly Message[]][] = [[History.empty, []]];
      for (const { from, message } of steps) {
        const [history, array] = lists[from % lists.length] as [History, readonly Message[]];
        lists.push([history.append(message), [...array, message]]);
      }
      for (const [history, array] of lists) {
        assert.deepEqual(history.toArray(), array);
        assert.deepEqual([...history], array);
        assert.equal(history.length, array.length);
        assert.equal(history.last, array.at(-1));
      }
    }),
  );
});

test("history: forks share what they have in common", () => {
  const shared = History.of([userMessage("a"), userMessage("b")]);
  const one = shared.append(userMessage("c"));
  const two = shared.append(userMessage("d"));
  assert.equal(one.parent, shared);
  assert.equal(two.parent, shared);
  assert.equal(shared.length, 2);
  assert.equal(one.toArray()[0], two.toArray()[0]);
});

test("history: the arrays it gives belong to who asked", () => {
  const history = History.of([userMessage("a")]);
  history.toArray().push(userMessage("b"));
  assert.equal(history.length, 1);
  assert.equal(history.toArray().length, 1);
  assert.equal(History.empty.length, 0);
  assert.deepEqual(History.empty.toArray(), []);
});

test("history: a long one is read without recursion", () => {
  const messages = Array.from({ length: 100_000 }, () => userMessage("x"));
  assert.equal(History.of(messages).toArray().length, 100_000);
});
