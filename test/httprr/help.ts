/** What the tests of recording and replaying share. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

import { parseExchanges, TraceError } from "../../src/httprr/index.ts";
import type { Trace, TraceExchange } from "../../src/httprr/index.ts";

export const TRACES = new URL("../../../shared/traces/httprr/", import.meta.url);

export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "colloquy-httprr-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

export const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});
export const recorded = (file: string): TraceExchange[] => parseExchanges(readFileSync(file), file);
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
export const is =
  (code: TraceError["code"], message = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof TraceError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };

/** A trace written by hand: for each exchange a JSON body and its answer. */
export function writeTrace(
  file: string,
  exchanges: [body: unknown, answer: string, headers?: string][],
): void {
  const records = exchanges.map(([body, answer, headers = ""]) => {
    const request = `POST https://api.test/v1/messages HTTP/1.1\r\nHost: api.test\r\n\r\n${JSON.stringify(body)}`;
    const response = `HTTP/1.1 200 OK\r\n${headers}\r\n${answer}`;
    return `${Buffer.byteLength(request)} ${Buffer.byteLength(response)}\n${request}${response}`;
  });
  writeFileSync(file, `httprr trace v1\n${records.join("")}`);
}
export const ask = (trace: Trace, body: unknown, url = "https://api.test/v1/messages"): Promise<Response> =>
  trace.fetch(url, post(body));
