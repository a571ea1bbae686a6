import type { Fields } from "../conformance/facts.ts";
import { isRecord } from "../conformance/same-request.ts";
import type { ProtocolId } from "../../src/protocols/protocol.ts";
import { word, type Facts } from "./reading.ts";
import type { Wire } from "./wire.ts";

/** A change made on purpose to what we are served, so that the comparison must find it. */
export interface Change {
  readonly name: string;
  /** Where the comparison must find it. */
  readonly shows: "text" | "calls" | "stop reason" | "usage" | "we failed";
  /** Whether an answer has what is changed. */
  has(facts: Facts, wire: Wire): boolean;
  make(wire: Wire): string;
}

export const changes: readonly Change[] = [
  {
    name: "a delta dropped",
    shows: "text",
    // At Responses the end of a stream repeats all of it and mends what was lost.
    has: ({ text }, { streamed, protocol }) => text !== "" && streamed && protocol !== "openai-responses",
    make: (wire) => {
      const blocks = wire.body.split(/(?<=\r\n\r\n|\n\n)/);
      const at = blocks.findIndex((block) =>
        block.startsWith("data") || block.startsWith("event") ? saysText(block) : false,
      );
      return blocks.toSpliced(at, 1).join("");
    },
  },
  {
    name: "a text changed",
    shows: "text",
    has: ({ text }) => text !== "",
    make: (wire) => altered(wire, texts[wire.protocol], (text) => (text === "" ? "" : `${word(text)}~`)),
  },
  {
    name: "a count of tokens changed",
    shows: "usage",
    has: ({ usage }) => usage !== null,
    make: (wire) => altered(wire, [outputs[wire.protocol]], (count) => Number(count) + 1),
  },
  {
    name: "a call's name changed",
    shows: "calls",
    has: ({ calls }) => calls.length > 0,
    make: (wire) => altered(wire, ["name"], (name) => (typeof name === "string" ? `${name}_` : name)),
  },
  {
    name: "a stop reason changed",
    shows: "stop reason",
    has: ({ stop }) => stop !== null,
    make: (wire) => altered(wire, stops[wire.protocol], (stop) => (typeof stop === "string" ? "odd" : stop)),
  },
  {
    name: "the end cut off",
    shows: "we failed",
    has: () => true,
    make: ({ body }) => body.slice(0, body.length / 2),
  },
];

const texts: Readonly<Record<ProtocolId, readonly string[]>> = {
  "anthropic-messages": ["text"],
  "openai-chat": ["content", "text"],
  "openai-responses": ["delta", "text", "refusal"],
  gemini: ["text"],
};

const outputs: Readonly<Record<ProtocolId, string>> = {
  "anthropic-messages": "output_tokens",
  "openai-chat": "completion_tokens",
  "openai-responses": "output_tokens",
  gemini: "promptTokenCount",
};

const stops: Readonly<Record<ProtocolId, readonly string[]>> = {
  "anthropic-messages": ["stop_reason"],
  "openai-chat": ["finish_reason"],
  "openai-responses": ["status", "reason"],
  gemini: ["finishReason", "blockReason"],
};

/** The body with each value under these names replaced, wherever it stands. */
function altered({ body }: Wire, names: readonly string[], change: (value: unknown) => unknown): string {
  const again = (json: string): string => {
    const value: unknown = JSON.parse(json, function (this: unknown, key, value: unknown) {
      const plain = typeof value === "string" || typeof value === "number";
      return plain && names.includes(key) && !isThought(this) ? change(value) : value;
    });
    return JSON.stringify(value);
  };
  if (/^\s*[{[]/.test(body)) return again(body);
  return body.replaceAll(/^data: ?(\{.*\})/gm, (_, json: string) => `data: ${again(json)}`);
}

function isThought(holder: unknown): boolean {
  return isRecord(holder) && holder["thought"] === true;
}

/** Whether an event of a stream says a piece of text, in any of the languages. */
function saysText(block: string): boolean {
  const json = /^data: ?(\{.*\})/m.exec(block)?.[1];
  if (json === undefined) return false;
  const event = JSON.parse(json) as Record<string, Fields | Fields[] | undefined>;
  const delta = event["delta"] as Fields | undefined;
  const [choice] = (event["choices"] ?? []) as { delta?: Fields }[];
  const [candidate] = (event["candidates"] ?? []) as { content?: { parts?: Fields[] } }[];
  const part = candidate?.content?.parts?.find(({ text, thought }) => text !== undefined && thought !== true);
  return [delta?.["text"], choice?.delta?.["content"], part?.["text"]].some(Boolean);
}
