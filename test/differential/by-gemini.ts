import type { Fields } from "../conformance/facts.ts";
import { tokens, word, type Call, type Facts } from "./reading.ts";
import type { GeminiAnswer, GeminiSdk, Sdks } from "./sdks.ts";
import { served, type Wire } from "./wire.ts";

const request = { model: "any", contents: "Hi" };

/** An answer of generateContent, read by Google's SDK; of a stream, its chunks joined. */
export async function byGemini({ GoogleGenAI }: Sdks, wire: Wire): Promise<Facts> {
  const client: GeminiSdk = new GoogleGenAI({
    apiKey: "none",
    vertexai: wire.provider === "vertex",
    httpOptions: { fetch: served(wire), retryOptions: { attempts: 1 } },
  });
  const chunks: GeminiAnswer[] = [];
  if (wire.streamed) {
    for await (const chunk of await client.models.generateContentStream(request)) chunks.push(chunk);
  } else chunks.push(await client.models.generateContent(request));

  const finishes = chunks.map(
    ({ candidates }) => (candidates as Fields[] | undefined)?.[0]?.["finishReason"],
  );
  const blocks = chunks.map(({ promptFeedback }) => (promptFeedback as Fields | undefined)?.["blockReason"]);
  const stop = [...blocks, ...finishes].findLast((reason) => reason !== undefined);
  const usage = chunks.findLast(({ usageMetadata }) => usageMetadata !== undefined)?.["usageMetadata"];
  return {
    text: quietly(() => chunks.map(({ text }) => text ?? "").join("")),
    calls: quietly(() => chunks.flatMap(({ functionCalls }) => functionCalls ?? [])).map(call),
    stop: stop === undefined ? null : word(stop),
    usage: usage === undefined ? null : geminiCounts(usage as Fields),
  };
}

/** The SDK's accessors warn of every part that is not of their kind. */
function quietly<Result>(read: () => Result): Result {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    return read();
  } finally {
    console.warn = warn;
  }
}

function call({ id, name, args }: Fields): Call {
  return { id: word(id), name: word(name), input: args ?? {} };
}

export function geminiCounts(usage: Fields): Record<string, number> {
  const thoughts = tokens(usage["thoughtsTokenCount"]);
  return {
    prompt: tokens(usage["promptTokenCount"]) + tokens(usage["toolUsePromptTokenCount"]),
    cached: tokens(usage["cachedContentTokenCount"]),
    answer: tokens(usage["candidatesTokenCount"]) + thoughts,
    thoughts,
    // Audio from the cache is told twice, as prompt and as cached.
    heard:
      ofKind(usage, "AUDIO", "promptTokensDetails", "toolUsePromptTokensDetails") -
      ofKind(usage, "AUDIO", "cacheTokensDetails"),
    spoken: ofKind(usage, "AUDIO", "candidatesTokensDetails"),
    drawn: ofKind(usage, "IMAGE", "candidatesTokensDetails"),
  };
}

/** The tokens of one modality in these lists. */
function ofKind(usage: Fields, kind: string, ...names: string[]): number {
  const details = names.flatMap((name) => (usage[name] ?? []) as Fields[]);
  const counts = details
    .filter(({ modality }) => modality === kind)
    .map((each) => tokens(each["tokenCount"]));
  return counts.reduce((sum, count) => sum + count, 0);
}
