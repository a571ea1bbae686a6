/** Why a provider refuses. */
export type Refusal = "rate-limit" | "overloaded" | "orphan-call" | "bad-signature" | "context-overflow";

/** What a server says in place of an answer. */
export interface Refused {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A wire language from the server's side: small, written by hand, and nothing of our encoders in it. */
export interface Wire {
  /** Headers of all answers. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether a request asks for a stream. */
  streams(path: string, body: unknown): boolean;
  /** An answer that is no stream. */
  whole(text: string): string;
  /** A streamed answer, to be written from its beginning to its end. */
  stream(): WireStream;
  refusal(why: Refusal): Refused;
  /** A refusal because a limit is used up for so long, told as the vendor tells it; `now` is in ms since 1970. */
  usedUp(waitMs: number, now: number): Refused;
}

/**
 * The text of one streamed answer, a piece at a time: what was asked for is said, in this order. Where a wire has no
 * mark for a thing (a text of chat completions has neither beginning nor end), the piece is empty.
 */
export interface WireStream {
  /** What comes before the first part. */
  begin(): string;
  /** A text part begins. */
  open(): string;
  /** More of that text. */
  piece(text: string): string;
  /** That text is finished. */
  close(): string;
  /** A tool call whose arguments come as this text. */
  call(id: string, argumentsText: string): string;
  /** What comes after the last part: the stop reason, the usage, the end mark. */
  end(reason: "end" | "tool"): string;
  /** What keeps the connection busy and says nothing. */
  ping(): string;
  /** What says that it went wrong; the stream is over. */
  failure(why: Refusal): string;
}
