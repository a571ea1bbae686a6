import { OutputClosed } from "./exit-code.ts";
import type { Io, Output } from "./io.ts";

/** Stdout as the place of the result: knows when nobody reads any more, and when what was written was lost. */
export class Outlet {
  readonly #output: Output;
  readonly #onFailure: (error: Error) => void;
  #failure: Error | undefined;

  constructor(output: Output, onFailure: (error: Error) => void = () => undefined) {
    this.#output = output;
    this.#onFailure = onFailure;
    // Stays for good: the report of a closed pipe may come when all is done, and unheard it would be a crash.
    output.on("error", (error: Error) => this.#fail(error));
  }

  /** Why the output takes nothing more: {@link OutputClosed}, or what went wrong. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  write(text: string): void {
    if (text !== "" && this.#failure === undefined) this.#output.write(text);
  }

  /** Resolves when all that was written has arrived, or was lost. */
  async flush(): Promise<void> {
    if (this.#failure !== undefined) return;
    await new Promise<void>((resolve) => {
      this.#output.write("", (error) => {
        if (error) this.#fail(error);
        resolve();
      });
    });
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    const { code } = error as NodeJS.ErrnoException;
    const closed = code === "EPIPE" || code === "ERR_STREAM_DESTROYED";
    this.#failure = closed
      ? new OutputClosed()
      : new Error(`cannot write the answer: ${error.message}`, { cause: error });
    this.#onFailure(this.#failure);
  }
}

/** Writes the whole result of a command, and resolves to its exit code. @throws what writing it failed with. */
export async function print(text: string, io: Pick<Io, "stdout">): Promise<number> {
  const out = new Outlet(io.stdout);
  out.write(text);
  await out.flush();
  if (out.failure !== undefined && !(out.failure instanceof OutputClosed)) throw out.failure;
  return 0;
}
