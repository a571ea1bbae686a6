import { settled } from "./gate.ts";

/** A fetch whose body the test writes. */
export function written(): {
  fetch: typeof globalThis.fetch;
  write: (text: string) => Promise<void>;
  close: () => void;
} {
  let control: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (given) => void (control = given) });
  return {
    fetch: async () => new globalThis.Response(body),
    write: async (text) => {
      control?.enqueue(new TextEncoder().encode(text));
      await settled(2);
    },
    close: () => control?.close(),
  };
}
