import type { Message, Part } from "../../src/llm/message.ts";

/*
 * What a history must be before any wire format can say it, and what no encoder can mend, since it sees one message at
 * a time. Each is the business of whoever appends messages.
 */

/** All of them. */
export function isSendable(messages: readonly Message[]): boolean {
  return userBegins(messages) && userEnds(messages) && callsAreAnswered(messages) && idsAreUnique(messages);
}

/** Each call has one result, in the message behind it, and each result a call. A session that was aborted may not. */
function callsAreAnswered(messages: readonly Message[]): boolean {
  return messages.every(({ role, parts }, at) => {
    const before = messages[at - 1];
    const called = role === "user" && before?.role === "assistant" ? ids(before.parts, "tool-call") : [];
    const answered = ids(parts, "tool-result");
    const opens = role === "assistant" && at === messages.length - 1 && ids(parts, "tool-call").length > 0;
    return (
      !opens &&
      (role === "assistant"
        ? answered.length === 0 && !calls(messages[at + 1], parts)
        : same(called, answered))
    );
  });
}

/** Whether an assistant's calls are followed by another message of the assistant. */
function calls(next: Message | undefined, parts: readonly Part[]): boolean {
  return next?.role === "assistant" && ids(parts, "tool-call").length > 0;
}

/** No id is that of two calls. Some vendors begin anew in each answer. */
function idsAreUnique(messages: readonly Message[]): boolean {
  const all = messages.flatMap(({ parts }) => ids(parts, "tool-call"));
  return new Set(all).size === all.length;
}

/** The user speaks first, and says something that every wire can carry. */
function userBegins([first]: readonly Message[]): boolean {
  return first?.role === "user" && first.parts.some(isSayable);
}

/** The user is the last to say something, or to answer a call: a message of nothing is not sent. */
function userEnds(messages: readonly Message[]): boolean {
  const last = messages.at(-1);
  return last?.role === "user" && last.parts.some((part) => part.type === "tool-result" || isSayable(part));
}

function isSayable(part: Part): boolean {
  return part.type === "text" ? part.text.trim() !== "" : part.type === "image" || part.type === "file";
}

function ids(parts: readonly Part[], type: "tool-call" | "tool-result"): string[] {
  return parts.flatMap((part) =>
    part.type !== type
      ? []
      : part.type === "tool-call"
        ? [part.id]
        : part.type === "tool-result"
          ? [part.callId]
          : [],
  );
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify([...a].sort()) === JSON.stringify([...b].sort());
}
