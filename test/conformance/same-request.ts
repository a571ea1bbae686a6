import { isDeepStrictEqual } from "node:util";

/** Brings a request's body into the form in which bodies that mean the same are equal. Each protocol has its own. */
export type Canonical = (body: unknown) => unknown;

/**
 * Where two bodies of requests differ, as paths with both values; empty where they say the same. Key order does not
 * count, and neither do numbers' spellings or members that are null; what else does not is for `canonical` to say.
 */
export function requestDifferences(sent: unknown, rebuilt: unknown, canonical: Canonical): string[] {
  return [...differences(withoutNulls(canonical(sent)), withoutNulls(canonical(rebuilt)), "$")];
}

function* differences(a: unknown, b: unknown, at: string): Generator<string> {
  if (isDeepStrictEqual(a, b)) return;
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    for (const [i, each] of a.entries()) yield* differences(each, b[i], `${at}[${i}]`);
  } else if (isRecord(a) && isRecord(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      yield* differences(a[key], b[key], `${at}.${key}`);
    }
  } else yield `${at}: sent ${show(a)}, rebuilt ${show(b)}`;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, withoutNulls(member)]));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 160 ? `${text.slice(0, 160)}...` : text;
}
