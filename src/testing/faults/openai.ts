import type { Refusal, Refused } from "./wire.ts";

interface OpenAiError {
  readonly status: number;
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

/** The code and words of 503, and of the same inside an answer. */
export const overloaded = {
  code: "server_is_overloaded",
  message: "Our servers are currently overloaded. Please try again later.",
};

/** What both of OpenAI's languages say alike. https://platform.openai.com/docs/guides/error-codes */
const refusals: Readonly<Record<"rate-limit" | "overloaded", OpenAiError>> = {
  "rate-limit": {
    status: 429,
    error: {
      message:
        "Rate limit reached for fault-server on requests per min (RPM): Limit 500, Used 500, Requested 1.",
      type: "requests",
      param: null,
      code: "rate_limit_exceeded",
    },
  },
  // Its own type says less than the status does.
  overloaded: {
    status: 503,
    error: { message: overloaded.message, type: "server_error", param: null, code: null },
  },
};

/** Refusals in OpenAI's shape: the two that are the same everywhere, and a language's own. */
export function openAiRefusals(
  own: Readonly<Record<Exclude<Refusal, keyof typeof refusals>, OpenAiError["error"]>>,
): (why: Refusal) => OpenAiError {
  const all = { ...own, ...refusals };
  return (why) => {
    const found = all[why];
    return "status" in found ? found : { status: 400, error: found };
  };
}

export const refused = ({ status, error }: OpenAiError): Refused => ({
  status,
  body: JSON.stringify({ error }, null, 2),
});

/** The wait is in the headers, and in the words. */
export function usedUp(waitMs: number): Refused {
  const { status, error } = refusals["rate-limit"];
  const wait = duration(waitMs);
  return {
    ...refused({ status, error: { ...error, message: `${error.message} Please try again in ${wait}.` } }),
    headers: {
      "x-ratelimit-limit-requests": "500",
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": wait,
    },
  };
}

/** As Go writes a duration: `120ms`, `1.5s`, `6m0s`, `1h0m0s`. */
function duration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = (ms % 60_000) / 1000;
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
}
