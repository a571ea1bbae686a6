/** Beginnings of files that say what they are (https://en.wikipedia.org/wiki/List_of_file_signatures). */
const signatures: readonly (readonly [hex: string, mediaType: string, at?: number])[] = [
  ["89504e470d0a1a0a", "image/png"],
  ["ffd8ff", "image/jpeg"],
  ["474946383761", "image/gif"],
  ["474946383961", "image/gif"],
  ["57454250", "image/webp", 8],
  ["255044462d", "application/pdf"],
  ["504b0304", "application/zip"],
  ["1f8b", "application/gzip"],
  ["fd377a585a00", "application/x-xz"],
  ["28b52ffd", "application/zstd"],
  ["425a68", "application/x-bzip2"],
  ["7f454c46", "application/x-executable"],
  ["0061736d", "application/wasm"],
  ["53514c69746520666f726d6174203300", "application/vnd.sqlite3"],
  ["424d", "image/bmp"],
  ["00000100", "image/x-icon"],
  ["4f676753", "audio/ogg"],
  ["494433", "audio/mpeg"],
  ["66747970", "video/mp4", 4],
  ["774f4646", "font/woff"],
  ["774f4632", "font/woff2"],
];

/** Whether a file can be shown to a model as it is. */
export type Showing =
  | { readonly as: "text" }
  | { readonly as: "media" | "binary"; readonly mediaType: string };

const shown: ReadonlySet<string> = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "application/pdf",
]);

/** What a file is, by its beginning: a few kilobytes of it. */
export function showingOf(beginning: Buffer): Showing {
  const mediaType = signatures.find(([hex, , at = 0]) =>
    beginning.subarray(at, at + hex.length / 2).equals(Buffer.from(hex, "hex")),
  )?.[1];
  if (mediaType !== undefined && shown.has(mediaType)) return { as: "media", mediaType };
  const utf16 =
    (beginning[0] === 0xff && beginning[1] === 0xfe) || (beginning[0] === 0xfe && beginning[1] === 0xff);
  // No text has a NUL; what begins as some binary does but has none may well be text.
  if (utf16 || !beginning.includes(0)) return { as: "text" };
  return { as: "binary", mediaType: mediaType ?? "application/octet-stream" };
}
