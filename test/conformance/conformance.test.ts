import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import type { DecodedEvent } from "../../src/llm/event.ts";
import { streams, wholeAnswer } from "../protocols/support/streams.ts";
import { runConformance } from "./runner.ts";
import { subjects } from "./subjects.ts";
import { tracesFolder } from "./traces-folder.ts";
import type { Subject } from "./walked.ts";

/** A folder with these files, gone after the test. */
async function withFolder<Result>(
  files: Record<string, string>,
  use: (folder: string) => Result | Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(path.join(tmpdir(), "colloquy-conformance-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function trace(...answers: { status?: number; body: string; headers?: Record<string, string> }[]): string {
  return JSON.stringify({
    format: "llm-trace/1",
    provider: "someone",
    protocol: "anthropic-messages",
    exchanges: answers.map(({ status = 200, headers = {}, body }) => ({
      request: { body: { messages: [] } },
      response: { status, headers, body },
    })),
  });
}

const plain = streams["plain"] ?? "";
const overloaded = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}';

const good: Record<string, string> = {
  "a/streams.json": trace(...Object.values(streams).map((body) => ({ body }))),
  "a/b/whole.json": trace({ body: wholeAnswer }, { body: plain.slice(0, 900) }),
  "errors.json": trace(
    { status: 529, body: overloaded, headers: { "Retry-After": "7" } },
    { status: 500, body: "<html><body>Oh no</body></html>" },
    {
      status: 200,
      body: `${plain.slice(0, plain.indexOf("event: message_delta"))}event: error\ndata: ${overloaded}\n\n`,
    },
    { status: 200, body: overloaded },
  ),
};

test("conformance: hand-written exchanges pass", async () => {
  const board = await withFolder(good, (folder) => runConformance(folder, subjects));
  const answers = Object.keys(streams).length;
  assert.deepEqual(
    board.sums(),
    {
      responses: { total: answers + 4, passed: answers + 4 },
      errors: { total: 2, passed: 2 },
      requests: { total: answers + 6, passed: answers + 6 },
      skipped: 0,
    },
    String(board),
  );
});

test("conformance: what is no trace is named and skipped, never a crash", async () => {
  const hostile: Record<string, string> = {
    "index.json": "not looked at",
    "readme.md": "not looked at",
    "a.json": "no JSON",
    "b.json": "null",
    "c.json": "[]",
    "d.json": '{"format":"har"}',
    "e.json": '{"format":"llm-trace/1","provider":"p","protocol":"anthropic-messages","exchanges":[null]}',
    "f.json": trace({ body: wholeAnswer }).replace('"body":"', '"body":1,"x":"'),
    "g.json": trace({ body: wholeAnswer }).replace("anthropic-messages", "__proto__"),
    "h.json": "[".repeat(100_000),
  };
  const board = await withFolder(hostile, (folder) => runConformance(folder, subjects));
  assert.deepEqual(board.sums().responses, { total: 0, passed: 0 });
  assert.equal(board.sums().skipped, 8);
  for (const name of ["a", "b", "c", "d", "e", "f", "h"])
    assert.ok(String(board).includes(`${name}.json`), name);
  assert.match(String(board), /protocol not built yet: __proto__/);
});

test("conformance: an answer that the walk cannot read is a failure, not a crash", async () => {
  const body = '{"content":[null]}';
  const board = await withFolder({ "a.json": trace({ body }) }, (folder) => runConformance(folder, subjects));
  assert.deepEqual(board.sums().responses, { total: 1, passed: 0 });
});

const honest = subjects["anthropic-messages"] as Subject;

/** Decoders that lose or invent something; each must be found out. */
const lies: Readonly<Record<string, (event: DecodedEvent) => DecodedEvent | undefined>> = {
  "drops a delta": (event) =>
    event.type === "part-delta" && "text" in event && event.text === " end" ? undefined : event,
  "drops signatures": (event) =>
    event.type === "part-delta" && event.kind === "signature" ? undefined : event,
  "drops citations": (event) =>
    event.type === "part-delta" && event.kind === "citation" ? undefined : event,
  "drops a vendor's block": (event) => ("index" in event && event.index === 4 ? undefined : event),
  "takes the first usage": (event) =>
    event.type === "usage" ? { ...event, usage: { ...event.usage, output: 1 } } : event,
  "reports usage that never came": (event) =>
    event.type === "usage" ? { ...event, usage: { ...event.usage, source: "unknown" } } : event,
  "says end_turn always": (event) => (event.type === "stop" ? { ...event, reason: "end_turn" } : event),
  "forgets the vendor's word": (event) => (event.type === "stop" ? { ...event, raw: null } : event),
  "renames a call": (event) =>
    event.type === "part-start" && event.part.type === "tool-call"
      ? { ...event, part: { ...event.part, id: "x" } }
      : event,
};

for (const [what, lie] of Object.entries(lies)) {
  test(`conformance: a decoder that ${what} fails`, async () => {
    const protocol: Subject["protocol"] = {
      ...honest.protocol,
      decoder: (emit, target) =>
        honest.protocol.decoder((event) => {
          const told = lie(event);
          if (told !== undefined) emit(told);
        }, target),
    };
    const liars = { "anthropic-messages": { ...honest, protocol } };
    const board = await withFolder({ "a.json": trace({ body: plain }) }, (folder) =>
      runConformance(folder, liars),
    );
    assert.deepEqual(board.sums().responses, { total: 1, passed: 0 });
  });
}

test("conformance: the command's exit codes, and its last line in JSON", async () => {
  const command = (...args: string[]): { status: number | null; stdout: string; stderr: string } => {
    const script = path.join(import.meta.dirname, "../../scripts/conformance.ts");
    return spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", script, ...args], {
      encoding: "utf8",
    });
  };
  await withFolder(good, (folder) => {
    const { status, stdout } = command(folder, "--json");
    assert.equal(status, 0, stdout);
    const last = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as object;
    assert.deepEqual(Object.keys(last), ["responses", "errors", "requests", "skipped"]);
    const absent = command(path.join(folder, "absent"));
    assert.equal(absent.status, 2);
    assert.match(absent.stderr, /^conformance: there is no folder .*absent\. Usage: .*\n$/);
  });
  await withFolder({ "a.json": trace({ body: '{"content":[null]}' }) }, (folder) => {
    assert.equal(command(folder).status, 1);
  });
  assert.equal(command().status, 2);
  assert.equal(command("--yaml", ".").status, 2);
});

test(
  "conformance: the recorded exchanges",
  { skip: tracesFolder === undefined && "no traces here" },
  async () => {
    const board = await runConformance(tracesFolder ?? "", subjects);
    assert.ok(board.ok, String(board));
    const { responses, errors, skipped } = board.sums();
    console.log(`conformance: ${responses.total} responses, ${errors.total} errors, ${skipped} skipped`);
  },
);
