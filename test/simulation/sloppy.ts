import { text, type Message, type Part } from "../../src/llm/message.ts";
import type { World } from "./world.ts";

/** Messages as somebody may have kept them who takes no care: calls without results, results without calls, twice the same id. */
export function sloppy(world: World): Message[] {
  const { random } = world;
  return Array.from({ length: random.below(6) }, (): Message => {
    const role = random.pick(["user", "assistant"] as const);
    const parts = Array.from({ length: 1 + random.below(3) }, (): Part => {
      const id = `old_${random.below(3)}`;
      switch (random.below(3)) {
        case 0:
          return text(`Said before, ${world.count()}.`);
        case 1:
          return { type: "tool-call", id, name: "work", argumentsText: '{"n":1}', input: { n: 1 } };
        default:
          return { type: "tool-result", callId: id, name: "work", content: [text("done")] };
      }
    });
    return { role, parts };
  });
}
