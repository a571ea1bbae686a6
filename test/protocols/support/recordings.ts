import { tracesFolder } from "../../conformance/traces-folder.ts";
import { readTrace, traceFiles, type Trace } from "../../conformance/read-trace.ts";

/** A recorded answer of status 200. */
export interface Recording {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Each different recorded answer of the Messages API, the shortest first; none where this machine has no traces. */
export function recordedAnswers(form: "stream" | "json"): Recording[] {
  const bodies = new Map<string, string>();
  for (const trace of traces()) {
    for (const { status, body } of trace.exchanges) {
      const isJson = body.trimStart().startsWith("{");
      if (status === 200 && isJson === (form === "json") && !bodies.has(body)) bodies.set(body, trace.name);
    }
  }
  const recordings = [...bodies].map(([body, name]) => ({ name, bytes: new TextEncoder().encode(body) }));
  return recordings.sort((a, b) => a.bytes.length - b.bytes.length);
}

let read: Trace[] | undefined;

function traces(): Trace[] {
  const folder = tracesFolder;
  if (folder === undefined) return [];
  read ??= traceFiles(`${folder}/anthropic-messages`)
    .map((file) => readTrace(file, folder))
    .filter((trace): trace is Trace => !("reason" in trace));
  return read;
}
