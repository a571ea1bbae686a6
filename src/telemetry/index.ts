/** Spans and measurements of what models are asked, by OpenTelemetry's conventions for generative AI. */

export type { Attributes, Context, Histogram, Meter, Span, TelemetryApi, Tracer } from "./api.ts";
export { withTelemetry, type TelemetryOptions } from "./with-telemetry.ts";
