import { own, type JsonObject } from "../../llm/json.ts";

/** The longest text that a sample has, whatever a schema asks for. */
const MAX_LENGTH = 10_000;

const formats: ReadonlyMap<unknown, string> = new Map([
  ["date-time", "2026-11-21T12:00:00Z"],
  ["date", "2026-11-21"],
  ["time", "12:00:00Z"],
  ["duration", "PT1H"],
  ["email", "rehearsal@example.com"],
  ["hostname", "example.com"],
  ["ipv4", "192.0.2.1"],
  ["ipv6", "2001:db8::1"],
  ["uri", "https://example.com/"],
  ["uuid", "00000000-0000-4000-8000-000000000000"],
]);

/** A text that a schema of a string allows; its pattern goes unheeded. */
export function sampleString(schema: JsonObject, name: string): string {
  const known = formats.get(own(schema, "format"));
  if (known !== undefined) return known;
  const text = name === "command" ? "echo rehearsal" : "rehearsal";
  const least = Math.min(numberAt(schema, "minLength") ?? 0, MAX_LENGTH);
  return text.padEnd(least, " rehearsal").slice(0, numberAt(schema, "maxLength") ?? MAX_LENGTH);
}

/** 1 where a schema of a number allows that, else a number that it allows, if there is one near its bounds. */
export function sampleNumber(schema: JsonObject, whole: boolean): number {
  const low = numberAt(schema, "minimum") ?? numberAt(schema, "exclusiveMinimum");
  const high = numberAt(schema, "maximum") ?? numberAt(schema, "exclusiveMaximum");
  const of = numberAt(schema, "multipleOf") ?? (whole ? 1 : undefined);
  const step = of ?? 1;
  const between = [low, high].filter((bound) => bound !== undefined);
  const candidates = [1, low, high, (low ?? 0) + step, (high ?? 0) - step, sum(between) / 2];
  const fitting = candidates
    .filter((candidate) => candidate !== undefined)
    .map((candidate) => (of === undefined ? candidate : Math.ceil(candidate / of) * of))
    .find((candidate) => fits(schema, candidate, whole));
  // There is no -0 in JSON.
  return (fitting ?? 1) + 0;
}

function fits(schema: JsonObject, value: number, whole: boolean): boolean {
  const bound = (key: string, otherwise: number): number => numberAt(schema, key) ?? otherwise;
  return (
    value >= bound("minimum", -Infinity) &&
    value <= bound("maximum", Infinity) &&
    value > bound("exclusiveMinimum", -Infinity) &&
    value < bound("exclusiveMaximum", Infinity) &&
    (!whole || Number.isInteger(value))
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function numberAt(schema: JsonObject, key: string): number | undefined {
  const value = own(schema, key);
  return typeof value === "number" ? value : undefined;
}
