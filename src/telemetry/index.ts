/** Spans and measurements of what models are asked, of tools and of turns, by OpenTelemetry's conventions for generative AI. */

export type { Attributes, Context, Histogram, Meter, Span, TelemetryApi, Tracer } from "./api.ts";
export { withToolTelemetry } from "./tool-telemetry.ts";
export { turnWithTelemetry, type TurnTelemetryOptions } from "./turn-telemetry.ts";
export { withTelemetry, type TelemetryOptions } from "./with-telemetry.ts";
