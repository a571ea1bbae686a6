/*
 * What is used of the official client (https://github.com/modelcontextprotocol/typescript-sdk). A file of its own, so
 * that it is loaded when the first server is asked and not before (docs/decisions/0015).
 */
export {
  Client,
  parseJSONRPCMessage,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
export type {
  JSONRPCMessage,
  jsonSchemaValidator,
  RequestOptions,
  StandardSchemaV1,
  Transport,
} from "@modelcontextprotocol/client";
