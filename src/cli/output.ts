import type { AgentEvent } from "../agent/event.ts";
import type { ConversationEvent } from "../conversation/event.ts";
import type { OutputFormat } from "./command.ts";
import { errorJson } from "./explain.ts";
import type { Result } from "./result.ts";

/** The text of an answer, as it comes. */
export class AnswerText {
  /** What the answers before this one said, in a turn of several. */
  #before = "";
  #parts: string[] = [];
  /** Whether what is shown ends in the middle of a line. */
  #midLine = false;

  /** Takes an event in; returns the text that it adds. */
  push(event: ConversationEvent): string {
    // A summary that is asked for in between is not for the user.
    if (event.hidden === true) return "";
    switch (event.type) {
      case "request": {
        const said = this.all;
        const gap = said === "" || said.endsWith("\n") ? "" : "\n";
        this.#before = said + gap;
        this.#parts = [];
        // It may have been shown already.
        return gap && this.lineEnd();
      }
      case "part-start":
        return event.part.type === "text" ? this.#add(event.index, event.part.text) : "";
      case "part-delta":
        return event.kind === "text" ? this.#add(event.index, event.text) : "";
      case "part-end": {
        // The end has the last word: some deltas do not add up to their part.
        const shown = this.#parts[event.index] ?? "";
        if (event.part.type !== "text" || !event.part.text.startsWith(shown)) return "";
        return this.#add(event.index, event.part.text.slice(shown.length));
      }
      default:
        return "";
    }
  }

  /** The line end that is missing behind what is shown, where something else is to be shown on a line of its own. */
  lineEnd(): string {
    const end = this.#midLine ? "\n" : "";
    this.#midLine = false;
    return end;
  }

  /** All of it so far. */
  get all(): string {
    return this.#before + this.#parts.join("");
  }

  #add(index: number, text: string): string {
    this.#parts[index] = (this.#parts[index] ?? "") + text;
    if (text !== "") this.#midLine = !text.endsWith("\n");
    return text;
  }
}

/** What is told before anything is asked. */
interface Init {
  readonly sessionId: string;
  readonly model: string;
  readonly provider: string;
  readonly version: string;
  /** What is enforced around the tools; absent where there are none. */
  readonly sandbox?: string;
}

/** One way to write a run on stdout: what each moment adds. Pure. */
export interface Renderer {
  begin(init: Init): string;
  /** @param text What the event adds to the answer. */
  event(event: AgentEvent, text: string): string;
  end(result: Result): string;
}

const nothing = (): string => "";

export const renderers: Readonly<Record<OutputFormat, Renderer>> = {
  text: {
    begin: nothing,
    event: (_, text) => text,
    end: ({ text }) => (text === "" || text.endsWith("\n") ? "" : "\n"),
  },
  json: { begin: nothing, event: nothing, end: jsonLine },
  "stream-json": {
    begin: (init) => jsonLine({ type: "init", ...init }),
    event: jsonLine,
    end: (result) => jsonLine({ type: "result", ...result }),
  },
};

/** A value on a line of its own. Whole numbers that JSON cannot say are texts, errors what they say of themselves. */
export function jsonLine(value: object): string {
  return `${JSON.stringify(value, plain)}\n`;
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Error) return { name: value.name, ...errorJson(value) };
  return value;
}
