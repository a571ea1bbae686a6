/**
 * What a server, or something before it, does wrong. The options are optional, so each may be given by its name alone.
 * The numbers are those of the fault table in docs/guides/testing.md.
 */
export type Fault =
  /**
   * F1. 429, with what asks to wait as `retry-after-ms`, as `retry-after` in seconds or as a date, as the vendor tells
   * of its limits (`reset`: headers at Anthropic and OpenAI, the body at Gemini), or in the body alone.
   */
  | {
      readonly fault: "rate-limit";
      readonly retryAfterMs?: number;
      readonly form?: "ms" | "seconds" | "date" | "reset" | "body";
    }
  /** F2. The provider has too much to do: 529 or 503; the vendor's own when none is given. */
  | { readonly fault: "overloaded"; readonly status?: 503 | 529 }
  /** F3. An error inside a 200, as an event of a stream: before anything can be seen, or after some text. */
  | { readonly fault: "error-event"; readonly after?: "nothing" | "text" }
  /** F4. A page for people, from something in between; 502 when no status is given, and 200 is one. */
  | { readonly fault: "html"; readonly status?: number }
  /** F4. The right answer under the wrong content type. */
  | { readonly fault: "wrong-type"; readonly type?: string }
  /** F4. JSON with 200 that is not the protocol's. */
  | { readonly fault: "wrong-json" }
  /** F4. No HTTP at all. */
  | { readonly fault: "not-http" }
  /** F5. The connection is cut: before the head, after it, in the middle of the text, or when all was said. */
  | { readonly fault: "reset"; readonly when?: "before-head" | "after-head" | "in-text" | "after-end" }
  /** F6. The body ends in good order, but not the answer: after some text, or after so many bytes of a good answer. */
  | { readonly fault: "truncated"; readonly bytes?: number }
  /** F7. Nothing more comes: from the beginning, after some text, or when all was said. Lasts until the client goes. */
  | { readonly fault: "stall"; readonly after?: "nothing" | "text" | "end" }
  /** F7. After some text only pings come, until the client goes away. */
  | { readonly fault: "ping-storm"; readonly everyMs?: number }
  /** F8. The right answer, after a while. */
  | { readonly fault: "slow"; readonly ms?: number }
  /** F9. The right answer with characters of two to four bytes, each byte in a piece of its own. */
  | { readonly fault: "split-utf8" }
  /** F10. One event of so many bytes; 64 MB when none are given. */
  | { readonly fault: "huge-event"; readonly bytes?: number }
  /** F10. An answer that never ends; it does when the client goes away. */
  | { readonly fault: "endless" }
  /** F10. The right answer with a byte order mark and other ends of lines. */
  | { readonly fault: "line-ends"; readonly eol?: "\r" | "\r\n" }
  /** F11. A tool call whose arguments are no JSON; Gemini, whose arguments are JSON, says that it was malformed. */
  | { readonly fault: "broken-tool-json"; readonly argumentsText?: string }
  /** F12. Two tool calls of the same id. */
  | { readonly fault: "duplicate-ids" }
  /** F13. Text parts that are empty, and one of blanks. */
  | { readonly fault: "empty-text" }
  /** F14. 400: the history has a tool call without its result. */
  | { readonly fault: "orphan-call" }
  /** F15. 400: a thinking part was sent back that the provider did not sign. */
  | { readonly fault: "bad-signature" }
  /** F16. 400: more input than the model can take. */
  | { readonly fault: "context-overflow" }
  /** F17. The right answer, on a connection that is cut when the next request comes on it. */
  | { readonly fault: "stale-socket" }
  /** F19. The right answer, compressed though nobody asked for it. */
  | { readonly fault: "gzip"; readonly encoding?: "gzip" | "deflate" | "br" | "zstd" }
  /** F19. A small answer that unpacks to so many bytes; 1 GB when none are given. */
  | { readonly fault: "bomb"; readonly bytes?: number }
  /** F19. The right answer, compressed so many times over; ten when no depth is given. */
  | { readonly fault: "encoding-chain"; readonly depth?: number };

export type FaultName = Fault["fault"];

/** One answer of a fault server: a fault, a fault's name, or a good answer. */
export type FaultStep = Fault | FaultName | { readonly answer: string };

/** A fault by its name. */
export type FaultOf<Name extends FaultName> = Extract<Fault, { readonly fault: Name }>;
