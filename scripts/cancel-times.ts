// How long it takes from the cancel of a turn until it is over and nothing of what it ran is left:
// `node scripts/cancel-times.ts [runs]`. Milliseconds: the middle one, the 95th and the 99th of a hundred, the worst.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { codingTools } from "../src/agent/tools/coding-tools.ts";
import { openSandbox } from "../src/agent/sandbox/open-sandbox.ts";
import { openToolRoom } from "../src/agent/tools/room.ts";
import { createConversation } from "../src/conversation/conversation.ts";
import { scripted } from "../src/testing/scripted.ts";

const runs = Number(process.argv[2] ?? 200);

/** Commands, each of which keeps a `sleep` of so many seconds for as long as it may. */
const kinds: Readonly<Record<string, (seconds: string) => string>> = {
  "a command that obeys": (seconds) => `sleep ${seconds}`,
  "one whose child holds its output": (seconds) => `sleep ${seconds} & sleep ${seconds}`,
  "one that left its session": (seconds) => `setsid sleep ${seconds} & wait`,
  "one that ignores TERM": (seconds) => `trap "" TERM INT HUP; while :; do sleep ${seconds}; done`,
};

const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-times-")));
const workspace = path.join(folder, "project");
mkdirSync(workspace);
const sandbox = await openSandbox({ workspace });
const room = openToolRoom({ sandbox, logFolder: path.join(folder, "logs") });
const tools = codingTools(room);
try {
  for (const [kind, command] of Object.entries(kinds)) {
    const times: number[] = [];
    for (let run = 0; run < runs; run++) times.push(await cancelled(command, `60.${process.pid}${run}`));
    times.sort((a, b) => a - b);
    const at = (share: number): string =>
      (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(0);
    console.log(`${kind}: ${at(0.5)}, ${at(0.95)}, ${at(0.99)}, ${at(1)} ms (${runs} times)`);
  }
} finally {
  await room.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Has a turn run a command, cancels it when it runs, and says how long all of it took to be gone. */
async function cancelled(command: (seconds: string) => string, seconds: string): Promise<number> {
  const model = scripted([
    { toolCalls: [{ name: "shell", input: { command: command(seconds), waitSeconds: 600 } }] },
  ]);
  const conversation = createConversation({ model, tools });
  const turn = conversation.turn("go");
  while (!isThere(seconds)) await new Promise((next) => setTimeout(next, 5));
  const from = performance.now();
  conversation.cancel(new Error("enough"));
  await turn;
  while (isThere(seconds)) await new Promise((next) => setImmediate(next));
  return performance.now() - from;
}

/** Whether a process has these seconds among its arguments. */
function isThere(seconds: string): boolean {
  return readdirSync("/proc").some((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return (
        readFileSync(`/proc/${name}/cmdline`, "latin1").split("\0").slice(0, 3).join(" ") ===
        `sleep ${seconds} `
      );
    } catch {
      return false;
    }
  });
}
