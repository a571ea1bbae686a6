import { closeSync, readdirSync, readSync, readFileSync, statSync, type Dirent, type Stats } from "node:fs";
import path from "node:path";
import { encodingOf } from "./edits/letters.ts";
import { absolute, missing, MOST_EDITED, openFile, realPath, versionOf } from "./files.ts";
import { showingOf } from "./media-type.ts";
import { pageOf } from "./page.ts";
import { HandsProblem } from "./problem.ts";
import type {
  BinaryFile,
  FolderList,
  FolderEntry,
  MediaFile,
  ReadAnswer,
  ReadRequest,
  TextPage,
} from "./protocol.ts";

const MOST_PAGE_BYTES = 50 * 1024;
const LONGEST_LINE = 2000;
/** Pictures are taken up to 5 MB by every vendor that takes them, documents up to more. */
const MOST_MEDIA_BYTES = 5 * 1024 * 1024;
/** Lines are counted so far. */
const MOST_SCANNED = 256 * 1024 * 1024;
const MOST_ENTRIES = 500;
const PIECE = 256 * 1024;

/** Reads a page of a file, a picture, or a folder. */
export function readPath({ path: given, offset, limit }: ReadRequest): ReadAnswer {
  const file = absolute(given);
  const real = realPath(file);
  if (real === undefined) throw missing(file);
  if (statSync(real).isDirectory()) return listFolder(real);
  const { fd, stats } = openFile(real);
  try {
    const whole = stats.size <= MOST_EDITED ? readFileSync(fd) : undefined;
    const beginning = whole?.subarray(0, 8192) ?? beginningOf(fd);
    const showing = showingOf(beginning);
    const seen = { path: real, ...(whole !== undefined && { version: versionOf(whole) }) };
    switch (showing.as) {
      case "text":
        return textPage(fd, stats, whole, beginning, seen, { from: offset, lines: limit });
      case "media":
        return mediaFile(showing.mediaType, whole, stats, seen);
      case "binary":
        return { type: "binary", ...seen, mediaType: showing.mediaType, size: whole?.length ?? stats.size };
    }
  } finally {
    closeSync(fd);
  }
}

type Seen = Pick<TextPage, "path" | "version">;

function mediaFile(
  mediaType: string,
  whole: Buffer | undefined,
  stats: Stats,
  seen: Seen,
): MediaFile | BinaryFile {
  if (whole === undefined || whole.length > MOST_MEDIA_BYTES) {
    return { type: "binary", ...seen, mediaType, size: stats.size };
  }
  return { type: "media", ...seen, mediaType, base64: whole.toString("base64"), size: whole.length };
}

function textPage(
  fd: number,
  stats: Stats,
  whole: Buffer | undefined,
  beginning: Buffer,
  seen: Seen,
  bounds: { readonly from: number; readonly lines: number },
): TextPage {
  const encoding = encodingOf(beginning);
  let bytes = whole;
  if (encoding !== "utf-8") {
    if (whole === undefined)
      throw new HandsProblem(`${seen.path} is too long for a file in UTF-16: ${stats.size} bytes`);
    bytes = Buffer.from(new TextDecoder(encoding, { ignoreBOM: true }).decode(whole), "utf8");
  }
  let scanned = 0;
  const pieces = bytes === undefined ? piecesOf(fd, (size) => (scanned += size) <= MOST_SCANNED) : [bytes];
  const page = pageOf(
    pieces,
    { ...bounds, bytes: MOST_PAGE_BYTES, line: LONGEST_LINE },
    () => scanned <= MOST_SCANNED,
  );
  const marked = page.lines[0]?.startsWith("\ufeff") === true && bounds.from === 1;
  const text = page.lines.join("\n");
  const notes = [
    page.crlf > 0 && (page.lf > 0 ? "some lines end with CRLF" : "lines end with CRLF"),
    !page.closed && page.total !== undefined && "no line end at the end",
    encoding === "utf-8" ? marked && "begins with a BOM" : encoding.toUpperCase(),
    page.cut > 0 && (page.cut === 1 ? "1 long line is cut" : `${page.cut} long lines are cut`),
    text.includes("\ufffd") && "some bytes are no text and shown as U+FFFD",
  ];
  return {
    type: "text",
    ...seen,
    text: marked ? text.slice(1) : text,
    from: bounds.from,
    lines: page.lines.length,
    ...(page.total !== undefined && { total: page.total }),
    size: whole?.length ?? stats.size,
    notes: notes.filter((note) => note !== false),
  };
}

function beginningOf(fd: number): Buffer {
  const bytes = Buffer.alloc(8192);
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0));
}

function* piecesOf(fd: number, goOn: (size: number) => boolean): Generator<Buffer> {
  const piece = Buffer.alloc(PIECE);
  for (let at = 0; ;) {
    const size = readSync(fd, piece, 0, piece.length, at);
    if (size === 0 || !goOn(size)) return;
    at += size;
    yield piece.subarray(0, size);
  }
}

function listFolder(folder: string): FolderList {
  const all = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const entries = all.slice(0, MOST_ENTRIES).map((each) => entryOf(folder, each));
  return { type: "folder", path: folder, entries, more: all.length - entries.length };
}

function entryOf(folder: string, entry: Dirent): FolderEntry {
  const { name } = entry;
  if (entry.isDirectory()) return { name, kind: "folder" };
  if (entry.isSymbolicLink()) return { name, kind: "link" };
  if (!entry.isFile()) return { name, kind: "other" };
  const size = statSync(path.join(folder, name), { throwIfNoEntry: false })?.size;
  return { name, kind: "file", ...(size !== undefined && { size }) };
}
