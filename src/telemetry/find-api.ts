import type { TelemetryApi } from "./api.ts";

/** What a look for the API has found. */
export interface Found {
  /** Undefined where it is not installed. */
  readonly api: TelemetryApi | undefined;
}

let looking: Promise<Found> | undefined;

/** `@opentelemetry/api`, looked for once in a process. That it is missing, or broken, is no error. */
export function findApi(): Promise<Found> {
  return (looking ??= look());
}

async function look(): Promise<Found> {
  try {
    return { api: await import("@opentelemetry/api") };
  } catch {
    return { api: undefined };
  }
}
