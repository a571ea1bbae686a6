import { TraceError } from "./errors.ts";

/**
 * The trace format of sketch.dev's `httprr`, which comes from the Go package of the same name (rsc.io, Go's
 * oauth2 and Oscar): the header line, then for each exchange `<request bytes> <response bytes>\n` and the two
 * messages, with nothing between. This file knows the frames alone; `message.ts` knows what is in them.
 */
export const HEADER = "httprr trace v1\n";

/** One recorded exchange as bytes. */
export interface Frame {
  readonly request: Uint8Array;
  readonly response: Uint8Array;
}

/** A frame and the byte offsets of its parts in the file. */
export interface PlacedFrame extends Frame {
  readonly offset: number;
  readonly requestOffset: number;
  readonly responseOffset: number;
}

const LENGTHS = /^(0|[1-9]\d*) (0|[1-9]\d*)$/;
const LONGEST_LENGTH_LINE = 40;

const ascii = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

/**
 * Splits a trace into its frames. A file cut between two records is a shorter trace, not a broken one: the
 * format has no end mark. A cut anywhere else is found.
 *
 * @throws {TraceError} `not-a-trace` or `corrupt`; `file` only names the trace in the message
 */
export function parseTrace(bytes: Uint8Array, file = "trace"): PlacedFrame[] {
  if (ascii(bytes.subarray(0, HEADER.length)) !== HEADER) throw notATrace(bytes, file);
  const frames: PlacedFrame[] = [];
  let offset = HEADER.length;
  while (offset < bytes.length) {
    const corrupt = (what: string): TraceError => corruptAt(file, frames.length + 1, offset, what);
    const end = bytes.subarray(offset, offset + LONGEST_LENGTH_LINE).indexOf(10);
    if (end < 0) throw corrupt("the line with the two lengths is cut or is no such line");
    const lengths = LENGTHS.exec(ascii(bytes.subarray(offset, offset + end)));
    if (lengths === null) throw corrupt("the line with the two lengths is not two decimal numbers");
    const requestOffset = offset + end + 1;
    const responseOffset = requestOffset + Number(lengths[1]);
    const next = responseOffset + Number(lengths[2]);
    if (next > bytes.length) {
      throw corrupt(
        `it should end at byte ${next}, and the file has ${bytes.length}: it was cut, or a length is wrong`,
      );
    }
    const request = bytes.subarray(requestOffset, responseOffset);
    frames.push({
      request,
      response: bytes.subarray(responseOffset, next),
      offset,
      requestOffset,
      responseOffset,
    });
    offset = next;
  }
  return frames;
}

/** One frame with its line of lengths, as it stands in a file. */
export function formatFrame(frame: Frame): Uint8Array {
  return Buffer.concat([
    Buffer.from(`${frame.request.length} ${frame.response.length}\n`),
    frame.request,
    frame.response,
  ]);
}

/** The bytes of a whole trace; the inverse of {@link parseTrace}, byte for byte. */
export function formatTrace(frames: readonly Frame[]): Uint8Array {
  return Buffer.concat([Buffer.from(HEADER), ...frames.map(formatFrame)]);
}

export function corruptAt(
  file: string,
  record: number,
  offset: number,
  what: string,
  cause?: unknown,
): TraceError {
  const message =
    `${file} is damaged at byte ${offset}, in record ${record}: ${what}. ` +
    "Restore the file from where it is kept, or record it again.";
  return new TraceError("corrupt", file, message, { offset, record, cause });
}

function notATrace(bytes: Uint8Array, file: string): TraceError {
  const start = ascii(bytes.subarray(0, HEADER.length + 1));
  const why =
    bytes.length === 0
      ? "it is empty"
      : start.startsWith("httprr trace v1\r\n")
        ? "its line ends were converted to CRLF; keep it as it is with `*.httprr -text` in .gitattributes"
        : `it begins with ${JSON.stringify(start.slice(0, 15))}`;
  const message =
    `${file} is not an httprr trace (its first line must be "httprr trace v1"): ${why}. ` +
    'Record one with mode: "record".';
  return new TraceError("not-a-trace", file, message);
}
