import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { ResponseParser } from "../../src/providers/http1/response-parser.ts";
import { HttpSyntaxError } from "../../src/providers/http1/syntax.ts";
import { nothing, reference, type Read } from "../support/http-reference.ts";

/** Reads bytes that come in these pieces, and then a close. */
function parse(pieces: readonly Buffer[]): Read {
  const read = nothing();
  let ends = 0;
  const parser = new ResponseParser({
    head: (head) => {
      assert.equal(read.status, 0, "one head");
      Object.assign(read, { ...head, headers: { ...head.headers } });
    },
    data: (bytes) => {
      assert.ok(read.status !== 0 && ends === 0, "the body is between the head and the end");
      assert.ok(bytes.length > 0);
      read.body += Buffer.from(bytes).toString("latin1");
    },
    end: () => void ends++,
  });
  try {
    for (const piece of pieces) {
      // The parser may change what it is given.
      if (!parser.done) read.left = parser.push(Buffer.from(piece));
      else read.left += piece.length;
    }
    if (parser.done) read.end = "itself";
    else if (parser.close()) read.end = "close";
  } catch (error) {
    if (!(error instanceof HttpSyntaxError)) throw error;
    read.end = "syntax";
  }
  assert.equal(ends, read.end === "itself" || read.end === "close" ? 1 : 0);
  return read;
}

/** What is compared: of a response that is no HTTP, only that it is none. How far it came depends on the cuts. */
const outcome = (read: Read): unknown => (read.end === "syntax" ? "syntax" : read);

const bytes = fc
  .uint8Array({ maxLength: 60 })
  .map((array) => Buffer.from(array).toString("latin1"))
  .map((text) => text + text.slice(0, 3));
const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const value = fc.stringMatching(/^[!-~]( ?[!-~]){0,12}$/);
const interim = fc.constantFrom(
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n",
  "HTTP/1.1 102 \r\n\r\n",
);
const extension = fc.constantFrom("", ";a", ";a=b", ' ; a="b c"', "  ");

/** Bodies and how their ends are told. */
const bodies = fc.oneof(
  bytes.map((body) => ({ fields: [`Content-Length: ${body.length}`], wire: body })),
  bytes.map((body) => ({ fields: [`content-length:${body.length} , ${body.length}`], wire: body })),
  bytes.map((body) => ({ fields: [], wire: body })),
  fc.constant({ fields: [], wire: "" }),
  fc
    .record({
      chunks: fc.array(fc.tuple(bytes, extension, fc.boolean()), { maxLength: 6 }),
      trailers: fc.array(fc.tuple(word, value), { maxLength: 2 }),
      eol: fc.constantFrom("\r\n", "\n"),
    })
    .map(({ chunks, trailers, eol }) => ({
      fields: ["Transfer-Encoding: chunked"],
      wire:
        chunks
          .filter(([chunk]) => chunk !== "")
          .map(([chunk, ext, upper]) => {
            const size = chunk.length.toString(16);
            return `${upper ? `0${size.toUpperCase()}` : size}${ext}${eol}${chunk}${eol}`;
          })
          .join("") + `0${eol}${trailers.map(([name, said]) => `${name}: ${said}${eol}`).join("")}${eol}`,
    })),
);

const responses = fc
  .record({
    before: fc.array(interim, { maxLength: 2 }),
    version: fc.constantFrom("1.0", "1.1"),
    status: fc.constantFrom(200, 201, 204, 304, 400, 429, 500, 529),
    reason: fc.constantFrom("", " ", " OK", " Not at all: OK"),
    fields: fc.array(fc.tuple(word, value), { maxLength: 4 }),
    connection: fc.constantFrom("", "Connection: close", "connection: Keep-Alive"),
    body: bodies,
    behind: fc.constantFrom("", "", "x", "HTTP/1.1 200 OK\r\n\r\n"),
  })
  .map(({ before, version, status, reason, fields, connection, body, behind }) => {
    const named = fields.filter(([name]) => !/^(?:content-length|transfer-encoding|connection)$/.test(name));
    const lines = [...named.map(([name, said]) => `${name}: ${said}`), connection, ...body.fields];
    const head = [`HTTP/${version} ${status}${reason}`, ...lines.filter((line) => line !== "")];
    return `${before.join("")}${head.join("\r\n")}\r\n\r\n${body.wire}${behind}`;
  });

