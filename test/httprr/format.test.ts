import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { test } from "node:test";

import fc from "fast-check";

import { TraceError } from "../../src/httprr/errors.ts";
import { formatFrame, formatTrace, HEADER, parseTrace } from "../../src/httprr/format.ts";
import type { Frame } from "../../src/httprr/format.ts";
import { formatRequest, formatResponse, parseExchanges } from "../../src/httprr/message.ts";

const TRACES = new URL("../../../shared/traces/httprr/", import.meta.url);
const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const frames = fc.array(
  fc.record({ request: fc.uint8Array({ maxLength: 60 }), response: fc.uint8Array({ maxLength: 60 }) }),
  { maxLength: 6 },
);
const bare = (list: readonly Frame[]): number[][][] =>
  list.map(({ request, response }) => [[...request], [...response]]);

function failure(trace: Uint8Array): TraceError | undefined {
  try {
    parseExchanges(trace, "some.httprr");
    return undefined;
  } catch (error) {
    assert.ok(error instanceof TraceError, String(error));
    return error;
  }
}

test("every original trace comes back byte for byte", (t) => {
  if (!existsSync(TRACES)) {
    t.skip("0 original traces: ../shared/traces is not here");
    return;
  }
  const files = globSync("**/*.httprr", { cwd: TRACES.pathname });
  assert.ok(files.length > 0);
  let records = 0;
  for (const file of files) {
    const original = readFileSync(new URL(file, TRACES));
    assert.ok(original.equals(formatTrace(parseTrace(original, file))), `${file}: frames`);
    const exchanges = parseExchanges(original, file);
    const rebuilt = exchanges.map(({ request, response }) => ({
      request: formatRequest(request),
      response: formatResponse(response),
    }));
    assert.ok(original.equals(formatTrace(rebuilt)), `${file}: messages`);
    records += exchanges.length;
  }
  t.diagnostic(`${files.length} original traces with ${records} records`);
});

test("what is written is read again", () => {
  fc.assert(fc.property(frames, (list) => assert.deepEqual(bare(parseTrace(formatTrace(list))), bare(list))));
});

test("a cut between records is a shorter trace, a cut anywhere else an error that says where", () => {
  fc.assert(
    fc.property(frames, fc.nat(), (list, at) => {
      const whole = formatTrace(list);
      const cut = at % (whole.length + 1);
      const borders = [HEADER.length];
      for (const frame of list) borders.push(borders.at(-1)! + formatFrame(frame).length);
      const before = borders.indexOf(cut);
      if (before >= 0) {
        assert.deepEqual(bare(parseTrace(whole.subarray(0, cut))), bare(list.slice(0, before)));
        return;
      }
      assert.throws(
        () => parseTrace(whole.subarray(0, cut), "cut.httprr"),
        (error) => {
          assert.ok(error instanceof TraceError);
          assert.equal(error.code, cut < HEADER.length ? "not-a-trace" : "corrupt");
          if (error.code === "corrupt")
            assert.equal(
              error.offset,
              borders.findLast((border) => border < cut),
            );
          return true;
        },
      );
    }),
  );
});

test("any messages are read as they were written", () => {
  const headers = fc.array(
    fc.tuple(fc.stringMatching(/^[A-Za-z0-9-]{1,12}$/), fc.stringMatching(/^[ -~\x80-\xff]{0,20}$/)),
  );
  const body = fc.uint8Array({ maxLength: 40 });
  const request = fc.record({
    method: fc.constantFrom("GET", "POST", "M-SEARCH"),
    url: fc.webUrl({ withQueryParameters: true }),
    version: fc.constantFrom("HTTP/1.1", "HTTP/2.0"),
    headers,
    body,
  });
  const response = fc.record({
    version: fc.constantFrom("HTTP/1.1", "HTTP/2.0"),
    status: fc.integer({ min: 200, max: 599 }),
    reason: fc.stringMatching(/^[ -~]{0,12}$/),
    headers,
    body,
  });
  const plain = (message: { body: Uint8Array }): object => ({ ...message, body: [...message.body] });
  fc.assert(
    fc.property(fc.array(fc.record({ request, response }), { maxLength: 4 }), (exchanges) => {
      const written = exchanges.map((exchange) => ({
        request: formatRequest(exchange.request),
        response: formatResponse(exchange.response),
      }));
      const read = parseExchanges(formatTrace(written));
      assert.deepEqual(
        read.map(({ request, response }) => [plain(request), plain(response)]),
        exchanges.map(({ request, response }) => [plain(request), plain(response)]),
      );
    }),
  );
});

