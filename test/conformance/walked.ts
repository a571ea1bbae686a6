import type { ModelErrorKind } from "../../src/llm/errors.ts";
import type { Dialect } from "../../src/protocols/dialect.ts";
import type { Protocol } from "../../src/protocols/protocol.ts";
import type { AnswerFacts, Fields } from "./facts.ts";
import type { RecordedExchange } from "./read-trace.ts";
import type { Canonical } from "./same-request.ts";

/** What a walk over a raw answer found. `cut`: its end mark is missing. `error`: it holds an error's object. */
export type Walked =
  | { readonly ends: "whole"; readonly facts: AnswerFacts }
  | { readonly ends: "cut"; readonly facts: AnswerFacts | undefined }
  | { readonly ends: "error"; readonly error: Fields; readonly facts: AnswerFacts | undefined };

/** What an error must say. */
export interface ErrorFacts {
  kind: ModelErrorKind;
  /** A text that its message must hold. */
  message: string;
  code: string | undefined;
  requestId: string | undefined;
}

/** A protocol, and its second reading that owes nothing to the first. */
export interface Subject {
  readonly protocol: Protocol;
  /** What is odd about a provider of the recordings, as its record would say. */
  dialect?(provider: string): Dialect;
  /** Brings a request's body into a form in which bodies that mean the same are equal. */
  readonly canonical: Canonical;
  walk(body: string): Walked;
  /** The error of an answer of status 400 or more, or of one that holds an error. */
  error(exchange: RecordedExchange, found?: Fields): ErrorFacts;
}
