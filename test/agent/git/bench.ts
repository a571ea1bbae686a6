import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "node:test";
import type { GitRepository } from "../../../src/agent/git/git-repository.ts";
import { openRepository } from "../../../src/agent/git/open-repository.ts";
import type { Sandbox } from "../../../src/agent/sandbox/sandbox.ts";
import { directSandbox } from "../../support/direct-sandbox.ts";
import { VirtualClock } from "../../support/clock.ts";
import { temporaryFolder } from "../../sandbox/support.ts";

/** A folder with git in it, as a user would work there. */
export interface Checkout {
  readonly folder: string;
  /** Runs git as its user, and gives what it says. */
  readonly git: (...args: readonly string[]) => string;
  readonly write: (name: string, text: string | Uint8Array) => void;
  /** Writes a file and commits it. Gives the hash. */
  readonly commit: (name: string, text: string, message?: string) => string;
}

const WHO = {
  GIT_AUTHOR_NAME: "Somebody",
  GIT_AUTHOR_EMAIL: "somebody@example.com",
  GIT_COMMITTER_NAME: "Somebody",
  GIT_COMMITTER_EMAIL: "somebody@example.com",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
};

export function checkoutIn(folder: string): Checkout {
  const git = (...args: readonly string[]): string =>
    execFileSync("git", args, {
      cwd: folder,
      env: { PATH: process.env["PATH"], HOME: folder, ...WHO },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trimEnd();
  const write = (name: string, text: string | Uint8Array): void => {
    const at = path.join(folder, name);
    mkdirSync(path.dirname(at), { recursive: true });
    writeFileSync(at, text);
  };
  return {
    folder,
    git,
    write,
    commit: (name, text, message = `change ${name}`) => {
      write(name, text);
      git("add", "--", name);
      git("commit", "--quiet", "-m", message);
      return git("rev-parse", "HEAD");
    },
  };
}

/** An empty repository on the branch `main`. */
export function newCheckout(test: TestContext, name = "project"): Checkout {
  const folder = path.join(temporaryFolder(test), name);
  mkdirSync(folder);
  const checkout = checkoutIn(folder);
  checkout.git("init", "--quiet", "-b", "main");
  return checkout;
}

/** Sandbox of a folder, in which nothing is shut in; it is closed with the test. */
export function sandboxOf(test: TestContext, folder: string): Sandbox {
  const sandbox = directSandbox(folder);
  test.after(() => sandbox.close());
  return sandbox;
}

/** The repository that is there. */
export async function opened(test: TestContext, folder: string): Promise<GitRepository> {
  const repository = await openRepository({ sandbox: sandboxOf(test, folder), clock: new VirtualClock() });
  if (repository === undefined) throw new Error("there is a repository");
  return repository;
}
