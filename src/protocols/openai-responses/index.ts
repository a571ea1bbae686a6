import type { Protocol } from "../protocol.ts";
import { ResponsesDecoder } from "./decode.ts";
import { encodeHead, encodeLastMessage, encodeMessage } from "./encode.ts";
import { decodeError } from "./errors.ts";
import { readRequest } from "./read.ts";
import { PROTOCOL } from "./wire.ts";

/** OpenAI's Responses API, below a base URL that ends in `/v1`. */
export const openaiResponses: Protocol = {
  id: PROTOCOL,
  path: () => "/responses",
  headers: {},
  head: encodeHead,
  message: encodeMessage,
  lastMessage: encodeLastMessage,
  tail: "]}",
  decoder: (emit, target) => new ResponsesDecoder(emit, target),
  decodeError,
  readRequest,
};