test("bytes of any kind are read or refused with a typed error", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (junk) => void failure(junk)));
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      (junk) => void failure(Buffer.concat([bytes(HEADER), junk])),
    ),
  );
});

test("each kind of damage has its error, place and way out", () => {
  const request = "POST http://a.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n{}";
  const response = "HTTP/1.1 200 OK\r\n\r\nfine";
  const record = (a: string, b: string): string => `${a.length} ${b.length}\n${a}${b}`;
  const good = record(request, response);
  const at = HEADER.length;
  const second = at + good.length;
  const inRequest = second + "50 23\n".length;
  const table: [
    name: string,
    trace: string,
    code: string,
    message: RegExp,
    offset?: number,
    record?: number,
  ][] = [
    ["empty", "", "not-a-trace", /it is empty.*mode: "record"/],
    ["another file", "<html></html>", "not-a-trace", /begins with "<html><\/html>"/],
    ["another version", `httprr trace v2\n${good}`, "not-a-trace", /trace v2/],
    ["converted line ends", `httprr trace v1\r\n${good}`, "not-a-trace", /CRLF.*gitattributes/],
    ["cut body", HEADER + good.slice(0, -1), "corrupt", /byte 16, in record 1: it should end/, at, 1],
    ["cut lengths", `${HEADER + good}12`, "corrupt", /lengths is cut/, second, 2],
    ["no numbers", `${HEADER}twelve 3\n${good}`, "corrupt", /not two decimal numbers/, at, 1],
    ["one number", `${HEADER}12\n${good}`, "corrupt", /not two decimal numbers/, at, 1],
    ["negative", `${HEADER}-1 2\n${good}`, "corrupt", /not two decimal numbers/, at, 1],
    ["three numbers", `${HEADER}1 2 3\n${good}`, "corrupt", /not two decimal numbers/, at, 1],
    ["hexadecimal", `${HEADER}0x1 2\n${good}`, "corrupt", /not two decimal numbers/, at, 1],
    ["huge", `${HEADER}9007199254740993 2\n${good}`, "corrupt", /it should end at byte/, at, 1],
    ["endless", `${HEADER}${"9".repeat(400)} 2\n${good}`, "corrupt", /no such line/, at, 1],
    ["no blank line", HEADER + good + record("GET", response), "corrupt", /no blank line/, second + 5, 2],
    [
      "no request line",
      HEADER + good + record("hello\r\n\r\n", response),
      "corrupt",
      /"hello" is not a req/,
      second + 5,
      2,
    ],
    [
      "relative URL",
      HEADER + good + record("GET /x HTTP/1.1\r\n\r\n", response),
      "corrupt",
      /no absolute URL/,
      second + 6,
      2,
    ],
    [
      "no header",
      HEADER + good + record("GET http://a.test/ HTTP/1.1\r\nwhat\r\n\r\n", response),
      "corrupt",
      /"what" is not a header/,
      second + 6,
      2,
    ],
    [
      "no status",
      HEADER + good + record(request, "HTTP/1.1 OK\r\n\r\n"),
      "corrupt",
      /its response.*status/,
      inRequest + request.length,
      2,
    ],
    [
      "status 100",
      HEADER + good + record(request, "HTTP/1.1 100 C\r\n\r\n"),
      "corrupt",
      /status/,
      inRequest + request.length,
      2,
    ],
    [
      "status 999",
      HEADER + good + record(request, "HTTP/1.1 999 X\r\n\r\n"),
      "corrupt",
      /status/,
      inRequest + request.length,
      2,
    ],
  ];
  assert.equal(failure(bytes(HEADER)), undefined);
  assert.equal(failure(bytes(HEADER + good)), undefined);
  for (const [name, trace, code, message, offset, number] of table) {
    const error = failure(bytes(trace));
    assert.equal(error?.code, code, name);
    assert.equal(error.file, "some.httprr", name);
    assert.match(error.message, message, name);
    assert.match(error.message, /^some\.httprr .*[Rr]ecord/s, name);
    assert.deepEqual([error.offset, error.record], [offset, number], name);
    assert.equal(error.retryable, false);
  }
});
