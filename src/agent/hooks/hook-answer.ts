import { isObject, type JsonValue } from "../../llm/json.ts";
import { fileText } from "../text/file-text.ts";
import { plainText } from "../text/terminal-text.ts";
import type { HookEnd } from "./run-hook.ts";

/** What a hook wants. */
export interface HookAnswer {
  /** Why the call may not run, or the turn is not over. */
  readonly deny?: string;
  /** To be told to the model. */
  readonly say?: string;
  /** At the end of a turn: what the model is to go on with. */
  readonly goOn?: string;
  /** What is wrong with the hook, for people; goes on from its name. */
  readonly problem?: string;
}

/** By this exit code a hook says no; why, it writes to its stderr. */
const DENY = 2;

const members: ReadonlySet<string> = new Set(["decision", "reason", "say", "continue"]);

/** Reads how a hook ended. What is no answer has no effect but to be told of. */
export function readAnswer(end: HookEnd): HookAnswer {
  if (end.type === "failed") return { problem: end.why };
  const { code, stdout, stderr } = end;
  if (code === DENY) return { deny: plain(stderr) || "a hook denies it and does not say why" };
  if (code !== 0)
    return { problem: `ended with exit code ${code}: ${firstLine(stderr) || firstLine(stdout)}` };
  if (stdout.trim() === "") return {};
  let said: JsonValue;
  try {
    said = JSON.parse(stdout) as JsonValue;
  } catch {
    return { problem: `wrote something that is not JSON: ${firstLine(stdout)}` };
  }
  if (!isObject(said)) return { problem: "wrote JSON that is no object" };
  const unknown = Object.keys(said).filter((key) => !members.has(key));
  const { decision, reason, say, continue: goOn } = said;
  const strange = [reason, say, goOn].some((text) => text !== undefined && typeof text !== "string");
  if (strange || !(decision === undefined || decision === "deny" || decision === "allow"))
    return {
      problem: "wrote an answer that is none: decision is deny or allow, reason, say and continue are texts",
    };
  return {
    ...(decision === "deny" && { deny: textOf(reason) || "a hook denies it and does not say why" }),
    ...(textOf(say) !== "" && { say: textOf(say) }),
    ...(textOf(goOn) !== "" && { goOn: textOf(goOn) }),
    ...(unknown.length > 0 && { problem: `said what is not known: ${unknown.map(firstLine).join(", ")}` }),
  };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? plain(value) : "";
}

/** Without escapes, and with what cannot be seen written out. */
function plain(text: string): string {
  return fileText(plainText(text)).trim();
}

function firstLine(text: string): string {
  return plain(text).split("\n")[0]?.slice(0, 200) ?? "";
}
