import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fileText } from "../../../src/agent/text/file-text.ts";
import { HeadAndTail } from "../../../src/agent/text/head-and-tail.ts";
import { showInvisible } from "../../../src/agent/text/invisible.ts";
import { plainText, TerminalText } from "../../../src/agent/text/terminal-text.ts";

const written: readonly [name: string, given: string, plain: string][] = [
  ["colours", "\x1b[1;31mred\x1b[0m and \x1b[38:2::1:2:3mmore\x1b[m", "red and more"],
  ["colours in eight bits", "\u009b31mred\u009b0m", "red"],
  ["a title, ended by a bell", "\x1b]0;evil title\x07text", "text"],
  ["a link", "\x1b]8;;https://evil.example/\x1b\\here\x1b]8;;\x1b\\", "here"],
  ["the clipboard, in eight bits", "\u009d52;c;ZXZpbA==\u009ctext", "text"],
  [
    "device control, application, privacy strings",
    "\x1bPq#0\x1b\\a\x1b_G\x1b\\b\x1b^x\x1b\\c\x1bXy\x1b\\d",
    "abcd",
  ],
  ["a string without end does not hide the next line", "\x1b]0;title\nshown", "\nshown"],
  ["a sequence that is broken off", "\x1b[31\nshown\x1b", "\nshown"],
  ["another one in the middle of one", "\x1b[3\x1b[31mred", "red"],
  ["character sets, keypads, resets", "\x1b(Ba\x1b=b\x1bcc\x1b#8d", "abcd"],
  ["a progress bar", "10%\r50%\r100%\ndone\n", "100%\ndone\n"],
  ["one that clears its line", "loading\r\x1b[Kdone\n", "done\n"],
  ["line ends of two characters", "a\r\nb\r\r\nc", "a\nb\nc"],
  ["a return at the end of a line", "50%\r", "50%"],
  ["bold and underlined in the way of typewriters", "N\bNA\bA_\bb", "NAb"],
  ["more backspaces than there is", "\b\b\u{1F600}\ba", "a"],
  ["other controls", "a\0b\x01c\x0bd\x0ce\x7ff\u0085g", "abcdefg"],
  ["tabs stay", "a\tb", "a\tb"],
];

for (const [name, given, plain] of written) {
  test(`terminal text: ${name}`, () => {
    assert.equal(plainText(given), plain);
    // However it is cut on the way.
    let all = "";
    const pieces = new TerminalText((text) => {
      all += text;
    });
    for (const unit of given.split("")) pieces.push(unit);
    pieces.end();
    assert.equal(all, plain);
  });
}

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\x1b",
        "[",
        "]",
        "P",
        "_",
        "\\",
        "\x07",
        "\x9b",
        "\x9d",
        "\x9c",
        "\r",
        "\n",
        "\b",
        "\t",
        "m",
        "31;",
        "text",
      ),
      fc.string({ unit: "binary", maxLength: 4 }),
      fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString("utf8")),
    ),
    { maxLength: 60 },
  )
  .map((pieces) => pieces.join(""));

test("terminal text: no control character but line ends and tabs is left, however it is cut", () => {
  fc.assert(
    fc.property(hostile, fc.array(fc.nat(200), { maxLength: 5 }), (given, cuts) => {
      const plain = plainText(given);
      assert.doesNotMatch(plain, /[^\P{Cc}\n\t]/u);
      let all = "";
      const terminal = new TerminalText((text) => {
        all += text;
      });
      let from = 0;
      for (const cut of [...cuts].sort((a, b) => a - b)) {
        terminal.push(given.slice(from, cut));
        from = Math.max(from, Math.min(cut, given.length));
      }
      terminal.push(given.slice(from));
      terminal.end();
      assert.equal(all, plain);
    }),
    { numRuns: 5000 },
  );
});

