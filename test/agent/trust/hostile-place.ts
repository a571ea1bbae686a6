import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { putFiles } from "../../support/folder.ts";

/** What somebody hostile knows, and has to fill. */
export class HostilePlace {
  readonly folder: string;
  /** The home of whoever opens the folder, with secrets in it. */
  readonly home: string;
  /** A program that leaves a trace, by its absolute path. */
  readonly program: string;
  /** A server that counts who comes. */
  readonly url: string;
  /** A shell line that leaves a trace in the folder as well: a sandbox does not see the program. */
  readonly run: string;

  constructor(folder: string, home: string, program: string, url: string) {
    this.folder = folder;
    this.home = home;
    this.program = program;
    this.url = url;
    this.run = `touch colloquy-canary-ran; ${program} x`;
  }

  put(files: Readonly<Record<string, string>>): void {
    putFiles(this.folder, files);
  }

  /** Files that can be run. */
  programs(...names: readonly string[]): void {
    for (const name of names) {
      this.put({ [name]: `#!/bin/sh\n${this.run}\n` });
      chmodSync(path.join(this.folder, name), 0o755);
    }
  }

  link(name: string, to: string): void {
    mkdirSync(path.dirname(path.join(this.folder, name)), { recursive: true });
    symlinkSync(to, path.join(this.folder, name));
  }

  pipe(name: string): void {
    mkdirSync(path.dirname(path.join(this.folder, name)), { recursive: true });
    const { status } = spawnSync("sh", ["-c", 'mkfifo "$1"', "sh", path.join(this.folder, name)]);
    if (status !== 0) throw new Error(`mkfifo ${name}`);
  }

  /** A file of so many bytes that takes no room. */
  huge(name: string, bytes: number): void {
    this.put({ [name]: "# huge\n" });
    truncateSync(path.join(this.folder, name), bytes);
  }

  /** A repository that git would take for one, with these settings; `at` is its folder. */
  repository(config: string, at = ".git", head = "ref: refs/heads/main\n"): void {
    const git = path.join(this.folder, at);
    for (const name of ["objects/info", "refs/heads", "info", "hooks"]) {
      mkdirSync(path.join(git, name), { recursive: true });
    }
    writeFileSync(path.join(git, "HEAD"), head);
    writeFileSync(
      path.join(git, "config"),
      `[core]\n\trepositoryformatversion = 0\n\tbare = false\n${config}`,
    );
  }

  json(name: string, value: unknown): void {
    this.put({ [name]: JSON.stringify(value) });
  }
}
