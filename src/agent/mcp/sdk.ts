/*
 * What is used of the official client (https://github.com/modelcontextprotocol/typescript-sdk). A file of its own, so
 * that it is loaded when the first server is asked and not before (docs/decisions/0015).
 */
import {
  Client,
  parseJSONRPCMessage,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";

/** What is used of the official client. */
export interface Sdk {
  readonly Client: typeof Client;
  readonly parseJSONRPCMessage: typeof parseJSONRPCMessage;
  readonly ProtocolError: typeof ProtocolError;
  readonly SdkError: typeof SdkError;
  readonly SdkErrorCode: typeof SdkErrorCode;
  readonly SdkHttpError: typeof SdkHttpError;
  readonly StreamableHTTPClientTransport: typeof StreamableHTTPClientTransport;
}

export const sdk: Sdk = {
  Client,
  parseJSONRPCMessage,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  StreamableHTTPClientTransport,
};

export type {
  JSONRPCMessage,
  jsonSchemaValidator,
  RequestOptions,
  StandardSchemaV1,
  Transport,
} from "@modelcontextprotocol/client";
