import { isObject, own, rest, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { Part, ThinkingPart } from "../../llm/message.ts";
import { asText, filled } from "./json.ts";
import { ownFields, vendor } from "./media.ts";
import { PROTOCOL, reasoningFields, reasoningProofs } from "./wire.ts";
import type { Target } from "../protocol.ts";

/*
 * Reasoning, which each provider puts elsewhere and wants back where it was. Among the vendor fields of a thinking part
 * `in` names the fields that its text stood in (`content`: a piece of the content, Mistral's way); the others are
 * fields that prove or hide it, or what the piece had beside its text.
 */

/** The fields that a part's text stood in. */
function fieldsOf(part: Part): readonly JsonValue[] {
  const names = ownFields(part)?.["in"];
  return Array.isArray(names) ? names : [];
}

/** Whether thinking goes back as a piece of the content. */
export function isInContent(part: ThinkingPart, target: Target): boolean {
  return target.dialect?.thinkingBack === undefined && fieldsOf(part).includes("content");
}

/** Whether thinking may go back at all: what another protocol said is never sent here. */
export function goesBack(part: ThinkingPart, target: Target): boolean {
  return part.protocol === PROTOCOL && target.dialect?.thinkingKept !== true;
}

/** Mistral's `{type: "thinking", thinking: [{type: "text", text}]}`. */
export function thinkingPiece(part: ThinkingPart): JsonObject {
  const { in: _, ...fields } = ownFields(part) ?? {};
  return { type: "thinking", thinking: [{ type: "text", text: part.text }], ...fields };
}

/** The same piece as a part; undefined for any other. */
export function readThinkingPiece(piece: JsonObject): ThinkingPart | undefined {
  const texts = piece["type"] === "thinking" ? piece["thinking"] : undefined;
  const [only, more] = Array.isArray(texts) ? (texts as readonly JsonValue[]) : [];
  if (!isObject(only) || more !== undefined || only["type"] !== "text" || Object.keys(only).length !== 2)
    return undefined;
  const text = own(only, "text");
  if (typeof text !== "string") return undefined;
  const fields = { ...rest(piece, new Set(["type", "thinking"])), in: ["content"] };
  return { type: "thinking", text, protocol: PROTOCOL, ...vendor(fields) };
}

/** Puts thinking into the members of a message that it came from, or where the provider wants it. */
export function addReasoning(sent: Map<string, JsonValue>, part: ThinkingPart, target: Target): void {
  const back = target.dialect?.thinkingBack;
  const fields = ownFields(part) ?? {};
  const proofs = Object.entries(fields).filter(([name]) =>
    back === undefined ? reasoningProofs.has(name) : name === back,
  );
  const wanted = back === undefined || back === "reasoning_details" || part.text === "" ? [] : [back];
  for (const name of back === undefined ? fieldsOf(part) : wanted) {
    if (typeof name === "string" && name !== "content") sent.set(name, asText(sent.get(name)) + part.text);
  }
  if (back === "reasoning_details" && proofs.length === 0 && part.text !== "") {
    proofs.push([back, [{ type: "reasoning.text", text: part.text }]]);
  }
  for (const [name, value] of proofs) {
    const before = sent.get(name);
    const both = Array.isArray(before) && Array.isArray(value);
    sent.set(name, both ? [...(before as readonly JsonValue[]), ...(value as readonly JsonValue[])] : value);
  }
}

/** A blank in place of thinking that the provider insists on and another model has not left. */
export function demandedThinking(sent: Map<string, JsonValue>, { dialect }: Target): void {
  if (dialect?.thinkingDemanded !== true || dialect.thinkingBack === undefined) return;
  if (!sent.has(dialect.thinkingBack)) sent.set(dialect.thinkingBack, " ");
}

/** A message's reasoning: one part where its fields say the same, with the fields that prove or hide it. */
export function readReasoning(message: JsonObject): ThinkingPart[] {
  const found = reasoningFields.filter((name) => typeof message[name] === "string");
  const proofs = readProofs(message);
  const texts = [...new Set(found.map((name) => message[name] as string))];
  if (texts.length === 0 && proofs !== undefined) texts.push(detailsText(proofs["reasoning_details"]));
  return texts.map((text, at) => ({
    type: "thinking",
    text,
    protocol: PROTOCOL,
    ...vendor({ in: found.filter((name) => message[name] === text), ...(at === 0 && proofs) }),
  }));
}

/** The fields of a message, or of a piece of one, that prove or hide reasoning. */
export function readProofs(message: JsonObject): JsonObject | undefined {
  const found = Object.entries(message).filter(
    ([name, value]) => reasoningProofs.has(name) && value !== null,
  );
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** The readable text of reasoning details, for where no other field says it. */
export function detailsText(details: JsonValue | undefined): string {
  if (!Array.isArray(details)) return "";
  return (details as readonly JsonValue[])
    .map((detail) => (isObject(detail) ? (own(detail, "text") ?? own(detail, "summary")) : undefined))
    .filter(filled)
    .join("");
}
