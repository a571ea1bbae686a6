import { MeterProvider, MetricReader, type DataPoint, type Histogram } from "@opentelemetry/sdk-metrics";
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace-node";
import * as api from "@opentelemetry/api";
import * as say from "./answers.ts";
import { openModel, type ModelOptions } from "../../src/providers/open-model.ts";
import type { Model } from "../../src/providers/model.ts";
import { withTelemetry, type TelemetryOptions } from "../../src/telemetry/index.ts";

// Contexts need a manager, and there is one for the process.
new NodeTracerProvider().register();

/** Collected when it is asked, by no timer. */
class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** An SDK of a test's own, that keeps what it is told. */
export class Recorder {
  readonly #exporter = new InMemorySpanExporter();
  readonly #reader = new Reader();
  readonly tracer: api.Tracer = new NodeTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(this.#exporter)],
  }).getTracer("test");
  readonly meter: api.Meter = new MeterProvider({ readers: [this.#reader] }).getMeter("test");

  /** The model, told to this recorder. */
  watch(model: Model, options: TelemetryOptions = {}): Model {
    return withTelemetry(model, { api, tracer: this.tracer, meter: this.meter, ...options });
  }

  /** The spans that have ended, in the order of their ends. */
  spans(): ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  /** The one span that has ended. */
  span(): ReadableSpan {
    const [span, ...others] = this.spans();
    if (span === undefined || others.length > 0) throw new Error(`${this.spans().length} spans, not one`);
    return span;
  }

  /** The points of a histogram, one for each set of attributes. */
  async points(name: string): Promise<DataPoint<Histogram>[]> {
    const { resourceMetrics } = await this.#reader.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return metrics
      .filter((metric) => metric.descriptor.name === name)
      .flatMap((metric) => metric.dataPoints as DataPoint<Histogram>[]);
  }

  /** All that an exporter gets to see, as one text. */
  async everything(): Promise<string> {
    const { resourceMetrics } = await this.#reader.collect();
    const spans = this.spans().map(({ name, attributes, events, status, links }) => ({
      name,
      attributes,
      events,
      status,
      links,
    }));
    return JSON.stringify([spans, resourceMetrics.scopeMetrics]);
  }
}

/** A fetch that answers with these bodies, one for each request; a number is a refusal with that status. */
export function answers(...bodies: readonly (string | number)[]): typeof globalThis.fetch {
  const left = [...bodies];
  return async () => {
    const body = left.shift();
    if (body === undefined) throw new Error("one request too many");
    if (typeof body === "string")
      return new globalThis.Response(body, { headers: { "request-id": "req_1" } });
    return globalThis.Response.json(say.errorBody("overloaded_error", "busy"), { status: body });
  };
}

/** A model of Anthropic's by name, behind a fetch of the test's own. */
export function anthropic(fetch: typeof globalThis.fetch, options: ModelOptions = {}): Model {
  return openModel("claude-3-7-sonnet", { apiKey: "sk-test", env: {}, fetch, ...options });
}
