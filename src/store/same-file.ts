import { statSync } from "node:fs";
import { StoreError } from "./errors.ts";

/** That a file of SQLite and its log are still those that were opened: nobody has deleted or replaced them. */
export class SameFile {
  readonly #opened: readonly (readonly [file: string, was: string | undefined])[];

  constructor(file: string) {
    this.#opened = [file, `${file}-wal`].map((each) => [each, identityOf(each)]);
  }

  /** @throws StoreError `unwritable` */
  check(): void {
    for (const [file, was] of this.#opened) {
      if (was === undefined || was === identityOf(file)) continue;
      throw new StoreError(
        "unwritable",
        `${file} was deleted or replaced while it was open; what happens now is not kept. Open the store anew`,
      );
    }
  }
}

/** Which file has this name, by device and number. */
function identityOf(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.dev} ${stat.ino}`;
}
