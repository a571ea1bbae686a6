import type { Context, Span, TelemetryApi, Tracer } from "./api.ts";
import { VERSION } from "../providers/version.ts";
import { SCOPE } from "./conventions.ts";
import { quietly } from "./quietly.ts";

/** Asked for at each span, which costs a look-up: an SDK may be set up, or replaced, at any time. */
export function tracerOf(api: TelemetryApi, own: Tracer | undefined): Tracer | undefined {
  return own ?? quietly(() => api.trace.getTracer(SCOPE, VERSION));
}

/** The context with the span in it; undefined where there is none. */
export function withSpan(
  api: TelemetryApi,
  parent: Context | undefined,
  span: Span | undefined,
): Context | undefined {
  return parent === undefined || span === undefined
    ? undefined
    : quietly(() => api.trace.setSpan(parent, span));
}

/** Runs something with a context active, exactly once, whatever the context manager does. */
export function runWithin<Result>(
  api: TelemetryApi,
  context: Context | undefined,
  run: () => Promise<Result>,
): Promise<Result> {
  let running: Promise<Result> | undefined;
  const once = (): Promise<Result> => (running ??= run());
  if (context !== undefined) quietly(() => api.context.with(context, () => void once()));
  return once();
}
