import type { Protocol } from "../protocol.ts";
import { AnthropicDecoder } from "./decode.ts";
import { encodeHead, encodeLastMessage, encodeMessage } from "./encode.ts";
import { decodeError } from "./errors.ts";
import { formatSchema } from "./format.ts";
import { readRequest } from "./read.ts";
import { API_VERSION, PROTOCOL } from "./wire.ts";

/** Anthropic's Messages API. */
export const anthropicMessages: Protocol = {
  id: PROTOCOL,
  path: () => "/v1/messages",
  headers: { "anthropic-version": API_VERSION },
  head: encodeHead,
  message: encodeMessage,
  lastMessage: encodeLastMessage,
  tail: "]}",
  saysSchema: (schema) => formatSchema(schema) !== undefined,
  decoder: (emit) => new AnthropicDecoder(emit),
  decodeError,
  readRequest,
};
