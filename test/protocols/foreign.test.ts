import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ownerOf, textOfFile } from "../../src/protocols/foreign-media.ts";
import { fittingId, fittingName, wholeCharacters } from "../../src/protocols/foreign.ts";

const ids = /^[a-zA-Z0-9_-]{1,40}$/;
const names = /^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/;
const string = fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.constantFrom("", "a.b", "a_b", "a b"));

test("foreign: what fits stays, what does not fits then, and what differed differs still", () => {
  fc.assert(
    fc.property(fc.uniqueArray(string), (all) => {
      for (const [fit, pattern] of [
        [fittingId, ids],
        [fittingName, names],
      ] as const) {
        const fitted = all.map((each) => fit(each, pattern));
        assert.equal(new Set(fitted).size, all.length);
        for (const [at, each] of fitted.entries()) {
          assert.match(each, pattern);
          assert.equal(fit(each, pattern), each);
          if (pattern.test(all[at] as string)) assert.equal(each, all[at]);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test("foreign: a name keeps what can be said of it", () => {
  assert.match(fittingName("files.read", names), /^files_read_[0-9a-f]{8}$/);
  assert.match(fittingName("2fa", names), /^_2fa_[0-9a-f]{8}$/);
  assert.match(fittingName("", names), /^__[0-9a-f]{8}$/);
});

test("foreign: escapes of half a character become a replacement character, and nothing else changes", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (value) => {
      const escaped = JSON.stringify(value).replace(
        /[^\x20-\x7e]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
      assert.deepEqual(JSON.parse(wholeCharacters(escaped)), JSON.parse(whole(escaped)));
    }),
    { numRuns: 2000 },
  );
  assert.equal(wholeCharacters('"\\\\ud800 \\ud83d\\ude00 \\uD800"'), '"\\\\ud800 \\ud83d\\ude00 \ufffd"');
});

/** The same by parsing: every text of the value made of whole characters. */
function whole(json: string): string {
  return JSON.stringify(JSON.parse(json)).replace(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, (escape) =>
    escape === "\\\\" ? escape : "\ufffd",
  );
}

test("foreign: a file whose bytes are a text is read as one", () => {
  const file = (mediaType: string, data: string): string | undefined =>
    textOfFile({ type: "file", source: { kind: "base64", mediaType, data } });
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      assert.equal(file("text/csv", Buffer.from(text).toString("base64")), text);
    }),
  );
  assert.equal(file("application/pdf", "aGk="), undefined);
  assert.equal(file("text/plain", Buffer.from([0xff, 0xfe]).toString("base64")), undefined);
  assert.equal(file("text/plain", "no base64!"), undefined);
});

test("foreign: whose a file's id is", () => {
  assert.equal(ownerOf("file_011CNha8iCJcU1wXNR6q4V8w"), "anthropic");
  assert.equal(ownerOf("file-7qh8AjzrjyRGiQ7kaFybfG"), "openai");
  assert.equal(ownerOf("gs://bucket/a.png"), "google");
  assert.equal(ownerOf("something"), undefined);
});
