import type { Attributes, TelemetryApi, Tracer } from "./api.ts";
import { ERROR, INTERNAL } from "./api.ts";
import { runWithin, tracerOf, withSpan } from "./active.ts";
import { names } from "./conventions.ts";
import { errorType } from "./error-type.ts";
import { quietly } from "./quietly.ts";

/** Something that is done in this process, as its span tells it. */
export interface Operation<Result> {
  readonly name: string;
  readonly attributes: () => Attributes;
  /** What its end says; an `error.type` among it makes it a failure. */
  readonly outcome: (result: Result) => Attributes;
  readonly run: () => Promise<Result>;
}

/** Does it within a span that is active meanwhile. What telemetry does wrong alters nothing. */
export async function inSpan<Result>(
  api: TelemetryApi,
  own: Tracer | undefined,
  { name, attributes, outcome, run }: Operation<Result>,
): Promise<Result> {
  const parent = quietly(() => api.context.active());
  const tracer = tracerOf(api, own);
  const span =
    parent &&
    tracer &&
    quietly(() => tracer.startSpan(name, { kind: INTERNAL, attributes: attributes() }, parent));
  const end = (told: () => Attributes): void => {
    quietly(() => {
      const said = told();
      if (span?.isRecording() === true) span.setAttributes(said);
      if (said[names.errorType] !== undefined) span?.setStatus({ code: ERROR });
    });
    quietly(() => span?.end());
  };
  try {
    const result = await runWithin(api, withSpan(api, parent, span), run);
    end(() => outcome(result));
    return result;
  } catch (error) {
    end(() => ({ [names.errorType]: errorType(error) }));
    throw error;
  }
}
