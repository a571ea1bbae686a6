import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { SECRETS_AT_HOME } from "./secrets.ts";
import type { Place } from "./case.ts";

/** What stands outside of the sandboxes of one run, made for it: nothing of the machine's user is touched. */
export interface World {
  readonly base: string;
  /** Seen inside, and not to be changed. */
  readonly outside: string;
  readonly home: string;
  readonly workspaces: Readonly<Record<Place, string>>;
  /** What the listeners outside heard. */
  readonly heard: string[];
  readonly ports: { readonly tcp: number; readonly udp: number };
  readonly victim: ChildProcess;
  exists(at: string): boolean;
  read(at: string): string;
  mode(at: string): number;
  /** The same, with workspaces that nobody has been in yet. */
  again(): World;
  close(): void;
}

/** A text that stands in every secret. */
export const CANARY = "canary-5f0c1d";

/** The text of `outside/victim`, which many try to change. */
export const UNTOUCHED = "untouched\n";

export async function makeWorld(base: string): Promise<World> {
  const outside = path.join(base, "outside");
  const home = path.join(base, "home");
  for (const folder of [outside, home, path.join(outside, "folder")]) mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(outside, "victim"), UNTOUCHED);
  writeFileSync(path.join(base, "beside"), UNTOUCHED);
  writeFileSync(path.join(base, "unseen"), CANARY);
  for (const name of [...SECRETS_AT_HOME, ".project-of-another/file", ".colloquy-state/journal"]) {
    mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
    writeFileSync(path.join(home, name), `# ${CANARY} ${name}\n`);
  }
  const heard: string[] = [];
  const listeners = await listen(outside, base, heard);
  const victim = spawn("sleep", ["600"], { stdio: "ignore" });
  let count = 0;
  const world: World = {
    base,
    outside,
    home,
    workspaces: makeWorkspaces(path.join(base, "work")),
    heard,
    ports: listeners.ports,
    victim,
    exists: existsSync,
    read: (at) =>
      statSync(at, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(at, "utf8") : "",
    mode: (at) => (existsSync(at) ? statSync(at).mode : 0),
    again: () => ({ ...world, workspaces: makeWorkspaces(path.join(base, "work", `again-${count++}`)) }),
    close() {
      victim.kill("SIGKILL");
      listeners.close();
    },
  };
  return world;
}

/** Where the abstract socket outside listens. */
export const ABSTRACT = `colloquy-escape-${process.pid}`;

async function listen(outside: string, base: string, heard: string[]) {
  const servers = [0, path.join(outside, "host.sock"), path.join(base, "host.sock"), `\0${ABSTRACT}`].map(
    (at) =>
      createServer((socket) => {
        socket.on("error", () => undefined);
        socket.on("data", (data) => heard.push(data.toString()));
      }).listen(typeof at === "number" ? { port: at, host: "0.0.0.0" } : { path: at }),
  );
  const udp = createSocket("udp4").bind(0);
  udp.on("message", (data) => heard.push(data.toString()));
  await Promise.all(
    [...servers, udp].map((each) => new Promise((ready) => each.once("listening", () => ready(undefined)))),
  );
  const address = servers[0]?.address();
  return {
    ports: {
      tcp: typeof address === "object" && address !== null ? address.port : 0,
      udp: udp.address().port,
    },
    close() {
      for (const server of servers) server.close();
      udp.close();
    },
  };
}

/** What a full workspace has of what is protected: the name, and a text that must stay. */
export const PRESENT: readonly string[] = [
  ".git/hooks/pre-commit",
  ".git/config",
  ".vscode/settings.json",
  ".idea/workspace.xml",
  ".claude/settings.json",
  ".codex/config.toml",
  ".cursor/mcp.json",
  ".colloquy/config.json",
  ".mcp.json",
  ".envrc",
  ".gitmodules",
  ".bashrc",
  ".zshrc",
  ".profile",
  ".npmrc",
  ".yarnrc.yml",
  ".husky/pre-commit",
];

function makeWorkspaces(base: string): Record<Place, string> {
  const at = (name: string) => path.join(base, name);
  for (const name of ["plain", "full", "bare", "super"]) mkdirSync(at(name), { recursive: true });
  for (const name of ["plain", "full", "super"]) repository(at(name));
  for (const name of PRESENT.filter((each) => each !== ".git/config")) {
    mkdirSync(path.dirname(path.join(at("full"), name)), { recursive: true });
    writeFileSync(path.join(at("full"), name), UNTOUCHED);
  }
  git(at("full"), "config", "core.hooksPath", "tools/hooks");
  git(at("full"), "config", "include.path", "../shared.gitconfig");
  mkdirSync(path.join(at("full"), "tools/hooks"), { recursive: true });
  writeFileSync(path.join(at("full"), "shared.gitconfig"), "[user]\n\tname = shared\n");
  git(at("plain"), "worktree", "add", "-q", at("linked"));
  repository(at("library"));
  git(
    at("super"),
    "-c",
    "protocol.file.allow=always",
    "submodule",
    "--quiet",
    "add",
    "../library",
    "libs/library",
  );
  mkdirSync(path.join(at("super"), "nested"));
  repository(path.join(at("super"), "nested"));
  return {
    plain: at("plain"),
    full: at("full"),
    bare: at("bare"),
    linked: at("linked"),
    super: at("super"),
  };
}

function repository(folder: string): void {
  mkdirSync(folder, { recursive: true });
  git(folder, "init", "-q", "-b", "main");
  git(folder, "commit", "-q", "--allow-empty", "-m", "first");
}

export function git(folder: string, ...args: string[]): string {
  const identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
  const { status, stdout, stderr } = spawnSync("git", [...identity, ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" },
  });
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  return stdout;
}
