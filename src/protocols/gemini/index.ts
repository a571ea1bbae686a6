import type { Protocol, Target } from "../protocol.ts";
import { GeminiDecoder } from "./decode.ts";
import { encodeHead, encodeLastMessage, encodeMessage } from "./encode.ts";
import { decodeError } from "./errors.ts";
import { readRequest } from "./read.ts";
import { PROTOCOL } from "./wire.ts";

/** Google's generateContent, below a base URL that ends in `/v1beta`, or in `/publishers/google` at Vertex. */
export const gemini: Protocol = {
  id: PROTOCOL,
  path: pathOf,
  headers: {},
  head: encodeHead,
  message: encodeMessage,
  lastMessage: encodeLastMessage,
  tail: "]}",
  decoder: (emit) => new GeminiDecoder(emit),
  decodeError,
  readRequest,
};

/** A name that has its own collection before it (`tunedModels/mine`) keeps it. */
function pathOf({ model, stream }: Target): string {
  const name = model.includes("/") ? model : `models/${model}`;
  return `/${name}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`;
}
