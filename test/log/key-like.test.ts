import assert from "node:assert/strict";
import { test } from "node:test";
import { isSecretName, replaceAssigned, replaceKeys } from "../../src/log/key-like.ts";
import { canaries } from "../support/canaries.ts";

const clean = (text: string): string => replaceAssigned(replaceKeys(text, "***"), "***");

test("keys of twelve forms are seen wherever a text puts them", () => {
  for (const [form, { secret, text }] of Object.entries(canaries)) {
    for (const around of [
      "%",
      "(%)",
      "see %, please",
      '{"a":"%"}',
      "a%20%",
      "\u001b[1;31m%\u001b[0m",
      "\\n%\\n",
    ]) {
      const found = clean(around.replace(/%(?!\d)/g, () => text));
      assert.ok(!found.includes(secret), `${form} in ${around}: ${found}`);
    }
  }
});

const assigned: [text: string, found: string][] = [
  ['{"api_key":"two words","x":1}', '{"api_key":"***","x":1}'],
  ['{\\"password\\":\\"a\\\\\\"b c\\",\\"y\\":2}', '{\\"password\\":\\"***\\",\\"y\\":2}'],
  ['{"authorization": ["odd odd"], "a": 1}', '{"authorization": ["***"], "a": 1}'],
  ['{"secret":"cut off in the mid', '{"secret":"***'],
  ["DB_PASSWORD=abc,def ls", "DB_PASSWORD=*** ls"],
  ["-H 'x-api-key: odd' url", "-H 'x-api-key: ***' url"],
  ["Authorization: Digest a b c\nHost: x", "Authorization: ***\nHost: x"],
  ["Cookie: a=b; c=d\r\nHost: x", "Cookie: ***\r\nHost: x"],
  ["https://user:pw@host/p?a=1&key=abc&b=2", "https://user:***@host/p?a=1&key=***&b=2"],
  ["client_secret => 'x y'", "client_secret => '***'"],
];

for (const [text, found] of assigned) {
  test(`what is named like a key goes: ${text}`, () => {
    assert.equal(clean(text), found);
    assert.equal(clean(found), found, "twice is once");
  });
}

test("what is no key stays", () => {
  for (const text of [
    '{"max_tokens":4096,"input_tokens":7,"usage":{"output":1}}',
    "Unexpected token ':', \"abc\" is not valid JSON",
    "a basic misunderstanding, the bearer of news, task-management-for-everyone, sk-short",
    "Basic responsibilities of an eyJournalist",
    "https://example.com/a:b/c@d?monkey=1",
    "prompt is too long: 200001 tokens > 200000 maximum",
  ]) {
    assert.equal(clean(text), text);
  }
});

test("names that stand for keys, and names that do not", () => {
  const secret =
    "Authorization Proxy-Authorization X-Api-Key ANTHROPIC_API_KEY apiKey HF_TOKEN accessToken client_secret Set-Cookie password AWS_SECRET_ACCESS_KEY privateKey credentials _auth jwt";
  const open =
    "max_tokens inputTokens tokens key keyboard author model cacheKey id callId requestId PWD authorized_by cookieless";
  for (const name of secret.split(" ")) assert.ok(isSecretName(name), name);
  for (const name of open.split(" ")) assert.ok(!isSecretName(name), name);
});

test("no text takes longer than its length is worth", { timeout: 30_000 }, () => {
  // Each of these, as long as this, would take minutes where time grew with the square of the length.
  const evil =
    'bearer   |-eyJ-|eyJaaaaaaaa.|-----BEGIN PRIVATE KEY-----|-----BEGIN PRIVATE KEYPRIVATE KEY|-----END A|token |token:\\"|password":"|token\\\\\\|-sk-|://a:|[31;|token\t\t|cookie:|?key=|authorization: |basic |AKIA|token=[ | |\\';
  for (const piece of evil.split("|")) {
    for (const start of ["", "-----BEGIN PRIVATE KEY-----", "token:'"]) {
      clean(start + piece.repeat(Math.ceil((1 << 19) / piece.length)));
    }
  }
  let fewer = "";
  for (let count = 1000; count > 0; count--) fewer += `token:${"\\".repeat(count)}"`;
  clean(fewer);
});
