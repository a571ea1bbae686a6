/*
 * The part of `@opentelemetry/api` that is used here; its own objects fit. Written out, so that a program compiles
 * where that package is not installed. https://open-telemetry.github.io/opentelemetry-js/modules/_opentelemetry_api.html
 */

/** What a span or a measurement says about itself. */
export type Attributes = Record<string, string | number | boolean | string[]>;

/** Values that go along with a call through everything it does; among them the span that is active. */
export interface Context {
  getValue(key: symbol): unknown;
}

/** One operation, from its start to its end. */
export interface Span {
  isRecording(): boolean;
  setAttributes(attributes: Attributes): unknown;
  addEvent(name: string, attributes: Attributes): unknown;
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  end(): void;
}

/** Starts spans. */
export interface Tracer {
  startSpan(
    name: string,
    options: { readonly kind: number; readonly attributes: Attributes },
    context?: Context,
  ): Span;
}

/** Takes measurements and counts how many fell between which bounds. */
export interface Histogram {
  record(value: number, attributes: Attributes, context?: Context): void;
}

/** Makes instruments. */
export interface Meter {
  createHistogram(
    name: string,
    options: {
      readonly description: string;
      readonly unit: string;
      readonly advice: { readonly explicitBucketBoundaries: number[] };
    },
  ): Histogram;
}

/** `@opentelemetry/api` 1.9 or a later 1.x, as far as it is used here. */
export interface TelemetryApi {
  readonly context: {
    active(): Context;
    with(context: Context, run: () => void): unknown;
  };
  readonly trace: {
    getTracer(name: string, version: string): Tracer;
    setSpan(context: Context, span: Span): Context;
  };
  readonly metrics: {
    getMeter(name: string, version: string): Meter;
  };
}

/** `SpanKind.INTERNAL`: the numbers are part of the API. */
export const INTERNAL = 0;

/** `SpanKind.CLIENT`. */
export const CLIENT = 2;

/** `SpanStatusCode.ERROR`. */
export const ERROR = 2;
