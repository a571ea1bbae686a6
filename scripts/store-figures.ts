// What keeping sessions costs: `node scripts/store-figures.ts`. Exits with 1 where a goal is missed (docs/reliability.md).
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createConversation } from "../src/conversation/conversation.ts";
import type { JournalEntry } from "../src/conversation/journal.ts";
import { text, type Message } from "../src/llm/message.ts";
import { usage } from "../src/llm/usage.ts";
import { openStore } from "../src/store/index.ts";
import { thisProcess } from "../src/store/holder.ts";
import { SqliteShelf } from "../src/store/sqlite-shelf.ts";
import { Writer } from "../src/store/written.ts";
import { scripted } from "../src/testing/scripted.ts";
import { seededRandom } from "../test/support/clock.ts";

const folder = mkdtempSync(path.join(tmpdir(), "colloquy-store-"));
const random = seededRandom(1);
/** Our own pages and sources: what agents read and write. */
const corpus = globSync("{docs,src}/**/*.{md,ts}")
  .sort()
  .map((file) => readFileSync(file, "utf8"))
  .join("\n");
/** So many words of it, from anywhere. */
function words(count: number): string {
  const from = Math.floor(random() * (corpus.length - 7 * count));
  return corpus.slice(from, from + 7 * count);
}

/** What is said in a session of an agent: a question, an answer with a call, its result, an answer. */
function exchange(n: number): readonly Message[] {
  const id = `call_${n}`;
  const argumentsText = JSON.stringify({ path: `src/file-${n}.ts`, from: n });
  const result = { type: "tool-result", callId: id, name: "read", content: [text(words(200))] } as const;
  return [
    { role: "user", parts: [text(words(30))] },
    {
      role: "assistant",
      parts: [
        text(words(20)),
        { type: "tool-call", id, name: "read", argumentsText, input: JSON.parse(argumentsText) as never },
      ],
    },
    { role: "user", parts: [result] },
    { role: "assistant", parts: [text(words(80))] },
  ];
}

/** The entries that a session with so many messages has. */
function* session(conversation: string, messages: number): Generator<JournalEntry> {
  const of = { conversation, at: Date.UTC(2026, 0, 1) };
  yield { type: "begin", model: { provider: "p", name: "n" }, system: [text(words(100))], ...of };
  let call = 0;
  for (let n = 0; n < messages / 4; n++) {
    const [asked, called, answered, said] = exchange(n) as [Message, Message, Message, Message];
    const model = function* (message: Message): Generator<JournalEntry> {
      yield { type: "call-start", call: ++call, ...of };
      const cost = { known: true, picodollars: "1000000", dollars: 0.000001 } as const;
      yield {
        type: "call-end",
        call,
        how: "answered",
        usage: usage({ input: 100, output: 10 }) as never,
        cost,
        model: "p/n",
        ...of,
      };
      yield { type: "message", message, stopReason: "end_turn", ...of };
    };
    yield { type: "turn-start", ...of };
    yield { type: "message", message: asked, ...of };
    yield* model(called);
    yield { type: "tool-start", callId: `call_${n}`, name: "read", ...of };
    const [result] = answered.parts;
    if (result?.type === "tool-result") yield { type: "tool-result", result, ...of };
    yield { type: "message", message: answered, ...of };
    yield* model(said);
    yield { type: "turn-end", end: "done", steps: 2, ...of };
  }
}

const figures: (readonly [what: string, is: number, most: number, unit: string])[] = [];
/** How long something takes, in milliseconds: the median, which others' work on the machine spoils least. */
const timed = async (run: () => unknown, times = 9): Promise<number> => {
  const took: number[] = [];
  for (let n = 0; n < times; n++) {
    const began = performance.now();
    await run();
    took.push(performance.now() - began);
  }
  return took.sort((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
};

/** What is held, in bytes. */
function heap(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

try {
  // One append of a message after another, each durable before the next.
  const appends = path.join(folder, "appends.db");
  const store = await openStore(appends);
  const written = await store.create();
  const took: number[] = [];
  for (const entry of session(written.id, 2000)) {
    const began = performance.now();
    await written.journal.append([entry]);
    took.push(performance.now() - began);
  }
  await store.close();
  took.sort((a, b) => a - b);
  figures.push(["append, p50", took[Math.floor(took.length / 2)] ?? 0, Infinity, "ms"]);
  figures.push(["append, p95", took[Math.floor(took.length * 0.95)] ?? 0, 1, "ms"]);

  const large = path.join(folder, "large.db");
  const shelf = new SqliteShelf(large);
  const writer = new Writer();
  const entries = [...session("large", 10_000)];
  const rows = entries.map((entry, at) => writer.row(entry, at + 1));
  const info = {
    id: "large",
    title: "large",
    created: 1,
    updated: 1,
    folder: "",
    model: "",
    messages: 10_000,
    origin: "",
  };
  shelf.add(info, rows, thisProcess(), 0);
  shelf.release("large", 1);
  shelf.close();
  const messages = entries.flatMap((entry) => (entry.type === "message" ? [entry.message] : []));
  const json = messages.reduce((sum, message) => sum + Buffer.byteLength(JSON.stringify(message)), 0);
  const before = heap();
  let kept: unknown;
  const opened = await timed(async () => {
    const again = await openStore(large);
    const { journal } = await again.resume("large");
    kept = createConversation({ model: scripted([]), journal });
    await again.close();
  });
  figures.push(["open 10,000 messages", opened, 300, "ms"]);
  figures.push(["its memory", kept === undefined ? 0 : (heap() - before) / 2 ** 20, Infinity, "MB"]);
  figures.push(["file bytes beside the messages' JSON", statSync(large).size / json, 1.3, "x"]);

  const many = path.join(folder, "many.db");
  const full = new SqliteShelf(many);
  for (let n = 0; n < 3000; n++) {
    const id = `s${n}`;
    const few = [...session(id, 4)].map((entry, at) => new Writer().row(entry, at + 1));
    full.add({ ...info, id, updated: n }, few, thisProcess(), 0);
  }
  full.close();
  const listed = await timed(async () => {
    const again = await openStore(many);
    if ((await again.list()).length !== 3000) throw new Error("not all are listed");
    await again.close();
  });
  figures.push(["open and list 3,000 sessions", listed, 50, "ms"]);
  const searching = await openStore(many);
  figures.push([
    "search them for two words",
    await timed(() => searching.search("conversation fil", { most: 20 })),
    Infinity,
    "ms",
  ]);
  await searching.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const [what, is, most, unit] of figures) {
  const goal = most === Infinity ? "" : `  (at most ${most} ${unit})${is > most ? "  MISSED" : ""}`;
  console.log(`${what}: ${is.toFixed(2)} ${unit}${goal}`);
  if (is > most) process.exitCode = 1;
}
