import assert from "node:assert/strict";

import type { RequestEvent, ResponseEvent, RetryEvent, StreamEvent, WaitEvent } from "../../src/llm/event.ts";
import { Fold } from "../../src/llm/fold.ts";
import { userMessage, type Message } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";
import type { Response } from "../../src/llm/response.ts";
import type { Model } from "../../src/providers/model.ts";
import type { Clock } from "../../src/providers/system.ts";

/** A clock whose timers are due at once: time passes only by being waited for. */
export function instantClock(): Clock & { readonly waits: number[] } {
  let elapsed = 0;
  const waits: number[] = [];
  return {
    waits,
    now: () => 1_000_000 + elapsed,
    monotonic: () => elapsed,
    timer: (ms, callback) => {
      waits.push(ms);
      let set = true;
      queueMicrotask(() => {
        if (!set) return;
        elapsed += ms;
        callback();
      });
      return () => {
        set = false;
      };
    },
  };
}

/** A request with one line in it. */
export function line(text: string, rest: Partial<Request> = {}): Request {
  return { messages: [userMessage(text)], ...rest };
}

/** Tools by name, each with a command for its argument. */
export function tools(...names: readonly string[]): NonNullable<Request["tools"]> {
  const inputSchema = { type: "object", properties: { command: { type: "string" } }, required: ["command"] };
  return names.map((name) => ({ name, inputSchema }));
}

/** The results of a response's calls, as an engine sends them back. */
export function results(response: Response): Message {
  return userMessage(
    response.toolCalls.map(({ id }) => ({
      type: "tool-result",
      callId: id,
      content: [{ type: "text", text: "ok" }],
    })),
  );
}

/** Everything that happens in an exchange; what it throws is part of it. */
export async function watch(
  model: Model,
  request: Request,
): Promise<{ readonly events: readonly StreamEvent[]; readonly error?: unknown }> {
  const events: StreamEvent[] = [];
  try {
    for await (const event of model.stream(request)) events.push(event);
    return { events };
  } catch (error) {
    return { events, error };
  }
}

/** Checks the order of a stream: the contract of `llm/event.ts`, for one that may have failed. */
export function assertWellFormed(events: readonly StreamEvent[], failed: boolean): void {
  const types = events.map((event) => event.type);
  const parts = new Map<number, "open" | "done">();
  const fold = new Fold();
  let attempts = 0;
  let phase = "before";
  for (const event of events) {
    if (event.type === "request") assert.equal(event.attempt, ++attempts);
    if (event.type === "retry") assert.equal(event.attempt, attempts);
    if (event.type === "request" || event.type === "retry") assert.equal(phase, "before");
    if (event.type === "start") {
      assert.equal(phase, "before");
      phase = "started";
    }
    if (event.type === "part-start") {
      assert.equal(event.index, parts.size);
      parts.set(event.index, "open");
    }
    if (event.type === "part-delta" || event.type === "part-end")
      assert.equal(parts.get(event.index), "open");
    if (event.type === "part-end") parts.set(event.index, "done");
    if (event.type === "stop") phase = "stopped";
    else if (!isAround(event)) assert.equal(phase, "started");
    if (!isAround(event)) fold.push(event);
  }
  assert.equal(types[0], "request");
  assert.equal(types.includes("response"), !failed);
  if (failed) return;
  assert.deepEqual(types.slice(-2), ["stop", "response"]);
  assert.ok([...parts.values()].every((state) => state === "done"));
  const last = events.at(-1);
  assert.ok(last?.type === "response");
  const { id, model, message, usage, stop } = fold.result();
  const { response } = last;
  assert.deepEqual(
    { id, model, message, usage, reason: stop.reason, raw: stop.raw },
    {
      id: response.id,
      model: response.model,
      message: response.message,
      usage: response.usage,
      reason: response.stopReason,
      raw: response.rawStopReason,
    },
  );
}

/** Whether an event is about attempts, and not about what is answered. */
function isAround(event: StreamEvent): event is RequestEvent | RetryEvent | WaitEvent | ResponseEvent {
  return ["request", "retry", "wait", "response"].includes(event.type);
}
