// Run by retained.test.ts: `node old-bytes.ts` prints how many bytes of each of many turns got among the old objects, which
// only a big collection takes away.

import { getHeapSpaceStatistics } from "node:v8";
import { createConversation } from "../../src/conversation/conversation.ts";
import type { Dispatcher } from "../../src/providers/dispatcher-transport.ts";
import * as say from "../support/answers.ts";
import { collectGarbage } from "../support/heap.ts";
import { modelAt } from "../support/ways.ts";

const TURNS = 2000;

type Handler = Record<
  "onRequestStart" | "onResponseStart" | "onResponseData" | "onResponseEnd",
  (...args: readonly unknown[]) => void
>;

const bytes = Buffer.from(say.stream("One.", "Two."));
const control = { abort: () => undefined, pause: () => undefined, resume: () => undefined };
const dispatch: Dispatcher["dispatch"] = (_, given) => {
  const handler = given as Handler;
  setImmediate(() => {
    handler.onRequestStart(control);
    handler.onResponseStart(control, 200, { "content-type": "text/event-stream" });
    handler.onResponseData(control, bytes);
    handler.onResponseEnd(control);
  });
  return true;
};
const model = modelAt("http://127.0.0.1:1", { dispatcher: { dispatch } });

await turns(TURNS);
collectGarbage();
const before = oldBytes();
await turns(TURNS);
// A big collection meanwhile makes it less, never more.
console.log(Math.max(0, Math.round((oldBytes() - before) / TURNS)));

async function turns(times: number): Promise<void> {
  for (let n = 0; n < times; n++) await createConversation({ model }).turn("hello");
}

function oldBytes(): number {
  const old = getHeapSpaceStatistics().find((space) => space.space_name === "old_space");
  if (old === undefined) throw new Error("there is no old space");
  return old.space_used_size;
}
