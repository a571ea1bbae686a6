import type { JsonObject, JsonValue } from "../../llm/json.ts";
import type { AroundCall, CallAround } from "../around.ts";
import { askHooks } from "./ask-hooks.ts";
import type { HookRoom } from "./hook-room.ts";

/** So much of a result is told to a hook, in UTF-16 units. */
const MOST_RESULT = 64 * 1024;

/** The hooks before and after each call. A denied call does not run; what hooks say is told to the model behind its result. */
export function hookAround(room: HookRoom): CallAround {
  const said = new WeakMap<object, readonly string[]>();
  const { beforeTool, afterTool } = room.hooks;
  if (beforeTool.length === 0 && afterTool.length === 0) return {};
  return {
    before: async (call) => {
      const { deny, say } = await askHooks(
        "beforeTool",
        call.tool.name,
        facts(call),
        room,
        call.context.signal,
      );
      if (deny !== undefined) return [deny, ...say].join("\n\n");
      if (say.length > 0) said.set(call, say);
      return undefined;
    },
    after: async (call, { content, isError }) => {
      const text = content.map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join("\n");
      const result: JsonValue = { text: text.slice(0, MOST_RESULT), isError, cut: text.length > MOST_RESULT };
      const asked = { ...facts(call), result };
      const { deny, say } = await askHooks("afterTool", call.tool.name, asked, room, call.context.signal);
      // It has run already: what is left of a no is to be told.
      const all = [...(said.get(call) ?? []), ...say, ...(deny === undefined ? [] : [deny])];
      return all.length === 0 ? undefined : all.join("\n\n");
    },
  };
}

function facts({ tool, input, context }: AroundCall): JsonObject {
  return { tool: tool.name, callId: context.callId, input: (input ?? null) as JsonValue };
}
