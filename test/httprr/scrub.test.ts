import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import type { TraceHeader } from "../../src/httprr/message.ts";
import { editText, SCRUBBED, scrubSecrets } from "../../src/httprr/scrub.ts";
import type { ScrubRecord } from "../../src/httprr/scrub.ts";

function record(
  body: string,
  headers: readonly TraceHeader[] = [],
  url = "https://a.test/",
  answer = "",
): ScrubRecord {
  return {
    request: { method: "POST", url, version: "HTTP/1.1", headers, body: Buffer.from(body) },
    response: { version: "HTTP/1.1", status: 200, reason: "OK", headers, body: Buffer.from(answer) },
  };
}
const body = (text: string): string => Buffer.from(scrubSecrets(record(text)).request.body).toString();
const plain = ({ request, response }: ScrubRecord): object[] => [
  { ...request, body: Buffer.from(request.body).toString("latin1") },
  { ...response, body: Buffer.from(response!.body).toString("latin1") },
];

// Put together here, so that no scanner takes this file for a leak.
const filler = "Ab3".repeat(12);
const keys = ["sk-", "sk-ant-api03-", "sk-proj-", "gsk_", "xai-", "AIza", "ghp_", "github_pat_", "hf_"].map(
  (start) => start + filler,
);

test("key-like strings go, wherever the text puts them", () => {
  for (const key of keys) {
    for (const around of [
      "%",
      '{"a":"%"}',
      "export KEY=%\n",
      '"\\n%\\n"',
      '"\\u000a%"',
      "(%)",
      "[%, %]",
      "a/%",
    ]) {
      const found = body(around.replaceAll("%", key));
      assert.equal(found, around.replaceAll("%", SCRUBBED), `${key} in ${around}`);
    }
  }
  assert.equal(body(`Authorization: Bearer ${filler}.x-y_z`), `Authorization: Bearer ${SCRUBBED}`);
});

test("what only looks a little like a key stays", () => {
  const words =
    "task-management-for-everyone, a desk-something-long, sk-short, Bearer of news, bearer authentication, gsk_1";
  assert.equal(body(words), words);
});

test("credentials, cookies and organisations go from the headers, other headers stay", () => {
  const secret = [
    "Authorization",
    "X-Api-Key",
    "Api-Key",
    "X-Goog-Api-Key",
    "Anthropic-Api-Key",
    "Proxy-Authorization",
    "Cookie",
    "Set-Cookie",
    "Anthropic-Organization-Id",
    "Openai-Organization",
    "Openai-Project",
    "X-Portkey-Api-Key",
  ];
  const open: TraceHeader[] = [
    ["Content-Type", "application/json"],
    ["Anthropic-Ratelimit-Tokens-Limit", "8000"],
    ["X-Request-Id", "req_1"],
  ];
  const { request, response } = scrubSecrets(
    record("", [...secret.map((name): TraceHeader => [name, "short"]), ...open, ["X-Odd", `see ${keys[0]}`]]),
  );
  for (const message of [request, response!]) {
    assert.deepEqual(message.headers, [
      ...secret.map((name) => [name, SCRUBBED]),
      ...open,
      ["X-Odd", `see ${SCRUBBED}`],
    ]);
  }
});

test("keys go from the query of the URL", () => {
  const { request } = scrubSecrets(
    record("", [], "https://a.test/x?alt=sse&key=anything&monkey=1&api_key=q"),
  );
  assert.equal(request.url, `https://a.test/x?alt=sse&key=${SCRUBBED}&monkey=1&api_key=${SCRUBBED}`);
});

test("a credential of no known form goes wherever the server repeats it", () => {
  const odd = "0123-odd-credential-of-a-gateway";
  const { response } = scrubSecrets(
    record("", [["Authorization", `Bearer ${odd}`]], "https://a.test/", `no such key: ${odd}`),
  );
  assert.equal(Buffer.from(response!.body).toString(), `no such key: ${SCRUBBED}`);
});

test("bodies that are no text are left alone", () => {
  const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(keys[0]!)]);
  assert.equal(
    editText(bytes, () => "x"),
    bytes,
  );
});

test("scrubbing twice is scrubbing once", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...keys,
      "Bearer ",
      "bearer",
      "sk-",
      "gsk_",
      "?key=",
      "&token=",
      "\\n",
      "-",
      "_",
      " ",
      SCRUBBED,
    ),
    fc.string({ maxLength: 8 }),
  );
  const text = fc.array(piece, { maxLength: 12 }).map((list) => list.join(""));
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      const once = scrubSecrets(record(a, [["X-Odd", b]], `https://a.test/?${encodeURI(c)}`, c));
      assert.deepEqual(plain(scrubSecrets(once)), plain(once));
    }),
    { numRuns: 3_000 },
  );
});

test("what is left beside a removed key is looked at again", () => {
  assert.equal(body(`gsk_${"0".repeat(8)}_sk-${filler}`), SCRUBBED);
  assert.equal(body(`gsk_0000gsk_sk-${filler}`), SCRUBBED);
});
