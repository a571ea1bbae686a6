import type { Protocol } from "../protocol.ts";
import { ChatDecoder } from "./decode.ts";
import { encodeHead, encodeLastMessage, encodeMessage } from "./encode.ts";
import { decodeError } from "./errors.ts";
import { readRequest } from "./read.ts";
import { PROTOCOL } from "./wire.ts";

/** OpenAI's chat completions, and what everybody else made of them; below a base URL that mostly ends in `/v1`. */
export const openaiChat: Protocol = {
  id: PROTOCOL,
  path: () => "/chat/completions",
  headers: {},
  head: encodeHead,
  message: encodeMessage,
  lastMessage: encodeLastMessage,
  tail: "]}",
  decoder: (emit, target) => new ChatDecoder(emit, target.dialect),
  decodeError,
  readRequest,
};
