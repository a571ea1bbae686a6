import type { StreamEvent } from "../llm/event.ts";
import { ModelError } from "../llm/errors.ts";
import type { Request } from "../llm/request.ts";
import type { Response } from "../llm/response.ts";
import type { Usage } from "../llm/usage.ts";
import { ReaderLeft } from "../providers/event-stream.ts";
import type { Clock } from "../providers/system.ts";
import { runWithin, withSpan } from "./active.ts";
import { CLIENT, ERROR } from "./api.ts";
import type { Attributes, Context, Meter, Span, TelemetryApi, Tracer } from "./api.ts";
import {
  answererAttributes,
  inputAttributes,
  knownTokens,
  requestAttributes,
  responseAttributes,
  type KnownTokens,
} from "./attributes.ts";
import { inputContent, outputContent } from "./content.ts";
import { finishReason, names } from "./conventions.ts";
import { errorType } from "./error-type.ts";
import { histogramsOf, type Histograms } from "./histograms.ts";
import { quietly } from "./quietly.ts";

/** What calls are told with, and how. */
export interface Equipment {
  readonly api: TelemetryApi;
  readonly tracer: Tracer | undefined;
  readonly meter: Meter | undefined;
  readonly clock: Clock;
  readonly spanName: string;
  /** What is known of the model, on the span and on every measurement. */
  readonly model: Attributes;
  /** Whether the model's answers come as streams, as far as that is known. */
  readonly streaming: boolean;
  /** How many characters of what is said may be told; undefined for nothing of it. */
  readonly contentLimit: number | undefined;
}

/** One call of a model, as its span and its measurements tell it. Nothing here throws. */
export class Call {
  readonly #equipment: Equipment;
  readonly #began: number;
  readonly #span: Span | undefined;
  /** The caller's context with the span in it; undefined where there is no span. */
  readonly #context: Context | undefined;
  #firstPartAt: number | undefined;
  #answerer: { readonly id: string; readonly model: string } | undefined;
  #usage: Usage | undefined;

  constructor(equipment: Equipment, request: Request, conversationId: string | undefined) {
    const { api, tracer, clock, spanName, model, streaming } = equipment;
    this.#equipment = equipment;
    this.#began = clock.monotonic();
    const parent = quietly(() => api.context.active());
    if (parent === undefined || tracer === undefined) return;
    this.#span = quietly(() => {
      const attributes = {
        ...model,
        ...requestAttributes(request),
        ...(streaming && { [names.stream]: true }),
        ...(conversationId !== undefined && { [names.conversation]: conversationId }),
      };
      return tracer.startSpan(spanName, { kind: CLIENT, attributes }, parent);
    });
    this.#context = withSpan(api, parent, this.#span);
    this.#tell((limit) => (limit === undefined ? {} : inputContent(request, limit)));
  }

  /** Runs the call with its span active. */
  within<Result>(run: () => Promise<Result>): Promise<Result> {
    return runWithin(this.#equipment.api, this.#context, run);
  }

  /** Sees an event go by. Nearly all are deltas, and those say nothing here. */
  see(event: StreamEvent): void {
    switch (event.type) {
      case "start":
        this.#answerer = event;
        break;
      case "part-start":
        this.#firstPartAt ??= this.#equipment.clock.monotonic();
        break;
      case "usage":
        this.#usage = event.usage;
        break;
      case "retry":
        // What is known of an answer is known of the attempt that failed.
        this.#answerer = undefined;
        this.#usage = undefined;
        quietly(() =>
          this.#span?.addEvent(names.retry, {
            [names.errorType]: errorType(event.error),
            [names.retryAttempt]: event.attempt,
            [names.retryDelay]: event.delayMs / 1000,
          }),
        );
        break;
      default:
    }
  }

  /** The call has ended with an answer. */
  answered(response: Response): void {
    const finish = finishReason(response.stopReason) ?? response.stopReason;
    this.#tell((limit) => ({
      ...responseAttributes(response),
      ...(limit !== undefined && outputContent(response.message, finish, limit)),
    }));
    this.#end(answererAttributes(response), {}, knownTokens(response.usage));
  }

  /** The call has ended without an answer, or its reader left. */
  failed(error: unknown): void {
    const left = error instanceof ReaderLeft;
    const type = left ? undefined : quietly(() => errorType(error));
    const failure: Attributes = type === undefined ? {} : { [names.errorType]: type };
    const answerer = this.#answerer === undefined ? {} : answererAttributes(this.#answerer);
    const usage = this.#usage;
    this.#tell((limit) => ({
      ...answerer,
      ...failure,
      ...(left && { [names.readerLeft]: true }),
      ...(usage !== undefined && inputAttributes(usage)),
      ...(error instanceof ModelError && factsOf(error, limit)),
    }));
    if (!left) {
      const told = this.#equipment.contentLimit !== undefined && error instanceof Error;
      quietly(() => this.#span?.setStatus({ code: ERROR, ...(told && { message: error.message }) }));
    }
    // What came out was counted before it was cut: only what went in is known.
    this.#end(answerer, failure, usage === undefined ? {} : { input: knownTokens(usage).input });
  }

  /** Tells something on the span, which is not made where nobody will see it. */
  #tell(attributes: (contentLimit: number | undefined) => Attributes): void {
    const span = this.#span;
    if (span === undefined) return;
    quietly(() => {
      if (span.isRecording()) span.setAttributes(attributes(this.#equipment.contentLimit));
    });
  }

  #end(answerer: Attributes, failure: Attributes, tokens: KnownTokens): void {
    const took = this.#since(this.#equipment.clock.monotonic());
    const first = this.#equipment.streaming ? this.#since(this.#firstPartAt) : undefined;
    if (first !== undefined) this.#tell(() => ({ [names.timeToFirstChunk]: first }));
    quietly(() => this.#span?.end());

    const model = answerer[names.responseModel];
    const answeredBy = model === undefined ? {} : { [names.responseModel]: model };
    this.#record("duration", took, { ...answeredBy, ...failure });
    this.#record("timeToFirstChunk", first, answeredBy);
    this.#record("tokens", tokens.input, { ...answeredBy, [names.tokenType]: "input" });
    this.#record("tokens", tokens.output, { ...answeredBy, [names.tokenType]: "output" });
  }

  #record(name: keyof Histograms, value: number | undefined, attributes: Attributes): void {
    const { meter, model } = this.#equipment;
    if (meter === undefined || value === undefined) return;
    quietly(() => histogramsOf(meter)[name].record(value, { ...model, ...attributes }, this.#context));
  }

  /** Seconds from the beginning of the call. */
  #since(moment: number | undefined): number | undefined {
    return moment === undefined ? undefined : (moment - this.#began) / 1000;
  }
}

function factsOf({ requestId, partial }: ModelError, limit: number | undefined): Attributes {
  return {
    ...(requestId !== undefined && { [names.requestId]: requestId }),
    ...(limit !== undefined && partial !== undefined && outputContent(partial, "error", limit)),
  };
}