const cutting = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

function cut(text: string, places: readonly number[]): Buffer[] {
  const whole = Buffer.from(text, "latin1");
  const edges = places.map((place) => Math.floor(place * whole.length)).sort((a, b) => a - b);
  return [0, ...edges].map((from, i) => whole.subarray(from, edges[i] ?? whole.length));
}

test("F5, F6, F9: any response, cut anywhere, is read as the reference reads it", () => {
  fc.assert(
    fc.property(responses, cutting, (text, places) => {
      const expected = reference(text);
      assert.notEqual(expected.end, "syntax");
      assert.deepEqual(parse(cut(text, places)), expected);
    }),
    { numRuns: 5000 },
  );
});

test("any response, a byte at a time, and broken off at each byte", () => {
  fc.assert(
    fc.property(responses, (text) => {
      const whole = Buffer.from(text, "latin1");
      assert.deepEqual(parse([...whole].map((byte) => Buffer.from([byte]))), reference(text));
      for (let at = 0; at < whole.length; at++)
        assert.deepEqual(parse([whole.subarray(0, at)]), reference(text.slice(0, at)), `at ${at}`);
    }),
    { numRuns: 100 },
  );
});

/** What attackers and broken gateways put where it does not belong. */
const poison = fc.oneof(
  fc.constantFrom(
    "\r\n", "\n", "\r", "\0", " ", "\t", ":", ";", "0\r\n\r\n", "-1", "+5", "0x5", "ffffffffffff", "fffffffffffff",
    "99999999999999999999", "1e3", "HTTP/1.1 200 OK\r\n", "HTTP/2 200\r\n", "content-length: 5\r\n",
    "content-length: 6\r\n", "Transfer-Encoding: chunked\r\n", "transfer-encoding: gzip\r\n", "\r\n folded: x\r\n",
    "101", "999", "\x16\x03\x01", "constructor: x\r\n", "__proto__: x\r\n",
  ),
  bytes,
); // prettier-ignore

test("hostile bytes: the same for every cut, a syntax error or what the reference reads, and never another error", () => {
  fc.assert(
    fc.property(
      responses,
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), poison, fc.nat(4)), {
        minLength: 1,
        maxLength: 3,
      }),
      cutting,
      (response, changes, places) => {
        let text = response;
        for (const [place, bad, drop] of changes) {
          const at = Math.floor(place * text.length);
          text = text.slice(0, at) + bad + text.slice(at + drop);
        }
        const expected = outcome(reference(text));
        assert.deepEqual(outcome(parse(cut(text, places))), expected, JSON.stringify(text));
        assert.deepEqual(outcome(parse(cut(text, []))), expected, JSON.stringify(text));
      },
    ),
    { numRuns: 10_000 },
  );
});

test("noise is no HTTP from its first byte, whether more comes or not", () => {
  for (const noise of [
    "\x15\x03\x01\x00\x02",
    "SSH-2.0-OpenSSH\r\n",
    "220 smtp ESMTP\r\n",
    "{}",
    "<html>",
    "\r\n",
  ]) {
    assert.equal(parse([Buffer.from(noise, "latin1")]).end, "syntax", JSON.stringify(noise));
  }
});

