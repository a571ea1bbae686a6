import { writeJson } from "../../llm/json.ts";
import type { Message, TextPart } from "../../llm/message.ts";
import type { Request } from "../../llm/request.ts";
import type { Target } from "../protocol.ts";
import { begunItem } from "./content.ts";
import { encodeItems, messageItem } from "./items.ts";
import { encodeSettings } from "./settings.ts";
import type { WireObject } from "./wire.ts";

/** The body up to the first message, without a comma before it: `"input":[`, and behind it the system parts that are items. */
export function encodeHead(request: Request, target: Target): string {
  const { instructions, items } = systemParts(request.system ?? []);
  const { model, stream } = target;
  const head = { model, ...(stream && { stream }), ...instructions, ...encodeSettings(request, target) };
  const leading = items.map((item) => writeJson(item)).join(",");
  return `${writeJson(head).slice(0, -1)},"input":[${leading}`;
}

/** A message as input items, joined by commas; empty when nothing of it can be sent here. */
export function encodeMessage(message: Message, target: Target): string {
  return encodeItems(message, target)
    .map((item) => writeJson(item))
    .join(",");
}

/** The last message carries nothing more than others: this wire has no cache marks. */
export function encodeLastMessage(message: Message, _request: Request, target: Target): string {
  return encodeMessage(message, target);
}

/** System parts are the instructions, but for those that were read as messages and go back as such. */
function systemParts(parts: readonly TextPart[]): {
  instructions: { instructions?: string };
  items: WireObject[];
} {
  const texts: string[] = [];
  const runs: TextPart[][] = [];
  for (const part of parts) {
    if (begunItem(part) !== undefined) runs.push([part]);
    else if (runs.length > 0) runs.at(-1)?.push(part);
    else texts.push(part.text);
  }
  return {
    instructions: texts.length > 0 ? { instructions: texts.join("\n\n") } : {},
    items: runs.map((run) => messageItem("system", run, "input", {})),
  };
}
