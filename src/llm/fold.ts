import type { DecodedEvent, PartStartEvent, StartEvent, StopEvent, StreamEvent } from "./event.ts";
import { parseJson, type JsonObject, type JsonValue } from "./json.ts";
import type { Message, Part } from "./message.ts";
import { unknownUsage, type Usage } from "./usage.ts";

interface OpenPart {
  readonly part: Part;
  text: string;
  /** How many pieces that was put together from. */
  pieces: number;
  signature: string;
  citations: JsonValue[] | undefined;
}

/** What events add up to: everything of a response but its price and its times. */
export interface Folded {
  readonly id: string;
  readonly model: string;
  readonly message: Message;
  readonly usage: Usage;
  readonly stop: Pick<StopEvent, "reason" | "raw" | "sequence">;
  readonly vendor?: JsonObject;
}

/**
 * The one place where deltas become a message. Feed it what a decoder says; it returns each event in its public
 * form: a `part-end` carries the finished part.
 *
 * Only finished parts enter the message: a tool call whose end never came is not one that could be run.
 */
export class Fold {
  readonly #open: (OpenPart | undefined)[] = [];
  readonly #parts: (Part | undefined)[] = [];
  #start: StartEvent | undefined;
  #stop: StopEvent | undefined;
  #usage: Usage = unknownUsage;

  /** Takes one event in. */
  push(event: DecodedEvent): StreamEvent {
    switch (event.type) {
      case "part-delta": {
        const open = this.#open[event.index];
        if (open === undefined) return event;
        switch (event.kind) {
          case "citation":
            (open.citations ??= []).push(event.data);
            break;
          case "signature":
            open.signature += event.text;
            break;
          case "text":
          case "thinking":
          case "arguments":
            open.text += event.text;
            open.pieces++;
            break;
          case "vendor":
        }
        return event;
      }
      case "part-start":
        this.#open[event.index] = begin(event);
        return event;
      case "part-end": {
        const open = this.#open[event.index];
        const part = event.part ?? (open && finish(open));
        if (part === undefined) throw new TypeError(`part ${event.index} ends but never began`);
        this.#open[event.index] = undefined;
        this.#parts[event.index] = part;
        return { type: "part-end", index: event.index, part };
      }
      case "usage":
        this.#usage = event.usage;
        return event;
      case "start":
        this.#start = event;
        return event;
      case "stop":
        this.#stop = event;
        return event;
    }
  }

  /** Whether the model said that it stopped. */
  get stopped(): boolean {
    return this.#stop !== undefined;
  }

  /** The usage as last reported. */
  get usage(): Usage {
    return this.#usage;
  }

  /** What there is so far: the finished parts, in order. */
  result(): Folded {
    const parts = this.#parts.filter((part) => part !== undefined);
    const stop = this.#stop ?? { reason: "unknown" as const, raw: null };
    const vendor = { ...this.#start?.vendor, ...this.#stop?.vendor };
    return {
      id: this.#start?.id ?? "",
      model: this.#start?.model ?? "",
      message: { role: "assistant", parts },
      usage: this.#usage,
      stop,
      ...(Object.keys(vendor).length > 0 && { vendor }),
    };
  }
}

function begin({ part }: PartStartEvent): OpenPart {
  const signature = part.type === "thinking" ? (part.signature ?? "") : "";
  const text =
    part.type === "text" || part.type === "thinking"
      ? part.text
      : part.type === "tool-call"
        ? part.argumentsText
        : "";
  return { part, text, pieces: 0, signature, citations: undefined };
}

/** An event has some hundred characters around its text. Where that is longer, and all of it is long, a copy costs more. */
const LONG_PIECE = 100;
const LONG_TEXT = 65_536;

/**
 * A text of its own. Pieces that were cut out of what was received keep all of it in memory, and so does a sum of them;
 * what is joined does not.
 */
function ownText(text: string, pieces: number): string {
  if (text.length >= LONG_TEXT && text.length >= LONG_PIECE * pieces) return text;
  return [text.slice(0, 1), text.slice(1)].join("");
}

function finish({ part, text: said, pieces, signature, citations }: OpenPart): Part {
  const text = ownText(said, pieces);
  switch (part.type) {
    case "text": {
      const all = [...(part.citations ?? []), ...(citations ?? [])];
      return { ...part, text, ...(all.length > 0 && { citations: all }) };
    }
    case "thinking":
      return { ...part, text, ...(signature !== "" && { signature }) };
    case "tool-call":
      return { ...part, argumentsText: text, input: parseJson(text) };
    default:
      return part;
  }
}
