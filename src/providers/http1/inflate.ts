import type { Transform } from "node:stream";

const zlib = (): typeof import("node:zlib") => process.getBuiltinModule("node:zlib");

interface Body {
  data(bytes: Uint8Array): void;
  end(): void;
}

/** The body behind a compressed one. We ask for plain bytes; some gateways compress all the same. */
export function inflate(
  encoding: string | undefined,
  plain: Body,
  fail: (cause: unknown) => void,
): Body | undefined {
  const stream = decoder(encoding?.trim().toLowerCase());
  if (stream === undefined) return undefined;
  stream.on("data", (bytes: Buffer) => plain.data(bytes));
  stream.on("end", () => plain.end());
  stream.on("error", fail);
  return { data: (bytes) => void stream.write(bytes), end: () => void stream.end() };
}

function decoder(encoding: string | undefined): Transform | undefined {
  switch (encoding) {
    case "gzip":
    case "x-gzip":
      return zlib().createGunzip();
    case "deflate":
      return zlib().createInflate();
    case "br":
      return zlib().createBrotliDecompress();
    default:
      return undefined;
  }
}
