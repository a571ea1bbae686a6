import { deflateRawSync, inflateRawSync } from "node:zlib";
import { hashOf } from "./written.ts";

/** A long text as bytes: deflated, where that is shorter. */
export interface Packed {
  readonly packed: 0 | 1;
  readonly data: Uint8Array;
}

export function pack(text: string): Packed {
  const plain = new TextEncoder().encode(text);
  const packed = deflateRawSync(plain, { level: 1 });
  return packed.length < plain.length ? { packed: 1, data: packed } : { packed: 0, data: plain };
}

/** The text with this hash; undefined where the bytes are not what was packed. */
export function unpack(packed: unknown, data: unknown, hash: string): string | undefined {
  try {
    const bytes = packed === 1 ? inflateRawSync(data as Uint8Array) : (data as Uint8Array);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    return hashOf(text) === hash ? text : undefined;
  } catch {
    return undefined;
  }
}
