import path from "node:path";
import { SandboxError } from "./errors.ts";
import { isWithin, look } from "./look.ts";
import { isEmpty } from "./placeholder-mark.ts";
import { isDecoy } from "./placeholders.ts";

/**
 * What is mounted over a path in a folder that programs may change.
 *
 * `pin`: the folder upon itself, so that it can be changed but neither moved nor removed: a mount point is busy. Without
 * it `mv .git x; mkdir .git` would leave a guard behind on `x`. `read-only`: what is there. `absent`: an empty folder,
 * whatever might come to be there, since git takes no notice of empty folders. `empty`: the same over an empty folder of
 * the user's, which stays when nobody holds it any more. `decoy`: a file that says what its absence says.
 */
export type Guard =
  | { readonly type: "pin"; readonly path: string }
  | { readonly type: "read-only"; readonly path: string }
  | { readonly type: "absent" | "empty"; readonly path: string }
  | { readonly type: "decoy"; readonly path: string; readonly text: string };

/** Collects guards for places below one folder, and pins the folders on the way to each. */
export class Guards {
  readonly #root: string;
  readonly #unprotected: ReadonlySet<string>;
  readonly #found = new Map<string, Guard>();

  /** @param unprotected names, relative to the folder, that its user gives up */
  constructor(root: string, unprotected: ReadonlySet<string>) {
    this.#root = root;
    this.#unprotected = unprotected;
  }

  /** Whether the user did not give it up. */
  wants(at: string): boolean {
    return !this.#unprotected.has(path.relative(this.#root, at));
  }

  /**
   * Makes a place unchangeable, present or not.
   *
   * @throws SandboxError `invalid` for a symbolic link: nothing can be mounted on one, and it could be replaced.
   */
  hold(at: string): void {
    if (!isWithin(this.#root, at) || at === this.#root || !this.wants(at)) return;
    const parent = path.dirname(at);
    if (parent !== this.#root && !this.#pin(parent)) return;
    switch (look(at)) {
      case "absent":
        this.#add({ type: "absent", path: at });
        return;
      case "link":
        throw linked(this.#root, at);
      default:
        this.#add({ type: isEmpty(at) ? "empty" : "read-only", path: at });
    }
  }

  /** As `hold`, where there is something; an absence is not kept. */
  holdPresent(at: string): void {
    if (look(at) !== "absent") this.hold(at);
  }

  /** A folder stays where it is, and what is in it may change. */
  pin(at: string): void {
    this.#pin(at);
  }

  /** As `hold`; but while it is absent, a file with this text is there, which says the same. */
  holdOrPretend(at: string, text: string): void {
    const found = look(at);
    if (found === "absent" || (found === "file" && isDecoy(at, text))) {
      if (this.#pin(path.dirname(at))) this.#add({ type: "decoy", path: at, text });
    } else this.hold(at);
  }

  /** From the outside to the inside, so that none is covered by one that comes later. */
  all(): Guard[] {
    return [...this.#found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Says whether there is a folder to go on in: the first that is missing is held absent, and all below it with it. */
  #pin(folder: string): boolean {
    if (folder === this.#root) return true;
    if (!isWithin(this.#root, folder) || !this.#pin(path.dirname(folder))) return false;
    if (look(folder) !== "folder") {
      this.hold(folder);
      return false;
    }
    const known = this.#found.get(folder);
    if (known?.type === "absent") return false;
    if (known === undefined) this.#found.set(folder, { type: "pin", path: folder });
    return true;
  }

  #add(guard: Guard): void {
    const known = this.#found.get(guard.path);
    if (known === undefined || known.type === "pin") this.#found.set(guard.path, guard);
  }
}

function linked(root: string, at: string): SandboxError {
  const name = path.relative(root, at);
  return new SandboxError(
    "invalid",
    `${name} is a symbolic link, and a link cannot be protected: put there what it points to, or give it up with \`unprotected: ["${name}"]\``,
  );
}
