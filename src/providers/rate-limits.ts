import type { RateLimit } from "../llm/rate-limit.ts";

interface Found {
  /** What stands before the limit's name: two systems of limits may use the same names. */
  readonly system: string;
  readonly limit: { -readonly [Key in keyof RateLimit]: RateLimit[Key] };
}

/**
 * The limits that an answer's headers (names in lower case) tell of, in their order; `now` is the wall clock, in
 * milliseconds since 1970. Pure. A figure that cannot be read is absent.
 *
 * `anthropic-ratelimit-input-tokens-remaining` is one, and so are `x-ratelimit-remaining-requests` (OpenAI, Groq and
 * others), `x-ratelimit-remaining` (OpenRouter) and `ratelimit-remaining` (the draft standard).
 */
export function rateLimits(headers: Readonly<Record<string, string>>, now: number): readonly RateLimit[] {
  const found: Found[] = [];
  for (const name in headers) {
    // Most headers are none of these, and this is asked at each answer: no regular expression before it is needed.
    const at = name.indexOf(MARK);
    if (at === -1) continue;
    const words = name.slice(at + MARK.length);
    const first = words.indexOf("-");
    const last = words.lastIndexOf("-");
    // The figure's name stands before the limit's, or behind it, or alone.
    const leading = figures[first === -1 ? words : words.slice(0, first)];
    const figure = leading ?? figures[words.slice(last + 1)];
    if (figure === undefined) continue;
    const counted =
      leading === undefined ? words.slice(0, last) : first === -1 ? "requests" : words.slice(first + 1);
    const text = (headers[name] as string).trim();
    const value = figure === "resetsAt" ? resetTime(text, now) : count(text);
    if (value === undefined || counted === "") continue;
    const system = name.slice(0, at);
    let entry = found.find((each) => each.limit.limit === counted && each.system === system);
    if (entry === undefined) found.push((entry = { system, limit: { limit: counted } }));
    entry.limit[figure] = value;
  }
  return found.map(({ limit }) => limit);
}

const MARK = "ratelimit-";

const figures: Readonly<Record<string, "allowed" | "remaining" | "resetsAt" | undefined>> = Object.assign(
  Object.create(null),
  { limit: "allowed", remaining: "remaining", reset: "resetsAt" },
);

/** A number, or the first of several (`100, 100;w=60`). */
function count(text: string): number | undefined {
  const digits = /^(\d{1,15}(?:\.\d*)?)\s*(?:$|[,;])/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const units: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** A reset time is a date, a duration (`1m30s`, `250ms`), a number of seconds, or epoch seconds or milliseconds. */
function resetTime(text: string, now: number): number | undefined {
  if (/^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/.test(text)) {
    let wait = 0;
    for (const [, digits, unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g))
      wait += Number(digits) * (units[unit] ?? 0);
    return finite(now + wait);
  }
  const number = text === "" ? Number.NaN : Number(text);
  if (Number.isNaN(number)) return finite(Date.parse(text));
  if (number > 1e12) return finite(number);
  return finite(number > 1e9 ? number * 1000 : now + Math.max(0, number * 1000));
}

function finite(time: number): number | undefined {
  return Number.isFinite(time) ? time : undefined;
}
