import type { Readable, Writable } from "node:stream";
import { patchPath } from "./patch-file.ts";
import { HandsProblem, meaningOf } from "./problem.ts";
import { MOST_ASKED, type HandsAnswers, type HandsRequest } from "./protocol.ts";
import { readPath } from "./read-file.ts";
import { search } from "./search/search.ts";
import { writePath } from "./write-file.ts";

/**
 * Answers questions, one line each, until there are no more.
 * @param now time that never jumps, in milliseconds.
 */
export async function serve(input: Readable, output: Writable, now: () => number): Promise<void> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    let rest = chunk;
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
      const line = Buffer.concat([...pieces, rest.subarray(0, end)]).toString("utf8");
      output.write(`${JSON.stringify(reply(line, now))}\n`);
      [pieces, length, rest] = [[], 0, rest.subarray(end + 1)];
    }
    pieces.push(rest);
    length += rest.length;
    if (length > MOST_ASKED) return;
  }
}

function reply(line: string, now: () => number): unknown {
  const { id, ...request } = JSON.parse(line) as HandsRequest & { readonly id: number };
  try {
    return { id, answer: answerTo(request, now) };
  } catch (error) {
    const problem = error instanceof HandsProblem ? error.message : meaningOf(error);
    return { id, problem };
  }
}

function answerTo(request: HandsRequest, now: () => number): HandsAnswers[keyof HandsAnswers] {
  switch (request.type) {
    case "read":
      return readPath(request);
    case "write":
      return writePath(request);
    case "patch":
      return patchPath(request);
    case "search":
      return search(request, now);
  }
}
