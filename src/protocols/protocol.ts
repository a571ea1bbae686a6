import type { ModelError } from "../llm/errors.ts";
import type { DecodedEvent } from "../llm/event.ts";
import type { Message } from "../llm/message.ts";
import type { JsonObject } from "../llm/json.ts";
import type { Request } from "../llm/request.ts";
import type { Dialect } from "./dialect.ts";
import type { ReadRequest } from "./read-request.ts";

/** The names of the wire languages. */
export type ProtocolId = "anthropic-messages" | "openai-chat" | "openai-responses" | "gemini";

/** What a protocol must know of the model it encodes for. */
export interface Target {
  /** The model's name on the wire. */
  readonly model: string;
  /** Whether the answer shall come as a stream. */
  readonly stream: boolean;
  /** The bound sent when the request names none, in tokens. */
  readonly maxOutputTokens: number;
  /** How the model is told to think: by a budget in tokens, by effort, or not at all. */
  readonly thinking: "budget" | "adaptive" | "none";
  /** What is odd about the provider. */
  readonly dialect?: Dialect;
}

/**
 * Reads one answer. Events go to the callback that it was made with, as soon as what was pushed says them.
 *
 * @throws ModelError from each method: `malformed` for what is not the protocol, `truncated` from `end` when the
 * answer's own end mark never came, and whatever error the provider reports inside its answer.
 */
export interface Decoder {
  /** One event of a stream. */
  push(data: string, event: string): void;
  /** A whole answer that did not come as a stream. */
  whole(body: string): void;
  /** The body ended. */
  end(): void;
}

/** A wire language, pure: data in, data out. */
export interface Protocol {
  readonly id: ProtocolId;
  /** Where requests go, below the provider's base URL. */
  path(target: Target): string;
  /** Headers that the language itself wants. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body up to the first message, without a comma before it: the same for all requests that differ in messages only. */
  head(request: Request, target: Target): string;
  /**
   * A message as it stands among others: no, one or several JSON values, joined by commas. It depends on nothing but
   * the message and the target, so that it is encoded once for all the requests that hold it.
   */
  message(message: Message, target: Target): string;
  /** The last message of a request, which may carry what only the last one does (a cache mark). */
  lastMessage(message: Message, request: Request, target: Target): string;
  /** The body after the last message. */
  readonly tail: string;
  /**
   * Whether the language can say natively that an answer must satisfy this schema, that of an object; it can say all
   * schemas where absent. Where it cannot, the answer is asked for with a tool.
   */
  saysSchema?(schema: JsonObject): boolean;
  decoder(emit: (event: DecodedEvent) => void, target: Target): Decoder;
  /** The error that an answer with a status of 400 or more means. Header names are in lower case. */
  decodeError(status: number, headers: Readonly<Record<string, string>>, body: string): ModelError;
  /** A request's body in neutral words; encoding it again says the same. `path` is that of its URL. */
  readRequest(body: JsonObject, path: string): ReadRequest;
}

/** A request's whole body, for one that shares no history with others. */
export function encode(protocol: Protocol, request: Request, target: Target): string {
  const messages = [...request.messages];
  const last = messages.pop();
  const pieces = messages.map((message) => protocol.message(message, target));
  if (last !== undefined) pieces.push(protocol.lastMessage(last, request, target));
  const said = pieces.filter((piece) => piece !== "").join(",");
  const head = protocol.head(request, target);
  return (said === "" ? head : beforeMessages(head) + said) + protocol.tail;
}

/** A head with what is between it and a message: it ends in a message of its own, or opens the list of them. */
export function beforeMessages(head: string): string {
  return head.endsWith("[") ? head : `${head},`;
}
