// The processes that a run starts. Each is ended by its id when the run ends, however it ends.

import { fork, spawn } from "node:child_process";

const living = new Set();
process.on("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
]) {
  process.on(signal, () => process.exit(code));
}

// A proxy, a key or Node options of the user's would change what is measured, and nothing here leaves this machine.
const unwanted = /proxy|^anthropic_|api_?key|^node_options$|^ai_sdk_/i;
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !unwanted.test(name)));
env.AI_SDK_LOG_WARNINGS = "false";
env.NODE_NO_WARNINGS = "1";

function keep(child) {
  living.add(child);
  child.once("exit", () => living.delete(child));
  return child;
}

/** A process that is asked one thing at a time over its IPC channel. */
export function start(file, execArgv = []) {
  const child = keep(fork(file, { execArgv, env, stdio: ["ignore", "ignore", "pipe", "ipc"] }));
  let complaint = "";
  child.stderr.on("data", (chunk) => (complaint = (complaint + chunk).slice(-2000)));
  const next = (seconds) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        settle(reject, new Error(`no answer within ${seconds} s`));
      }, seconds * 1000);
      const onExit = (code) => settle(reject, new Error(`ended with ${code}: ${gist(complaint)}`));
      const onMessage = (message) => settle(resolve, message);
      const settle = (how, what) => {
        clearTimeout(timer);
        child.off("exit", onExit).off("message", onMessage);
        how(what);
      };
      if (child.exitCode !== null || child.signalCode !== null)
        return onExit(child.exitCode ?? child.signalCode);
      child.once("exit", onExit).once("message", onMessage);
    });
  return {
    next,
    async ask(message, seconds = 60) {
      const answer = next(seconds);
      if (child.connected) child.send(message, () => {});
      const { error, value } = await answer;
      if (error !== undefined) throw new Error(error);
      return value;
    },
    end: () => child.kill("SIGKILL"),
  };
}

/** Runs Node with these arguments to its end. */
export function run(args, cwd) {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = keep(spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] }));
    const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
    let wall = 0;
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("error", reject);
    child.on("exit", () => (wall = performance.now() - begun));
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve({ stdout, wall });
      else reject(new Error(`ended with ${code}: ${gist(stderr)}`));
    });
  });
}

// The line of a stack trace that says what happened.
function gist(stderr) {
  const lines = stderr.trim().split("\n");
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1);
}
