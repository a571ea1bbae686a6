import { isObject } from "../../src/llm/json.ts";
import type { RecordedExchange } from "./read-trace.ts";
import type { Subject } from "./walked.ts";

/** The names of an exchange's model: as asked for, then as the answer says, where that is another. */
export function modelNames(subject: Subject, exchange: RecordedExchange): string[] {
  const { request, url, status, body } = exchange;
  const { pathname = "", search = "" } = URL.parse(url) ?? {};
  const asked = attempt(() =>
    isObject(request) ? subject.protocol.readRequest(request, pathname + search).model : undefined,
  );
  const said = attempt(() => (status < 400 ? subject.walk(body).facts?.model : undefined));
  return [...new Set([asked ?? "", said ?? ""])].filter((name) => name !== "");
}

/** What cannot be read names nothing; that it cannot be read is the scoreboard's to tell. */
function attempt(read: () => string | undefined): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