test("terminal text: a line without end is passed on in pieces", () => {
  const pieces: string[] = [];
  const terminal = new TerminalText((text) => pieces.push(text));
  for (let count = 0; count < 100; count++) terminal.push("word ".repeat(1000));
  terminal.end();
  assert.ok(pieces.length > 20 && pieces.every((piece) => piece.length <= 17_000));
  assert.equal(pieces.join(""), "word ".repeat(100_000));
});

const seen: readonly [name: string, given: string, shown: string][] = [
  ["tag letters", "a\u{E0049}\u{E0067}\u{E006E}b", "a‹U+E0049 and 2 more unseen›b"],
  ["a change of direction", "if (a\u202E) b", "if (a‹U+202E›) b"],
  ["isolates", "\u2066x\u2069", "‹U+2066›x‹U+2069›"],
  ["zero-width spaces", "pass\u200bword", "pass‹U+200B›word"],
  ["a mark within a text", "a\ufeffb", "a‹U+FEFF›b"],
  ["selectors that carry data", "a\u{E0100}\u{E0101}", "a‹U+E0100 and 1 more unseen›"],
  ["a joiner between Latin letters", "a\u200db", "a‹U+200D›b"],
  ["fillers", "x\u3164", "x‹U+3164›"],
  ["separators of lines", "a\u2028b", "a‹U+2028›b"],
  ["a family", "\u{1F469}\u200D\u2764\uFE0F\u200D\u{1F469}", "\u{1F469}\u200D\u2764\uFE0F\u200D\u{1F469}"],
  ["an emoji of a colour", "\u{1F44D}\u{1F3FD}\u200D\u2642\uFE0F", "\u{1F44D}\u{1F3FD}\u200D\u2642\uFE0F"],
  ["a key cap", "1\uFE0F\u20E3", "1\uFE0F\u20E3"],
  [
    "Persian",
    "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645",
    "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645",
  ],
];
for (const [name, given, shown] of seen) {
  test(`invisible text: ${name}`, () => assert.equal(showInvisible(given), shown));
}

test("invisible text: nothing unseen is left in a row", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.array(fc.nat(0x2ff)), (text, tags) => {
      const given = text + tags.map((tag) => String.fromCodePoint(0xe0000 + tag)).join("") + "\u202e\u200b";
      assert.doesNotMatch(
        fileText(given),
        /[\u202A-\u202E\u2066-\u2069\u{E0000}-\u{E0FFF}]|[\u200B-\u200F\u2060]{2}/u,
      );
    }),
    { numRuns: 2000 },
  );
});

test("head and tail: a head that is full takes no more, be it only the end of a line", () => {
  const held = new HeadAndTail(8, 1000);
  for (const piece of ["abc\n", "\n", "\n\n\n\n", "d\n"]) held.push(piece);
  assert.deepEqual(held.excerpt(), { head: "abc\n", tail: "\n\nd\n", omittedLines: 3, omittedBytes: 3 });
});

test("head and tail: what is kept and what is counted make up the whole", () => {
  const line = fc.string({ maxLength: 12 }).map((text) => `${text.replaceAll("\n", "")}\n`);
  fc.assert(
    fc.property(
      fc.array(fc.array(line, { maxLength: 30 })),
      fc.integer({ min: 30, max: 200 }),
      (pieces, most) => {
        const held = new HeadAndTail(most, 1000);
        for (const piece of pieces) held.push(piece.join(""));
        const all = pieces.flat().join("");
        const { head, tail, omittedLines, omittedBytes } = held.excerpt();
        if (omittedBytes === 0) {
          assert.equal(head + tail, all);
          return;
        }
        assert.ok(all.startsWith(head) && all.endsWith(tail));
        assert.ok(head.length + tail.length <= most);
        const missing = all.slice(head.length, all.length - tail.length);
        assert.equal(omittedBytes, Buffer.byteLength(missing));
        assert.equal(omittedLines, missing.split("\n").length - 1);
      },
    ),
    { numRuns: 1000 },
  );
});
