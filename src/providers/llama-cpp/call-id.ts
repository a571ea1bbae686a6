import { toolCalls } from "../../llm/message.ts";
import type { Request } from "../../llm/request.ts";

/** Ids for calls, which the engine does not name: no two calls of a conversation have the same. */
export function callIds(messages: Request["messages"], random: () => number): () => string {
  let taken: Set<string> | undefined;
  return () => {
    taken ??= new Set([...messages].flatMap((message) => toolCalls(message).map(({ id }) => id)));
    const drawn = `call_${Math.floor(random() * 36 ** 9)
      .toString(36)
      .padStart(9, "0")}`;
    let id = drawn;
    for (let again = 2; taken.has(id); again++) id = `${drawn}_${again}`;
    taken.add(id);
    return id;
  };
}
