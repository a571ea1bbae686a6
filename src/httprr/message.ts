import { corruptAt, parseTrace } from "./format.ts";

/** Name and value as they stand in the trace. The same name may come twice. */
export type TraceHeader = readonly [name: string, value: string];

/** A request as recorded: Go's proxy form, so the first line holds the whole URL. */
export interface TraceRequest {
  readonly method: string;
  readonly url: string;
  readonly version: string;
  readonly headers: readonly TraceHeader[];
  readonly body: Uint8Array;
}

/** A response as recorded; its body runs to the end of the record. */
export interface TraceResponse {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly TraceHeader[];
  readonly body: Uint8Array;
}

export interface TraceExchange {
  readonly request: TraceRequest;
  readonly response: TraceResponse;
}

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) (HTTP\/\d\.\d)$/;
const STATUS_LINE = /^(HTTP\/\d\.\d) ([2-5]\d\d)(?: ([^\r\n]*))?$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(?: )?([^\r\n]*)$/;

/**
 * Every exchange of a trace.
 * @throws {TraceError} `not-a-trace` or `corrupt`
 */
export function parseExchanges(bytes: Uint8Array, file = "trace"): TraceExchange[] {
  return parseTrace(bytes, file).map((frame, index) => {
    const at = <T>(what: string, offset: number, parse: () => T): T => {
      try {
        return parse();
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw corruptAt(file, index + 1, offset, `its ${what} cannot be read (${why})`, error);
      }
    };
    const request = at("request", frame.requestOffset, () => parseRequest(frame.request));
    return { request, response: at("response", frame.responseOffset, () => parseResponse(frame.response)) };
  });
}

/** @throws {SyntaxError} */
export function parseRequest(bytes: Uint8Array): TraceRequest {
  const { line, headers, body } = parseMessage(bytes);
  const [, method = "", url = "", version = ""] = match(REQUEST_LINE, line, "a request line");
  if (!URL.canParse(url)) throw new SyntaxError(`${JSON.stringify(url.slice(0, 80))} is no absolute URL`);
  return { method, url, version, headers, body };
}

/** @throws {SyntaxError} */
export function parseResponse(bytes: Uint8Array): TraceResponse {
  const { line, headers, body } = parseMessage(bytes);
  const [, version = "", status = "", reason = ""] = match(
    STATUS_LINE,
    line,
    "a status line from 200 to 599",
  );
  return { version, status: Number(status), reason, headers, body };
}

export function formatRequest(request: TraceRequest): Uint8Array {
  return formatMessage(`${request.method} ${request.url} ${request.version}`, request.headers, request.body);
}

export function formatResponse(response: TraceResponse): Uint8Array {
  return formatMessage(
    `${response.version} ${response.status} ${response.reason}`,
    response.headers,
    response.body,
  );
}

/** `x-api-key` as Go writes it, `X-Api-Key`. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** The values of a header, whatever its capitals. */
export function headerValues(headers: readonly TraceHeader[], name: string): string[] {
  return headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

// Latin-1 throughout: a header is bytes, and each byte must come back as it was.
function parseMessage(bytes: Uint8Array): { line: string; headers: TraceHeader[]; body: Uint8Array } {
  const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf("\r\n\r\n");
  if (end < 0) throw new SyntaxError("no blank line ends its headers");
  const [line = "", ...rest] = Buffer.from(bytes.subarray(0, end)).toString("latin1").split("\r\n");
  const headers = rest.map((header): TraceHeader => {
    const [, name = "", value = ""] = match(HEADER_LINE, header, "a header");
    return [name, value];
  });
  return { line, headers, body: bytes.subarray(end + 4) };
}

function formatMessage(line: string, headers: readonly TraceHeader[], body: Uint8Array): Uint8Array {
  const head = [line, ...headers.map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n");
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}

function match(pattern: RegExp, line: string, what: string): RegExpExecArray {
  const found = pattern.exec(line);
  if (found === null) throw new SyntaxError(`${JSON.stringify(line.slice(0, 80))} is not ${what}`);
  return found;
}
