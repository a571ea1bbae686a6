import type { JsonObject } from "../../llm/json.ts";
import type { From } from "../settings/resolve-settings.ts";
import type { Hook, HookEvent } from "../settings/settings.ts";
import { inOneLine } from "../text/file-text.ts";
import { capLine } from "../text/cap-lines.ts";
import { readAnswer } from "./hook-answer.ts";
import type { HookRoom } from "./hook-room.ts";
import { runHook } from "./run-hook.ts";

/** What the hooks of a moment say together. */
interface Asked {
  /** The first that said no; those after it were not asked. */
  readonly deny: string | undefined;
  readonly say: readonly string[];
  readonly goOn: readonly string[];
}

/** Asks the hooks of a moment one after another, the user's first. */
export async function askHooks(
  event: HookEvent,
  tool: string | undefined,
  facts: JsonObject,
  room: HookRoom,
  signal: AbortSignal,
): Promise<Asked> {
  const [say, goOn]: [string[], string[]] = [[], []];
  const { sandbox, sessionId, notice, redact = (text: string) => text } = room;
  const input: JsonObject = { event, sessionId, folder: sandbox.workspace, ...facts };
  for (const each of room.hooks[event]) {
    if (signal.aborted) break;
    if (!isMeant(each.value, tool)) continue;
    const answer = readAnswer(await runHook(each.value, input, room, signal));
    const name = nameOf(each);
    if (answer.problem !== undefined) {
      const problem = `${name} ${answer.problem}`;
      notice(redact(problem, problem.length));
    }
    const said = (text: string): string => `${name} says: ${redact(text, text.length)}`;
    if (answer.say !== undefined) say.push(said(answer.say));
    if (answer.goOn !== undefined) goOn.push(said(answer.goOn));
    if (answer.deny !== undefined) return { deny: said(answer.deny), say, goOn };
  }
  return { deny: undefined, say, goOn };
}

function isMeant({ match }: Hook, tool: string | undefined): boolean {
  if (match === undefined || tool === undefined) return true;
  return match.some((name) => isLike(tool, name.split("*")));
}

/** Whether a name has these pieces in this order, with anything between them. */
function isLike(name: string, [first = "", ...rest]: readonly string[]): boolean {
  if (!name.startsWith(first)) return false;
  const last = rest.pop();
  if (last === undefined) return name === first;
  let at = first.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

function nameOf({ value, from }: From<Hook>): string {
  const whose = from === "user" ? "the user's" : "the project's";
  return `${whose} hook \`${capLine(inOneLine(value.command), 80)}\``;
}
