/** Texts under these names are names themselves, of tools, kinds and calls; under any other one may be what was said. */
const NAMES = /^(?:type|kind|name|tool|model|role|status|outcome|level|id|[A-Za-z]+Id)$/;
const DEEPEST = 3;

/** The outline of a value of any kind: numbers, names and errors; of any other text its length. */
export function outline(value: unknown, name = "", depth = 0): unknown {
  if (typeof value === "string") return NAMES.test(name) ? value : `(${value.length} characters)`;
  if (typeof value !== "object" || value === null || value instanceof Error) return value;
  if (Array.isArray(value)) return `(${value.length} items)`;
  if (depth === DEEPEST) return "(more)";
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, outline(inner, key, depth + 1)]),
  );
}
