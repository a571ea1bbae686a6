/** Why a provider refuses. */
export type Refusal = "rate-limit" | "overloaded" | "orphan-call" | "bad-signature" | "context-overflow";

/** A wire language from the server's side: small, written by hand, and nothing of our encoders in it. */
export interface Wire {
  /** Whether a request asks for a stream. */
  streams(path: string, body: unknown): boolean;
  /** An answer that is no stream. */
  whole(text: string): string;
  /** The events before the first part. */
  readonly begin: string;
  /** The events of a text part that comes in these pieces. */
  text(index: number, pieces: readonly string[]): string;
  /** The beginning of a text part that stays open. */
  open(index: number): string;
  /** One more piece of it. */
  piece(index: number, text: string): string;
  close(index: number): string;
  /** The events of a tool call whose arguments come as this text. */
  call(index: number, id: string, argumentsText: string): string;
  /** The events after the last part, the end mark among them. */
  end(reason: "end" | "tool"): string;
  readonly ping: string;
  /** The event that says that it went wrong. */
  failure(why: Refusal, message: string): string;
  refusal(why: Refusal): { readonly status: number; readonly body: string };
  /** Headers that say that a limit is used up until then, in milliseconds since 1970. */
  usedUp(resetsAt: number): Readonly<Record<string, string>>;
}
