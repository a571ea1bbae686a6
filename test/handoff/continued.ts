import { text, toolCalls, userMessage, type Message } from "../../src/llm/message.ts";

/**
 * A history as its session goes on: tools that were called are run, and the user says something more unless it was
 * his turn to be answered already.
 */
export function continued(messages: readonly Message[]): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role === "user") return messages;
  const results = (last === undefined ? [] : toolCalls(last)).map(({ id, name }) => {
    return { type: "tool-result", callId: id, name, content: [text("done")] } as const;
  });
  return [...messages, userMessage(results.length > 0 ? results : "Go on.")];
}
