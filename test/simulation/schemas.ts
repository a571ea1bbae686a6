import type { Schema } from "../../src/schema/schema.ts";

/** A schema that takes its time, as those that ask a database do; for a negative number it takes for ever. */
export const numbered: Schema = {
  "~standard": {
    version: 1,
    vendor: "simulation",
    validate: async (value: unknown) => {
      await ((value as { n?: unknown }).n === -1 ? new Promise(() => undefined) : Promise.resolve());
      return typeof (value as { n?: unknown }).n === "number"
        ? { value }
        : { issues: [{ message: "no number" }] };
    },
    jsonSchema: { input: jsonSchema, output: jsonSchema },
  },
} as Schema;

/** One that answers at once. */
export const anything: Schema = {
  "~standard": {
    version: 1,
    vendor: "simulation",
    validate: (value: unknown) => ({ value }),
    jsonSchema: { input: jsonSchema, output: jsonSchema },
  },
} as Schema;

function jsonSchema(): Record<string, unknown> {
  return { type: "object", properties: { n: { type: "number" } }, required: ["n"] };
}
