import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { createConversation } from "../../src/conversation/conversation.ts";
import type { JournalEntry } from "../../src/conversation/journal.ts";
import { toolCalls } from "../../src/llm/message.ts";
import { openStore } from "../../src/store/index.ts";
import { hashOf } from "../../src/store/written.ts";
import { scripted } from "../../src/testing/scripted.ts";
import { isSendable } from "../handoff/preconditions.ts";

const victim = fileURLToPath(new URL("victim.ts", import.meta.url));

/** What came of killing processes. */
export interface Killed {
  kills: number;
  /** Processes that ended by themselves before they were killed. */
  ended: number;
  /** What they were told that is written, and what their tools did. */
  acknowledged: number;
  effects: number;
  /** Calls that began and whose end nobody knows, at each kill. */
  unknown: number;
}

/**
 * Kills processes that write one session, one after another, each at a random moment, and looks at the file after each.
 * A session is begun anew after so many, so that none grows without end.
 */
export async function kill(folder: string, kills: number, random: () => number, anew = 25): Promise<Killed> {
  const sum: Killed = { kills: 0, ended: 0, acknowledged: 0, effects: 0, unknown: 0 };
  for (let generation = 0; sum.kills < kills; generation++) {
    const file = path.join(folder, `${generation}.db`);
    const effects = `${file}.effects`;
    appendFileSync(effects, "");
    const told: string[] = [];
    for (let n = 0; n < anew && sum.kills < kills; n++) {
      const killed = await once(file, effects, random, told);
      if (killed) sum.kills++;
      else sum.ended++;
      await look(file, told, effects, sum);
    }
    sum.acknowledged += told.length;
    sum.effects += lines(effects).length;
    for (const each of [file, `${file}-wal`, `${file}-shm`, effects]) rmSync(each, { force: true });
  }
  return sum;
}

/** One process, which is killed some time after the first thing that it says, or before. */
async function once(file: string, effects: string, random: () => number, told: string[]): Promise<boolean> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", victim, file, effects, "1000"],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let said = "";
  let wrong = "";
  child.stderr.on("data", (chunk: Buffer) => (wrong += chunk.toString()));
  let timer: NodeJS.Timeout | undefined;
  const doom = (ms: number): void => {
    timer ??= setTimeout(() => child.kill("SIGKILL"), ms);
  };
  // One in ten dies while it begins.
  if (random() < 0.1) doom(20 + random() * 150);
  const after = random() ** 2 * 60;
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    doom(after);
  });
  const signal = await new Promise<NodeJS.Signals | null>((resolve) =>
    child.once("close", (_, by) => resolve(by)),
  );
  clearTimeout(timer);
  assert.equal(wrong, "");
  // A line that was not said to its end was not said.
  told.push(...said.split("\n").slice(0, -1));
  return signal === "SIGKILL";
}

/** The file has all that was told; nothing was done twice; whatever is open can be gone on with. */
async function look(file: string, told: readonly string[], effects: string, sum: Killed): Promise<void> {
  const done = lines(effects);
  if (!existsSync(file)) return assert.deepEqual([told, done], [[], []]);
  const store = await openStore(file);
  try {
    const [info] = await store.list();
    if (info === undefined) return assert.deepEqual([told, done], [[], []]);
    const { entries, damage } = await store.read(info.id);
    assert.deepEqual(damage, []);
    const written = new Map<string, number>();
    for (const entry of entries)
      for (const line of linesOf(entry)) written.set(line, (written.get(line) ?? 0) + 1);
    const heard = new Map<string, number>();
    for (const line of told) heard.set(line, (heard.get(line) ?? 0) + 1);
    for (const [line, count] of heard)
      assert.ok((written.get(line) ?? 0) >= count || line === "end", `${line} is lost`);
    assert.equal(new Set(done).size, done.length, "something was done twice");
    const starts = new Set(
      entries.flatMap((entry) => (entry.type === "tool-start" ? [`${entry.name} ${entry.callId}`] : [])),
    );
    for (const each of done) assert.ok(starts.has(each), `${each} was done, and nobody wrote that it began`);
    const talk = createConversation({
      model: scripted([]),
      journal: { past: entries, append: () => assert.fail() },
    });
    sum.unknown += (talk.interrupted?.calls ?? []).filter(
      ({ state, name }) => state === "unknown" && name === "write",
    ).length;
    const messages = talk.history.toArray();
    const { last } = talk.history;
    const open = last?.role === "assistant" && toolCalls(last).length > 0;
    assert.ok(isSendable(open || last?.role === "assistant" ? messages.slice(0, -1) : messages));
  } finally {
    await store.close();
  }
}

function linesOf(entry: JournalEntry): readonly string[] {
  if (entry.type === "message") return [`message ${hashOf(JSON.stringify(entry.message))}`];
  if (entry.type === "tool-result") return [`result ${entry.result.callId}`];
  return entry.type === "turn-end" ? ["turn"] : [];
}

function lines(file: string): readonly string[] {
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}
