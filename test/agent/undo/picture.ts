import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { openUndo, type Undo, type UndoOptions } from "../../../src/agent/index.ts";
import { VirtualClock } from "../../support/clock.ts";

/** All that is in a folder, by path in hex: kinds, modes, contents, targets of links. */
export function picture(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (at: Buffer): void => {
    const status = lstatSync(at);
    const mode = (status.mode & 0o7777).toString(8);
    const name = at.subarray(folder.length).toString("latin1");
    if (status.isSymbolicLink()) found.set(name, `link ${readlinkSync(at, "buffer").toString("hex")}`);
    else if (status.isDirectory()) {
      found.set(name, `folder ${mode}`);
      for (const each of readdirSync(at, "buffer")) visit(Buffer.concat([at, Buffer.from("/"), each]));
    } else if (status.isFile()) found.set(name, `file ${mode} ${readFileSync(at).toString("latin1")}`);
    else found.set(name, "special");
  };
  visit(Buffer.from(folder));
  return found;
}

/** A workspace, and an undo of it beside it; gone after the test. */
export interface Place {
  readonly base: string;
  readonly workspace: string;
  readonly store: string;
  readonly clock: VirtualClock;
  readonly open: (options?: Partial<UndoOptions>) => Promise<Undo>;
}

export function place(t: TestContext): Place {
  const made = makePlace();
  t.after(made.remove);
  return made;
}

/** The same, for who removes it himself. */
export function makePlace(): Place & { readonly remove: () => Promise<void> } {
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-undo-")));
  const workspace = mkdtempSync(path.join(base, "workspace-"));
  const store = path.join(base, "state", "undo", "abc-defg");
  const clock = new VirtualClock();
  const opened: Undo[] = [];
  const open = async (options: Partial<UndoOptions> = {}): Promise<Undo> => {
    const undo = await openUndo({ workspace, folder: store, clock, ...options });
    opened.push(undo);
    return undo;
  };
  const remove = async (): Promise<void> => {
    for (const undo of opened) await undo.close();
    rmSync(base, { recursive: true, force: true });
  };
  return { base, workspace, store, clock, open, remove };
}
