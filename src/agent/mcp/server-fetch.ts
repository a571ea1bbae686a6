import { lookup as lookupByName, type LookupAddress } from "node:dns";
import { request as requestPlain, type IncomingMessage } from "node:http";
import { request as requestSecure } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { Readable } from "node:stream";
import { McpError } from "./error.ts";
import type { FloodGate } from "./flood-gate.ts";
import type { McpLimits } from "./limits.ts";
import { bare, checkAddress, type Reach } from "./server-url.ts";

/** What asks one server. */
export interface ServerFetchOptions {
  readonly server: string;
  /** Nothing but its origin is asked. */
  readonly url: URL;
  readonly reach: Reach;
  readonly limits: McpLimits;
  readonly gate: FloodGate;
  /** Told when a body is beyond all bounds; who reads it may not be waiting for it any more. */
  readonly onFailure: (error: McpError) => void;
  /** Node's own by default. */
  readonly lookup?: Lookup;
}

/** All addresses of a host. */
export type Lookup = (host: string) => Promise<readonly LookupAddress[]>;

type ServerFetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * A `fetch` for one server: its origin alone, at an address that was looked at, no redirect followed, no proxy, and a
 * body that is bounded.
 */
export function serverFetch(options: ServerFetchOptions): ServerFetch {
  const { server, reach, lookup = lookupAll } = options;
  const looked: LookupFunction = (host, { all }, give) => {
    lookup(host).then(
      (found) => {
        const [first] = found;
        try {
          for (const { address } of found) checkAddress(address, reach, server);
        } catch (error) {
          give(error as Error, "", 0);
          return;
        }
        if (first === undefined) give(new Error(`${host} has no address`), "", 0);
        else if (all === true) give(null, [...found]);
        else give(null, first.address, first.family);
      },
      (error: Error) => give(error, "", 0),
    );
  };
  return (given, init = {}) =>
    new Promise((resolve, reject) => {
      const url = new URL(given);
      if (url.origin !== options.url.origin) {
        throw new McpError(
          "refused",
          server,
          `the server ${server} leads to ${url.origin}, which is not asked`,
        );
      }
      // Of an address that is written out nobody looks anything up.
      if (isIP(bare(url.hostname)) !== 0) checkAddress(bare(url.hostname), reach, server);
      const headers = Object.fromEntries(new Headers(init.headers));
      const { method = "GET", signal, body } = init;
      const asked = (url.protocol === "https:" ? requestSecure : requestPlain)(
        url,
        {
          method,
          headers: { ...headers, "accept-encoding": "identity" },
          lookup: looked,
          agent: false,
          ...(signal !== null && signal !== undefined && { signal }),
        },
        (answer) => {
          try {
            resolve(responseOf(answer, options));
          } catch (error) {
            answer.destroy();
            reject(error);
          }
        },
      ).on("error", reject);
      asked.end(typeof body === "string" ? body : undefined);
    });
}

function responseOf(answer: IncomingMessage, options: ServerFetchOptions): Response {
  const status = answer.statusCode ?? 0;
  const { server } = options;
  const headers = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  if (status < 200 || status > 599) {
    throw new McpError("protocol", server, `the server ${server} answered with status ${status}`);
  }
  const packed = headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (packed !== "identity" && packed !== "") {
    throw new McpError(
      "protocol",
      server,
      `the server ${server} packs its answers though it was told not to`,
    );
  }
  if (status === 204 || status === 205 || status === 304) {
    answer.resume();
    return new Response(null, { status, headers });
  }
  const body = Readable.toWeb(Readable.from(bounded(answer, options))) as ReadableStream<Uint8Array>;
  return new Response(body, { status, headers });
}

/** A body that fails when it, or one event of a stream, is too large, or when there is no end to it. */
async function* bounded(
  answer: IncomingMessage,
  { server, limits, gate, onFailure }: ServerFetchOptions,
): AsyncGenerator<Buffer> {
  const isStream = /^text\/event-stream\b/i.test(answer.headers["content-type"] ?? "");
  let held = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      gate.count(0, chunk.length);
      const end = isStream ? Math.max(chunk.lastIndexOf("\n\n"), chunk.lastIndexOf("\r\n\r\n")) : -1;
      held = end === -1 ? held + chunk.length : chunk.length - end;
      if (held > limits.messageBytes) {
        const size = `${limits.messageBytes} bytes`;
        throw new McpError("too-large", server, `the server ${server} sent a message of more than ${size}`);
      }
      yield chunk;
    }
  } catch (error) {
    answer.destroy();
    if (error instanceof McpError) onFailure(error);
    throw error;
  }
}

function lookupAll(host: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookupByName(host, { all: true }, (error, found) => {
      if (error === null) resolve(found);
      else reject(error);
    });
  });
}
