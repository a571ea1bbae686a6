/** Record and replay of HTTP exchanges, as a `fetch`. */
export { TraceError } from "./errors.ts";
export type { TraceErrorCode } from "./errors.ts";
export { formatTrace, parseTrace } from "./format.ts";
export type { Frame, PlacedFrame } from "./format.ts";
export type { MatchMode } from "./match.ts";
export { formatRequest, formatResponse, parseExchanges, parseRequest, parseResponse } from "./message.ts";
export type { TraceExchange, TraceHeader, TraceRequest, TraceResponse } from "./message.ts";
export { editText, SCRUBBED, scrubSecrets } from "./scrub.ts";
export type { Scrubber, ScrubRecord } from "./scrub.ts";
export { openTrace } from "./trace.ts";
export type { Trace, TraceOptions } from "./trace.ts";
