import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "node:test";
import { checkoutIn, newCheckout, type Checkout } from "./bench.ts";

/** A repository that wants to run something, and what of it ran. */
export interface Hostile extends Checkout {
  readonly ran: () => readonly string[];
  readonly forget: () => void;
}

const HOOKS = [
  "post-checkout",
  "post-index-change",
  "reference-transaction",
  "pre-commit",
  "post-commit",
  "fsmonitor-watchman",
  "pre-auto-gc",
];

/** Names of filters that a list of settings is easily cut at the wrong place of. */
const FILTERS = ["lfs", "a=b", "a.b", "A b", "ü", 'q"q', "clean", "-c"];

/** A repository in whose settings, hooks and attributes stands all that makes git run something when it looks. */
export function hostileCheckout(context: TestContext): Hostile {
  const checkout = newCheckout(context, "hostile");
  const { folder, git, write, commit } = checkout;
  const traps = path.join(folder, ".git/traps");
  mkdirSync(traps);
  /** A program that leaves a mark, and then does as little harm as it can. */
  const trap = (name: string, then = "cat 2>/dev/null; exit 0"): string => {
    const file = path.join(folder, ".git", `trap ${name}`.replaceAll(/[^a-zA-Z0-9-]/g, "_"));
    write(path.relative(folder, file), `#!/bin/sh\necho >>'${traps}/${encodeURIComponent(name)}'\n${then}\n`);
    chmodSync(file, 0o755);
    return file;
  };

  for (const [at] of FILTERS.entries()) commit(`filtered-${at}.txt`, "one\n");
  commit("text.conv", "one\n");
  commit("external.ext", "one\n");
  signedCommit(checkout);
  hostileSubmodule(context, checkout, trap);

  for (const hook of HOOKS) {
    write(`.git/hooks/${hook}`, readFileSync(trap(`hook ${hook}`), "utf8"));
    chmodSync(path.join(folder, ".git/hooks", hook), 0o755);
  }
  const attributes = ["*.conv diff=conv", "*.ext diff=ext"];
  for (const [at, name] of FILTERS.entries()) {
    // A name with a blank cannot be said in attributes; its settings are read all the same.
    if (!name.includes(" ")) attributes.push(`filtered-${at}.txt filter=${name}`);
    const section = `filter.${name}`;
    if (at % 2 === 0) git("config", `${section}.clean`, `'${trap(`clean ${name}`)}'`);
    else git("config", `${section}.process`, `'${trap(`process ${name}`)}'`);
    git("config", `${section}.smudge`, `'${trap(`smudge ${name}`)}'`);
    git("config", `${section}.required`, "true");
  }
  write(".git/info/attributes", `${attributes.join("\n")}\n`);
  write("included", `[filter "included"]\n\tclean = '${trap("clean included")}'\n`);
  git("config", "include.path", "../included");
  write(".gitattributes", "included filter=included\n");
  const settings: Readonly<Record<string, string>> = {
    // One that fails has git look at everything itself.
    "core.fsmonitor": trap("fsmonitor", "exit 1"),
    "core.pager": trap("pager"),
    "pager.log": trap("pager of log"),
    "pager.status": trap("pager of status"),
    "core.editor": trap("editor"),
    "core.askPass": trap("askpass"),
    "core.sshCommand": trap("ssh"),
    "credential.helper": trap("credential"),
    "diff.conv.textconv": `'${trap("textconv")}'`,
    "diff.ext.command": `'${trap("diff of a kind")}'`,
    "diff.external": `'${trap("diff")}'`,
    "diff.submodule": "diff",
    "gpg.program": trap("gpg"),
    "log.showSignature": "true",
    "commit.gpgSign": "true",
    "alias.status": `!'${trap("alias")}'`,
    "alias.rev-parse": `!'${trap("alias")}'`,
    "status.submoduleSummary": "true",
    "submodule.recurse": "true",
    "protocol.allow": "always",
    "protocol.ext.allow": "always",
    "gc.auto": "1",
    "color.ui": "always",
  };
  for (const [name, value] of Object.entries(settings)) git("config", name, value);

  // So that git has to compare contents.
  for (const [at] of FILTERS.entries()) write(`filtered-${at}.txt`, "two\n");
  write("text.conv", "two\n");
  write("external.ext", "two\n");
  write("new.conv", "three\n");
  write("new.ext", "three\n");
  for (const name of ["filtered-0.txt", "filtered-1.txt"]) utimesSync(path.join(folder, name), 1, 1);
  rmSync(traps, { recursive: true });
  mkdirSync(traps);
  return {
    ...checkout,
    ran: () => readdirSync(traps).map(decodeURIComponent).sort(),
    forget: () => {
      for (const name of readdirSync(traps)) rmSync(path.join(traps, name));
    },
  };
}

/** A commit with a signature, which git would have checked. */
function signedCommit({ folder, git, write }: Checkout): void {
  const plain = git("cat-file", "commit", "HEAD");
  const [head = "", ...body] = plain.split("\n\n");
  const signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----";
  write(".git/signed", `${head}\n${signature}\n\n${body.join("\n\n")}\n`);
  git("update-ref", "HEAD", git("hash-object", "-t", "commit", "-w", path.join(folder, ".git/signed")));
}

/** A submodule whose own settings are no better. */
function hostileSubmodule(
  context: TestContext,
  { folder, git }: Checkout,
  trap: (name: string, then?: string) => string,
): void {
  const inner = newCheckout(context, "inner");
  inner.commit("a.txt", "one\n");
  git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.folder, "sub");
  git("commit", "--quiet", "-m", "with a submodule");
  const sub = checkoutIn(path.join(folder, "sub"));
  sub.git("config", "core.fsmonitor", trap("fsmonitor of a submodule", "exit 1"));
  sub.git("config", "filter.sub.clean", `'${trap("clean of a submodule")}'`);
  sub.write(".gitattributes", "* filter=sub\n");
  sub.write("a.txt", "two\n");
}

/** Every file in a folder, with what it holds. */
export function contents(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (!existsSync(folder)) return found;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const at = path.join(entry.parentPath, entry.name);
    found.set(at, entry.isFile() ? readFileSync(at, "latin1") : "");
  }
  return found;
}
