import type { Message, Part } from "./message.ts";

/**
 * Messages whose tool results name their tools, which some vendors pair them by: the name is that of the nearest
 * earlier call with the same id.
 */
export function withResultNames(messages: readonly Message[]): Message[] {
  const names = new Map<string, string>();
  return messages.map((message) => {
    for (const part of message.parts) if (part.type === "tool-call") names.set(part.id, part.name);
    const lacks = (part: Part): boolean => part.type === "tool-result" && part.name === undefined;
    if (!message.parts.some(lacks)) return message;
    const parts = message.parts.map((part): Part => {
      const name = part.type === "tool-result" ? (part.name ?? names.get(part.callId)) : undefined;
      return part.type === "tool-result" && name !== undefined ? { ...part, name } : part;
    });
    return { ...message, parts };
  });
}
