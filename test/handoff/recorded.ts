import { isObject } from "../../src/llm/json.ts";
import type { Message } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";
import { defaultCaps } from "../../src/providers/exchange.ts";
import { plainTarget, readAnswer } from "../conformance/in-memory.ts";
import { readTrace, traceFiles } from "../conformance/read-trace.ts";
import { tracesFolder } from "../conformance/traces-folder.ts";
import { validators, type WireName } from "../support/validators/index.ts";
import { protocols } from "./wires.ts";

/** A recorded conversation: what was asked, with the answer at its end where there was a whole one. */
export interface Recorded {
  readonly name: string;
  readonly from: WireName;
  readonly request: Request;
  readonly messages: readonly Message[];
  /** The rules that the recorded request breaks itself; see leniencies.ts. */
  readonly faults: ReadonlySet<string>;
}

/** All recorded conversations that differ, in neutral words; none where this machine has no traces. */
export async function recorded(): Promise<Recorded[]> {
  if (tracesFolder === undefined) return [];
  const found = new Map<string, Recorded>();
  for (const file of traceFiles(tracesFolder)) {
    const trace = readTrace(file, tracesFolder);
    if ("reason" in trace || !Object.hasOwn(protocols, trace.protocol)) continue;
    const from = trace.protocol as WireName;
    const protocol = protocols[from];
    for (const [index, exchange] of trace.exchanges.entries()) {
      if (!isObject(exchange.request)) continue;
      const { pathname = "", search = "" } = URL.parse(exchange.url) ?? {};
      const { request } = protocol.readRequest(exchange.request, pathname + search);
      const chunks = [new TextEncoder().encode(exchange.body)];
      const target = { ...plainTarget, dialect: { endMark: "sometimes" } } as const;
      const { answer } = await readAnswer(protocol, { ...exchange, chunks }, defaultCaps, target);
      const messages = [...request.messages, ...(answer === undefined ? [] : [answer.message])];
      const key = JSON.stringify([from, messages, request.tools, request.system]);
      const faults = new Set(validators[from](exchange.request).map((fault) => fault.split(" ", 1)[0] ?? ""));
      found.set(key, { name: `${trace.name} #${index + 1}`, from, request, messages, faults });
    }
  }
  return [...found.values()];
}
