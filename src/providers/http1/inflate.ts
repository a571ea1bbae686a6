import type { Transform } from "node:stream";
import { ModelError } from "../../llm/errors.ts";

const zlib = (): typeof import("node:zlib") => process.getBuiltinModule("node:zlib");

/** Takes a body in. */
export interface Body {
  data(bytes: Uint8Array): void;
  end(): void;
}

/** A body on its way through decoders. */
export interface Packed extends Body {
  /** Stops at once: what is packed may be a thousand times as long as it looks. */
  stop(): void;
}

/** Who brings the bytes, and can be told to wait while they are unpacked. */
export interface Source {
  pause(): void;
  resume(): void;
}

/** More than these in a row serve nobody but an attacker (CVE-2026-22036). */
const MAX_ENCODINGS = 3;

/**
 * The body behind a compressed one; undefined when it is not compressed. We ask for plain bytes; some gateways compress
 * all the same. Names that are no compression are passed over: whether what comes is text shows by itself.
 *
 * @throws ModelError `malformed` for more encodings than anybody needs.
 */
export function inflate(
  encoding: string | undefined,
  plain: Body,
  source: Source,
  fail: (cause: unknown) => void,
): Packed | undefined {
  if (encoding === undefined) return undefined;
  const names = encoding.split(",", MAX_ENCODINGS + 1).map((name) => name.trim().toLowerCase());
  if (names.length > MAX_ENCODINGS) {
    throw new ModelError(`the answer is encoded more than ${MAX_ENCODINGS} times over`, {
      kind: "malformed",
    });
  }
  // The last one named was the last one done.
  const stages = names
    .reverse()
    .map(decoder)
    .filter((stage) => stage !== undefined);
  const [first] = stages;
  const last = stages.at(-1);
  if (first === undefined || last === undefined) return undefined;
  for (const [index, stage] of stages.entries()) {
    stage.on("error", fail);
    const next = stages[index + 1];
    if (next !== undefined) stage.pipe(next);
  }
  last.on("data", (bytes: Buffer) => plain.data(bytes));
  last.on("end", () => plain.end());
  first.on("drain", () => source.resume());
  return {
    data: (bytes) => {
      // It reads them later, when others may have come to the same place.
      if (!first.write(Buffer.from(bytes))) source.pause();
    },
    end: () => void first.end(),
    stop: () => {
      for (const stage of stages) stage.destroy();
    },
  };
}

function decoder(encoding: string): Transform | undefined {
  switch (encoding) {
    case "gzip":
    case "x-gzip":
      return zlib().createGunzip();
    case "deflate":
      return zlib().createInflate();
    case "br":
      return zlib().createBrotliDecompress();
    case "zstd":
      return zlib().createZstdDecompress();
    default:
      return undefined;
  }
}
