import { ModelError } from "../llm/errors.ts";

/** Never asked to stream, so it remembers nothing, and one is enough. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Bytes to text, in chunks cut anywhere. Holding back the unfinished character at a chunk's end keeps each decode
 * whole, which the platform does several times faster than its own streaming mode.
 */
export class Utf8 {
  #held: Uint8Array | undefined;

  /** @throws ModelError `malformed` when the bytes are not UTF-8. */
  push(chunk: Uint8Array): string {
    let bytes = chunk;
    if (this.#held !== undefined) {
      bytes = new Uint8Array(this.#held.length + chunk.length);
      bytes.set(this.#held);
      bytes.set(chunk, this.#held.length);
      this.#held = undefined;
    }
    const open = unfinished(bytes);
    if (open > 0) {
      // A copy, which `slice` of a buffer of Node's is not.
      this.#held = new Uint8Array(bytes.subarray(bytes.length - open));
      bytes = bytes.subarray(0, bytes.length - open);
    }
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw new ModelError("the answer is not valid UTF-8", { kind: "malformed", cause });
    }
  }

  /** Whether the bytes so far end inside a character. */
  get open(): boolean {
    return this.#held !== undefined;
  }
}

/** How many bytes at the end begin a character that they do not finish. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      // No character begins so: it is for the decoder to refuse.
      if (byte > 0xf4) return 0;
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < length ? back : 0;
    }
  }
  return 0;
}
