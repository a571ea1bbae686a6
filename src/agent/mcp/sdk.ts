/*
 * What is used of the official client (https://github.com/modelcontextprotocol/typescript-sdk). A file of its own, so
 * that it is loaded when the first server is asked and not before (docs/decisions/0015).
 */
export {
  Client,
  parseJSONRPCMessage,
  ProtocolError,
  SdkHttpError,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
export type {
  CallToolResult,
  JSONRPCMessage,
  jsonSchemaValidator,
  Transport,
} from "@modelcontextprotocol/client";
