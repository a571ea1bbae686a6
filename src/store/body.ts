import { deflateRawSync, inflateRawSync } from "node:zlib";

/** Rows from this length on, in UTF-16 units, are deflated, where that is shorter. */
const LONG = 600;

/** What most rows begin and end like. A part of the format: it is never changed. */
const dictionary: Buffer = Buffer.from(
  '[1,{"type":"tool-result","result":{"type":"tool-result","callId":"call_","name":"","content":[{"type":"text","text":"' +
    '"}],"isError":true},"conversation":"","at":17}][1,{"type":"message","message":{"role":"user","parts":[{"type":"tool-call",' +
    '"id":"call_","name":"","argumentsText":"{\\"path\\":\\"\\"}"},{"type":"thinking","text":"","signature":"","protocol":"' +
    'anthropic-messages"},{"recorded":"call_"}]},"stopReason":"tool_use","conversation":"","at":17}][1,{"type":"message",' +
    '"message":{"role":"assistant","parts":[{"type":"text","text":""}]},"stopReason":"end_turn","conversation":"","at":17}]',
);

/** The body of a row as a file keeps it. */
export function packBody(body: string): string | Uint8Array {
  if (body.length < LONG) return body;
  const packed = deflateRawSync(body, { level: 1, dictionary });
  return packed.length < body.length ? packed : body;
}

/** Undefined for what is none. */
export function unpackBody(kept: unknown): string | undefined {
  if (typeof kept === "string") return kept;
  if (!(kept instanceof Uint8Array)) return undefined;
  try {
    return inflateRawSync(kept, { dictionary, chunkSize: 4096 }).toString();
  } catch {
    return undefined;
  }
}
