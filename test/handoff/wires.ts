import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { gemini } from "../../src/protocols/gemini/index.ts";
import { openaiChat } from "../../src/protocols/openai-chat/index.ts";
import { openaiResponses } from "../../src/protocols/openai-responses/index.ts";
import type { Protocol, Target } from "../../src/protocols/protocol.ts";
import { findModel } from "../../src/providers/lookup.ts";
import { check as checkGemini } from "../support/validators/gemini.ts";
import { validators, type WireName } from "../support/validators/index.ts";
import { isJson, show, type Json } from "../support/validators/violations.ts";
import { leniencies } from "./leniencies.ts";

/** Where a history may go on: a model of a vendor's own, as the catalogue has it. */
export interface Wire {
  /** For the names of tests. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly target: Target;
  /** What its vendor would refuse in a body. */
  readonly check: (body: unknown) => string[];
}

export const protocols: Readonly<Record<WireName, Protocol>> = {
  "anthropic-messages": anthropicMessages,
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  gemini,
};

function wire(model: string, check?: Wire["check"]): Wire {
  const { record, provider } = findModel(model);
  const { dialect, protocol: id } = provider;
  const { thinking, name } = record;
  return {
    name: `${name} on ${id}`,
    protocol: protocols[id],
    target: { model: name, stream: true, maxOutputTokens: 16_384, thinking, ...(dialect && { dialect }) },
    check: check ?? validators[id],
  };
}

/**
 * For those who copied OpenAI's language: its rules but for those that they were seen not to have, and for names of
 * calls, which are sent to them as they are; and a rule of their own.
 */
function alike(model: string, own: (message: Json) => boolean): Wire {
  const { protocol } = wire(model);
  const rules = leniencies.filter(
    ({ wire: on, providers }) => on === protocol.id && !providers.test("openai"),
  );
  const loose = new Set(["call-name", ...rules.flatMap((each) => [...each.rules])]);
  return wire(model, (body) => [
    ...validators["openai-chat"](body).filter((fault) => !loose.has(fault.split(" ", 1)[0] ?? "")),
    ...messagesOf(body)
      .filter((message) => !own(message))
      .map((message) => `own-rule $.messages: ${show(message)}`),
  ]);
}

function messagesOf(body: unknown): Json[] {
  const messages: unknown = isJson(body) ? body["messages"] : undefined;
  return Array.isArray(messages) ? messages.filter(isJson) : [];
}

/** `Tool call id was ... but must be a-z, A-Z, 0-9, with a length of 9`, says Mistral. */
function hasNine({ tool_call_id: id, role }: Json): boolean {
  return role !== "tool" || (typeof id === "string" && /^[a-zA-Z0-9]{9}$/.test(id));
}

/** `The reasoning_content in the thinking mode must be passed back to the API`, says DeepSeek. */
function hasThought({ reasoning_content: thought, role }: Json): boolean {
  return role !== "assistant" || (typeof thought === "string" && thought !== "");
}

/** One model of each kind: told to think by a budget, by effort, or not at all; with and without signed calls. */
export const wires: readonly Wire[] = [
  wire("anthropic/claude-sonnet-4-5"),
  wire("anthropic/claude-opus-5"),
  wire("anthropic/claude-3-5-haiku"),
  wire("openai/gpt-4.1"),
  wire("openai/o4-mini"),
  wire("openai/gpt-5.6-sol"),
  alike("mistral", hasNine),
  alike("deepseek", hasThought),
  wire("gemini/gemini-2.5-flash"),
  wire("gemini/gemini-3-flash-preview", (body) => checkGemini(body, { signedCalls: true })),
];
