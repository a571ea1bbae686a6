import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";

const BWRAP = ["/usr/bin/bwrap", "/usr/local/bin/bwrap"].some((at) => existsSync(at));

/** A reason to skip what needs a sandbox of the kernel's. CI has to have one: there such a test fails instead. */
export const withoutBwrap: string | false =
  BWRAP || process.env["CI"] === "true" ? false : "there is no bubblewrap on this machine";

/** A folder that is gone when the test is over. */
export function temporaryFolder(context: TestContext): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-test-")));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
