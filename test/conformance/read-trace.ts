import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** One recorded exchange. */
export interface RecordedExchange {
  /** JSON, or null where only the answer was recorded. */
  readonly request: unknown;
  /** Where it was sent; empty where only the answer was recorded. */
  readonly url: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One file in the format `llm-trace/1`. */
export interface Trace {
  readonly name: string;
  readonly provider: string;
  readonly protocol: string;
  /** `exact` where the bodies are the server's own bytes. */
  readonly fidelity: string;
  readonly exchanges: readonly RecordedExchange[];
}

/** A file that is no trace, and why. */
export interface Unreadable {
  readonly file: string;
  readonly reason: string;
}

/** The JSON files below a folder, in a stable order; links are not followed, so that no loop can hold us. */
export function traceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json") && entry.name !== "index.json")
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** Reads one file. It may hold anything: what is not a trace is told, not thrown. */
export function readTrace(file: string, folder: string): Trace | Unreadable {
  const name = path.relative(folder, file);
  try {
    return parse(JSON.parse(readFileSync(file, "utf8")), name.replace(/\.json$/, ""));
  } catch (error) {
    const reason = error instanceof Malformed ? error.message : `unreadable: ${(error as Error).message}`;
    return { file: name, reason: reason.slice(0, 200) };
  }
}

class Malformed extends Error {}

function parse(value: unknown, name: string): Trace {
  const trace = record(value, "the file");
  if (trace["format"] !== "llm-trace/1") throw new Malformed("not in the format llm-trace/1");
  if (!Array.isArray(trace["exchanges"])) throw new Malformed("exchanges is not a list");
  return {
    name,
    provider: text(trace["provider"], "provider"),
    protocol: text(trace["protocol"], "protocol"),
    fidelity: typeof trace["fidelity"] === "string" ? trace["fidelity"] : "unknown",
    exchanges: trace["exchanges"].map((each, at) => exchange(each, `exchanges[${at}]`)),
  };
}

function exchange(value: unknown, where: string): RecordedExchange {
  const { request, response } = record(value, where);
  const { status, headers, body } = record(response, `${where}.response`);
  const sent = request === undefined || request === null ? {} : record(request, `${where}.request`);
  if (!Number.isInteger(status)) throw new Malformed(`${where}.response.status is not a whole number`);
  return {
    request: sent["body"] ?? null,
    url: typeof sent["url"] === "string" ? sent["url"] : "",
    status: status as number,
    headers: headers === undefined ? {} : lowerCase(record(headers, `${where}.response.headers`)),
    body: text(body, `${where}.response.body`),
  };
}

function lowerCase(headers: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new Malformed(`${what} is not an object`);
}

function text(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw new Malformed(`${what} is not a text`);
}
