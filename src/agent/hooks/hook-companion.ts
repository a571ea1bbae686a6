import type { Companion } from "../companion.ts";
import { askHooks } from "./ask-hooks.ts";
import type { HookRoom } from "./hook-room.ts";

/** The hooks at the end of a turn: what they want goes on as a turn of its own, as often as the agent hears companions. */
export function hookCompanion(room: HookRoom): Companion {
  if (room.hooks.endOfTurn.length === 0) return {};
  let continued = false;
  return {
    afterTurn: async ({ end, text, steps }, _, signal) => {
      const facts = { end, text, steps, continued };
      const { deny, say, goOn } = await askHooks("endOfTurn", undefined, facts, room, signal);
      const all = [...goOn, ...(deny === undefined ? [] : [deny])];
      continued = all.length > 0 && end === "done";
      // What is only said waits for nobody's next turn: it goes along, or is for people.
      if (all.length > 0) return [...say, ...all].join("\n\n");
      for (const each of say) room.notice(each);
      return undefined;
    },
  };
}