test("heads, lines and trailers without end are given up at the same length, however they are cut", () => {
  const long = (length: number): string => "x".repeat(length);
  const head = "HTTP/1.1 200 OK\r\n";
  const chunked = `${head}transfer-encoding: chunked\r\n\r\n`;
  const rows: readonly (readonly [string, Read["end"]])[] = [
    [`${head}a: ${long(70_000)}\r\n\r\n`, "syntax"],
    [`${head}a: ${long(70_000)}`, "syntax"],
    [`${head}a: ${long(60_000)}\r\ncontent-length: 0\r\n\r\n`, "itself"],
    [`${chunked}5;${long(9000)}\r\n`, "syntax"],
    [`${chunked}5;${long(9000)}`, "syntax"],
    [`${chunked}5;${long(8000)}\r\nhello\r\n0\r\n\r\n`, "itself"],
    [`${chunked}0\r\na: ${long(70_000)}\r\n\r\n`, "syntax"],
    [`${chunked}0\r\na: ${long(70_000)}`, "syntax"],
    [`${chunked}0\r\na: ${long(60_000)}\r\n\r\n`, "itself"],
    [`${chunked}000000000000005\r\nhello`, "syntax"],
    [`${head}content-length: ${"9".repeat(15)}\r\n\r\nhello`, "never"],
    [`${head}content-length: ${"9".repeat(16)}\r\n\r\nhello`, "syntax"],
  ];
  for (const [text, end] of rows) {
    for (const size of [text.length, 1000, 4096]) {
      const pieces = [];
      for (let at = 0; at < text.length; at += size) pieces.push(Buffer.from(text.slice(at, at + size)));
      assert.equal(parse(pieces).end, end, `${text.slice(0, 70)} in pieces of ${size}`);
    }
    assert.equal(reference(text).end, end);
  }
});

/** How `node:http` is told to answer. */
interface Told {
  readonly status: number;
  readonly pieces: readonly string[];
  readonly framing: "chunked" | "length" | "close";
  readonly interim: number;
  readonly trailer: boolean;
}

const told: fc.Arbitrary<Told> = fc.record({
  status: fc.constantFrom(200, 204, 404, 529),
  pieces: fc.array(bytes, { maxLength: 8 }),
  framing: fc.constantFrom("chunked", "length", "close"),
  interim: fc.nat(3),
  trailer: fc.boolean(),
});

test("what node:http sends is read as it was meant", async (t) => {
  let plan: Told | undefined;
  const listener: RequestListener = (_, response) => {
    const { status, pieces, framing, interim } = plan as Told;
    const trailer = plan?.trailer === true && framing === "chunked" && status !== 204;
    if (interim > 0) response.writeContinue();
    if (interim > 1) response.writeProcessing();
    if (interim > 2) response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (framing === "length" && status !== 204) response.setHeader("content-length", length);
    if (framing === "close") {
      response.setHeader("connection", "close");
      response.removeHeader("transfer-encoding");
      response.useChunkedEncodingByDefault = false;
    }
    if (trailer) response.setHeader("trailer", "x-sum");
    response.writeHead(status, { "x-many": ["a", "b"], "set-cookie": ["c=1", "d=2"] });
    for (const piece of pieces) response.write(Buffer.from(piece, "latin1"));
    if (trailer) response.addTrailers({ "x-sum": "12" });
    response.end();
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;

  /** All bytes that come on a connection of its own. */
  const fetchRaw = (): Promise<Buffer[]> =>
    new Promise((resolve, reject) => {
      const pieces: Buffer[] = [];
      const socket = connect(port, "127.0.0.1", () =>
        socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
      );
      socket.on("data", (piece: Buffer) => pieces.push(Buffer.from(piece)));
      socket.on("end", () => resolve(pieces));
      socket.on("error", reject);
    });

  await fc.assert(
    fc.asyncProperty(told, cutting, async (said, places) => {
      plan = said;
      const raw = Buffer.concat(await fetchRaw()).toString("latin1");
      const read = parse(cut(raw, places));
      assert.equal(read.status, said.status);
      assert.equal(read.body, said.status === 204 ? "" : said.pieces.join(""));
      assert.equal(read.headers["x-many"], "a, b");
      assert.equal(read.headers["set-cookie"], "c=1, d=2");
      assert.equal(read.keepAlive, false);
      const byClose = said.framing === "close" && said.status !== 204;
      assert.equal(read.end, byClose ? "close" : "itself", raw);
      assert.equal(read.left, 0);
      assert.deepEqual(read, reference(raw));
    }),
    { numRuns: 300 },
  );
});
