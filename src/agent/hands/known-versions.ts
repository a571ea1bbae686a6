import path from "node:path";

/** More are not kept; the oldest go first. */
const MOST = 10_000;

/** Which version of each file the model knows, because it read or wrote it. */
export class KnownVersions {
  readonly #workspace: string;
  /** By the path with links followed. */
  readonly #versions = new Map<string, string>();
  /** From paths as they were given to those with links followed. */
  readonly #real = new Map<string, string>();

  constructor(workspace: string) {
    this.#workspace = workspace;
  }

  /** The version of the file at a path that is known; undefined where none is. */
  of(given: string): string | undefined {
    const asked = path.resolve(this.#workspace, given);
    return this.#versions.get(this.#real.get(asked) ?? asked);
  }

  /** Takes down what was told of the file at a path. */
  learn(given: string, seen: { readonly path: string; readonly version?: string }): void {
    if (seen.version === undefined) return;
    keep(this.#real, path.resolve(this.#workspace, given), seen.path);
    keep(this.#versions, seen.path, seen.version);
  }
}

function keep(map: Map<string, string>, key: string, value: string): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= MOST) return;
    map.delete(oldest);
  }
}
