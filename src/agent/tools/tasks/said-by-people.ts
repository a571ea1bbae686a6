import type { History } from "../../../llm/history.ts";
import { messageText } from "../../../llm/message.ts";

/** So much of what was said is kept, in UTF-16 units: where it began, and where it has come to. */
const MOST_KEPT = 8000;

/** What people said in a conversation, oldest first, each as a quotation; results of tools are none of it. */
export function saidByPeople(history: History): string {
  const all = history
    .toArray()
    .filter(({ role }) => role === "user")
    .map(messageText)
    .filter((said) => said.trim() !== "")
    .join("\n\n")
    .replace(/^/gm, "> ");
  if (all.length <= MOST_KEPT) return all;
  const half = MOST_KEPT / 2;
  return `${all.slice(0, half)}\n[${all.length - MOST_KEPT} characters left out here]\n${all.slice(-half)}`;
}
