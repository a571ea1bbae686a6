import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";
import { encode } from "../../src/protocols/protocol.ts";
import { tracesFolder } from "../conformance/traces-folder.ts";
import { continued } from "./continued.ts";
import { lost } from "./kept.ts";
import { isSendable } from "./preconditions.ts";
import { recorded, type Recorded } from "./recorded.ts";
import { wires, type Wire } from "./wires.ts";

/*
 * Any recorded history goes on with any model: its vendor would refuse nothing in the body, and nothing of the history
 * is lost on the way. So do the histories of sessions that broke off, after any message and after any part of one.
 */

const skip = tracesFolder === undefined && "no traces here";
const histories = await recorded();

function faults(wire: Wire, request: Request): string[] {
  const body: unknown = JSON.parse(encode(wire.protocol, request, wire.target));
  const { system = [], messages } = request;
  return [
    ...wire.check(body),
    ...lost([...messages], system, body).map((what) => `lost: ${what.slice(0, 200)}`),
  ];
}

/** Faults that were recorded: what came over this wire goes back over it as it was. */
function isVerbatim(fault: string, wire: Wire, { from, faults: own }: Recorded): boolean {
  return from === wire.protocol.id && own.has(fault.split(" ", 1)[0] ?? "");
}

for (const wire of wires) {
  test(`handoff: recorded histories to ${wire.name}`, { skip }, () => {
    const found: string[] = [];
    let sent = 0;
    for (const each of histories) {
      const messages = continued(each.messages);
      if (!isSendable(messages)) continue;
      sent++;
      const { system = [], tools = [], toolChoice } = each.request;
      const asked = { system, tools, messages };
      // A tool cannot be forced on every model that thinks.
      const requests = [
        { ...asked, thinking: "high" } as const,
        { ...asked, ...(toolChoice && { toolChoice }) },
      ];
      for (const fault of requests.flatMap((request) => faults(wire, request))) {
        if (!isVerbatim(fault, wire, each)) found.push(`${each.name}: ${fault}`);
      }
    }
    assert.deepEqual(found, []);
    // The others call tools whose results the server kept, or begin with the model.
    assert.ok(sent > histories.length * 0.98, `${sent} of ${histories.length} histories`);
  });

  test(`handoff: recorded histories that broke off, to ${wire.name}`, { skip }, () => {
    const found: string[] = [];
    for (const [each, messages] of brokenOff()) {
      for (const fault of faults(wire, { messages, thinking: "high" })) {
        if (!isVerbatim(fault, wire, each)) found.push(`${each.name}, broken off: ${fault}`);
      }
    }
    assert.deepEqual(found, []);
  });
}

let cuts: [Recorded, readonly Message[]][] | undefined;

/**
 * Each history up to each part of each message, once. Calls that are open at such an end have been answered, which is
 * the business of whoever keeps the history: no wire format can say a call without its result.
 */
function brokenOff(): [Recorded, readonly Message[]][] {
  if (cuts !== undefined) return cuts;
  const found = new Map<string, [Recorded, readonly Message[]]>();
  for (const each of histories) {
    for (const [index, message] of each.messages.entries()) {
      for (let length = 0; length <= message.parts.length; length++) {
        const last = { ...message, parts: message.parts.slice(0, length) };
        const messages = continued([...each.messages.slice(0, index), last]);
        if (isSendable(messages)) found.set(JSON.stringify([each.from, messages]), [each, messages]);
      }
    }
  }
  assert.ok(found.size > 3000, `${found.size} histories that broke off`);
  return (cuts = [...found.values()]);
}
