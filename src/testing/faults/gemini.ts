import type { Refusal, Refused, Wire, WireStream } from "./wire.ts";

const refusals: Readonly<Record<Refusal, readonly [code: number, status: string, message: string]>> = {
  "rate-limit": [
    429,
    "RESOURCE_EXHAUSTED",
    "You exceeded your current quota, please check your plan and billing details.",
  ],
  overloaded: [503, "UNAVAILABLE", "The model is overloaded. Please try again later."],
  "orphan-call": [
    400,
    "INVALID_ARGUMENT",
    "Please ensure that the number of function response parts is equal to the number of function call parts of the " +
      "function call turn.",
  ],
  "bad-signature": [400, "INVALID_ARGUMENT", "Corrupted thought signature."],
  "context-overflow": [
    400,
    "INVALID_ARGUMENT",
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
  ],
};

function errorOf(why: Refusal, more: object = {}): object {
  const [code, status, message] = refusals[why];
  return { error: { code, message, status, ...more } };
}

const refused = (why: Refusal, more: object = {}): Refused => ({
  status: refusals[why][0],
  body: JSON.stringify(errorOf(why, more), null, 2),
});

/** An answer, or a chunk of one; each has the usage so far. */
const answer = (parts: readonly object[], finished: object = {}): object => ({
  candidates: [{ content: { parts, role: "model" }, index: 0, ...finished }],
  usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
  modelVersion: "fault-server",
  responseId: "fault",
});

const stop = { finishReason: "STOP" };

// As both of Google's hosts end their lines.
const send = (value: object): string => `data: ${JSON.stringify(value)}\r\n\r\n`;

/** Arguments that a call can have: this wire knows no others. */
function argumentsOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function stream(): WireStream {
  let finished: object = stop;
  return {
    begin: () => "",
    open: () => "",
    piece: (text) => send(answer([{ text }])),
    close: () => "",
    call: (id, argumentsText) => {
      const args = argumentsOf(argumentsText);
      if (args !== undefined) return send(answer([{ functionCall: { id, name: "look", args } }]));
      const finishMessage = `Malformed function call: look(${argumentsText})`;
      finished = { finishReason: "MALFORMED_FUNCTION_CALL", finishMessage };
      return "";
    },
    // There is no end mark but the reason.
    end: () => send(answer(finished === stop ? [{ text: "" }] : [], finished)),
    // Google sends none; proxies do.
    ping: () => ": ping\r\n\r\n",
    failure: (why) => send(errorOf(why)),
  };
}

/** Google's generateContent (https://ai.google.dev/api/generate-content). */
export const gemini: Wire = {
  headers: {},
  streams: (path) => /:streamGenerateContent\b/.test(path),
  whole: (text) => JSON.stringify(answer([{ text }], stop), null, 2),
  stream,
  refusal: (why) => refused(why),
  // No header tells of it.
  usedUp: (waitMs) => {
    const details = [
      { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${waitMs / 1000}s` },
    ];
    return refused("rate-limit", { details });
  },
};
