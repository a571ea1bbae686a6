/** Something that a reviewer found. */
export interface Finding {
  readonly file: string;
  /** From 1. */
  readonly line?: number;
  readonly severity: "error" | "warning" | "note";
  readonly text: string;
}

/** What a review comes to. */
export interface Findings {
  readonly findings: readonly Finding[];
}

/** The JSON Schema of {@link Findings}. */
export const findingsSchema = {
  type: "object",
  properties: {
    findings: {
      type: "array",
      maxItems: 100,
      items: {
        type: "object",
        properties: {
          file: { type: "string" },
          line: { type: "integer", minimum: 1 },
          severity: { type: "string", enum: ["error", "warning", "note"] },
          text: { type: "string" },
        },
        required: ["file", "severity", "text"],
        additionalProperties: false,
      },
    },
  },
  required: ["findings"],
  additionalProperties: false,
} as const;
