import { AsyncLocalStorage } from "node:async_hooks";
import { ConfigurationError } from "../llm/errors.ts";
import type { Request } from "../llm/request.ts";
import type { Response } from "../llm/response.ts";
import { eventStream } from "../providers/event-stream.ts";
import type { Model, RunOptions } from "../providers/model.ts";
import { system, type Clock } from "../providers/system.ts";
import { VERSION } from "../providers/version.ts";
import { tracerOf } from "./active.ts";
import type { Meter, TelemetryApi, Tracer } from "./api.ts";
import { modelAttributes } from "./attributes.ts";
import { Call, type Equipment } from "./call.ts";
import { CHAT, SCOPE } from "./conventions.ts";
import { findApi, type Found } from "./find-api.ts";
import { quietly } from "./quietly.ts";

/** How the calls of a model are told; everything has a default. */
export interface TelemetryOptions {
  /**
   * Whether spans also say what was said: instructions, messages, answers and the messages of errors. They hold what
   * your users wrote, and everybody who sees the spans can read them. False by default.
   */
  readonly captureContent?: boolean;
  /** The longest of each of these, in characters of JSON; 65,536 by default. Older messages are left out first. */
  readonly contentLimit?: number;
  /** `@opentelemetry/api` itself; the one that is installed beside this package by default. */
  readonly api?: TelemetryApi;
  /** A tracer of your own, for who has several providers; one named `colloquy` of the global provider by default. */
  readonly tracer?: Tracer;
  /** A meter of your own; one named `colloquy` of the global provider by default. */
  readonly meter?: Meter;
  /** Time to measure with; the machine's own by default. */
  readonly clock?: Clock;
}

const DEFAULT_CONTENT_LIMIT = 65_536;

/**
 * The same model, with a span and measurements for each call by OpenTelemetry's conventions for generative AI. The
 * span's parent is what is active where the model is called, and the span is active while the request runs. Where
 * `@opentelemetry/api` is not installed, or no SDK is set up, nothing is told. Telemetry that fails never alters a call.
 *
 * @example
 * const model = withTelemetry(openModel("claude"));
 * const conversation = createConversation({ model });
 *
 * @throws ConfigurationError `invalid-option` for a content limit that is none.
 */
export function withTelemetry(model: Model, options: TelemetryOptions = {}): Model {
  const { clock = system.clock } = options;
  const facts = {
    clock,
    spanName: `${CHAT} ${model.info.name}`,
    model: modelAttributes(model.info),
    streaming: model.info.server?.streaming === true,
    contentLimit: contentLimitOf(options),
  };
  let found: Found | undefined = options.api && { api: options.api };

  const complete = async (request: Request, run: RunOptions = {}): Promise<Response> => {
    found ??= await findApi();
    const { api } = found;
    if (api === undefined) return model.complete(request, run);
    const call = new Call({ ...facts, api, ...instruments(api, options) }, request, run.conversationId);
    const onEvent: RunOptions["onEvent"] = (event) => {
      call.see(event);
      run.onEvent?.(event);
    };
    try {
      const response = await call.within(async () => model.complete(request, { ...run, onEvent }));
      call.answered(response);
      return response;
    } catch (error) {
      call.failed(error);
      throw error;
    }
  };

  return {
    info: model.info,
    complete,
    stream(request, options) {
      if (found !== undefined && found.api === undefined) return model.stream(request, options);
      // A stream begins when it is first read, which may be elsewhere.
      const whereCalled = AsyncLocalStorage.snapshot();
      return eventStream(options?.signal, (onEvent, signal) =>
        whereCalled(complete, request, { signal, onEvent }),
      );
    },
  };
}

/**
 * How many characters of what is said may be told; undefined for nothing of it.
 * @throws ConfigurationError `invalid-option`
 */
export function contentLimitOf({
  captureContent = false,
  contentLimit = DEFAULT_CONTENT_LIMIT,
}: Pick<TelemetryOptions, "captureContent" | "contentLimit">): number | undefined {
  if (!(contentLimit > 0)) {
    const message = `contentLimit must be a number of characters, not ${contentLimit}`;
    throw new ConfigurationError("invalid-option", message);
  }
  return captureContent ? contentLimit : undefined;
}

function instruments(api: TelemetryApi, options: TelemetryOptions): Pick<Equipment, "tracer" | "meter"> {
  return {
    tracer: tracerOf(api, options.tracer),
    meter: options.meter ?? quietly(() => api.metrics.getMeter(SCOPE, VERSION)),
  };
}
