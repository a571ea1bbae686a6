import type { ModelErrorFacts, ModelErrorKind } from "../llm/errors.ts";

/** What a status means where the body does not say. */
export function kindOfStatus(status: number): ModelErrorKind {
  switch (status) {
    case 401:
      return "authentication";
    case 402:
      return "quota";
    case 403:
      return "permission";
    case 404:
      return "not-found";
    case 408:
      return "timeout";
    case 413:
      return "context-overflow";
    case 429:
      return "rate-limit";
    case 503:
    case 529:
      return "overloaded";
    default:
      return status >= 500 ? "server" : "invalid-request";
  }
}

/** A body that is no error we can read, for people: HTML without its tags, at most 200 characters. */
export function describeBody(contentType: string | undefined, body: string): string {
  const start = body.slice(0, 4096);
  const html = contentType?.includes("html") === true || /^\s*<(?:!doctype|html)/i.test(start);
  const plain = html ? start.replace(/<(script|style)[\s\S]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ") : start;
  const words = plain.replace(/\s+/g, " ").trim();
  if (words === "") return "the answer has no body";
  return `${html ? "an HTML page: " : ""}${words.length > 200 ? `${words.slice(0, 200)}...` : words}`;
}

/** Statuses that may pass by themselves though their kind does not say so. */
const retryableStatuses: ReadonlySet<number> = new Set([408, 409, 429]);

/** Whether and when to try again, from a status and its headers. */
export function retryAdvice(
  status: number,
  kind: ModelErrorKind,
  headers: Readonly<Record<string, string>>,
): Pick<ModelErrorFacts, "retryable"> {
  // The provider's own word, sent by Anthropic and OpenAI.
  const advised = headers["x-should-retry"];
  if (advised === "true" || advised === "false") return { retryable: advised === "true" };
  if (kind === "quota" || kind === "context-overflow") return { retryable: false };
  return { retryable: retryableStatuses.has(status) || status >= 500 };
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The wait that OpenAI's rate limits ask for in words: "Please try again in 1m2.5s." */
export function waitInWords(message = ""): Pick<ModelErrorFacts, "retryAfterMs"> {
  const time = /try again in ((?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h))+)/i.exec(message)?.[1];
  if (time === undefined) return {};
  let sum = 0;
  for (const [, value, unit] of time.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/gi)) {
    sum += Number(value) * (units[String(unit).toLowerCase()] ?? 0);
  }
  return { retryAfterMs: Math.ceil(sum) };
}
