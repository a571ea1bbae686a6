import { own, type JsonObject } from "../../llm/json.ts";
import { OpenCall } from "./open-call.ts";
import type { Answer, OpenItem } from "./open-item.ts";
import { OpenMessage } from "./open-message.ts";
import { OpenReasoning } from "./open-reasoning.ts";
import { opaqueItem } from "./read-items.ts";
import { isMessage } from "./wire.ts";

/** Begins an item. */
export function openItem(item: JsonObject, answer: Answer): OpenItem {
  // A message may leave out its type.
  switch (isMessage(item) ? "message" : own(item, "type")) {
    case "message":
      return new OpenMessage(item, answer);
    case "reasoning":
      return new OpenReasoning(item, answer);
    case "function_call":
      return new OpenCall(item, answer);
    default:
      return new OpenOpaque(item, answer);
  }
}

/** The type of the item that an event belongs to, for servers that do not announce it. */
export function impliedItem(type: string): JsonObject | undefined {
  if (/^response\.(?:output_text|refusal|content_part)\./.test(type))
    return { type: "message", role: "assistant" };
  if (type.startsWith("response.reasoning_")) return { type: "reasoning" };
  return type.startsWith("response.function_call_arguments.") ? { type: "function_call" } : undefined;
}

/** An item that has no neutral meaning: kept as received. */
class OpenOpaque implements OpenItem {
  readonly opaque = true;
  readonly #answer: Answer;
  readonly #index: number;
  readonly #begun: JsonObject;

  constructor(item: JsonObject, answer: Answer) {
    this.#answer = answer;
    this.#index = answer.next();
    this.#begun = item;
    answer.emit({ type: "part-start", index: this.#index, part: opaqueItem(item) });
  }

  event(_type: string, event: JsonObject): boolean {
    this.#answer.emit({ type: "part-delta", index: this.#index, kind: "vendor", data: event });
    return true;
  }

  end(item: JsonObject | undefined): void {
    this.#answer.emit({ type: "part-end", index: this.#index, part: opaqueItem(item ?? this.#begun) });
  }
}
