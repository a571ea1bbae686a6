import type { ModelErrorKind } from "../../src/llm/errors.ts";
import type { Protocol } from "../../src/protocols/protocol.ts";
import type { AnswerFacts, Fields } from "./facts.ts";
import type { RecordedExchange } from "./read-trace.ts";

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
  walk(body: string): Walked;
  /** The error of an answer of status 400 or more, or of one that holds an error. */
  error(exchange: RecordedExchange, found?: Fields): ErrorFacts;
}
