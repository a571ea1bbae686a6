import type { Histogram, Meter } from "./api.ts";
import { metrics, type Metric } from "./conventions.ts";

/** The instruments of one meter. */
export type Histograms = Readonly<Record<keyof typeof metrics, Histogram>>;

const made = new WeakMap<Meter, Histograms>();

/** A meter's instruments, made once: SDKs give the same meter for the same name, until another SDK is set up. */
export function histogramsOf(meter: Meter): Histograms {
  let histograms = made.get(meter);
  if (histograms === undefined) {
    const make = ({ name, description, unit, bounds }: Metric): Histogram =>
      meter.createHistogram(name, { description, unit, advice: { explicitBucketBoundaries: [...bounds] } });
    histograms = {
      duration: make(metrics.duration),
      timeToFirstChunk: make(metrics.timeToFirstChunk),
      tokens: make(metrics.tokens),
    };
    made.set(meter, histograms);
  }
  return histograms;
}
