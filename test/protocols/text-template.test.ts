import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TextTemplate } from "../../src/protocols/text-template.ts";

/** Texts that could be taken for something else: strings of the event itself, and what JSON has to escape. */
const text = fc.oneof(
  fc.constantFrom(
    "text",
    "text_delta",
    "type",
    "index",
    "delta",
    "",
    "0",
    "}",
    '"',
    "\\",
    '\\"',
    '"}}',
    "é",
    "😀",
    "\ud800",
  ),
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom("a", '"', "\\", "}", " ", ":", "\n", "\u0000", "u0061", "text") }),
);

/** How a text may be written: as it stands, or with characters as unicode escapes. */
const written = fc.tuple(text, fc.constantFrom("plain", "escaped", "raw")).map(([value, how]) => {
  if (how === "plain") return JSON.stringify(value);
  if (how === "raw") return `"${value}"`;
  const escaped = value.replace(/[^]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `"${escaped}"`;
});

/** Events of one shape: what stands around the text, in which its own text may stand as well. */
const shape = fc
  .record({
    keys: fc.constantFrom(
      (t: string) => `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":${t}}}`,
      (t: string) => `{"delta":{"text":${t},"type":"text_delta"},"index":0,"type":"content_block_delta"}`,
      (t: string) => `{"delta":{"text":${t}},"delta":{"text":${t}}}`,
      (t: string) => `{"before":"a\\"text","delta":{"text":${t}},"after":["text","}"]}`,
      (t: string) => `{"\\u0064elta":{"text":${t}}}`,
    ),
    spaces: fc.nat(3),
  })
  .map(
    ({ keys, spaces }) =>
      (t: string) =>
        keys(t).replace(/\}$/, `${" ".repeat(spaces)}}`),
  );

function parsedText(data: string): string | undefined {
  try {
    const { delta } = JSON.parse(data) as { delta?: { text?: unknown } };
    return typeof delta?.text === "string" ? delta.text : undefined;
  } catch {
    return undefined;
  }
}

test("text template: what it reads is what a parse reads", () => {
  let read = 0;
  fc.assert(
    fc.property(shape, written, fc.option(shape, { freq: 2 }), written, (learned, one, other, two) => {
      const template = new TextTemplate();
      const first = learned(one);
      const known = parsedText(first);
      if (known === undefined) return;
      template.learn(first, known);
      const second = (other ?? learned)(two);
      const found = template.read(second);
      if (found === undefined) return;
      read++;
      assert.equal(found, parsedText(second), second);
    }),
    { numRuns: 20_000 },
  );
  assert.ok(read > 1000, `only ${read} pairs were read without a parse`);
});

test("text template: an event with anything else changed is not read", () => {
  const first = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}';
  const template = new TextTemplate();
  template.learn(first, "Hi");
  fc.assert(
    fc.property(fc.nat(first.length), fc.string({ unit: "binary-ascii", maxLength: 3 }), (at, instead) => {
      const second = first.slice(0, at) + instead + first.slice(at + 1);
      const found = template.read(second);
      if (found !== undefined) assert.equal(found, parsedText(second), second);
    }),
    { numRuns: 5000 },
  );
});

test("text template: padding before closing brackets is the same shape; nothing else is", () => {
  const template = new TextTemplate();
  template.learn('{"delta":{"text":"Hi"}}', "Hi");
  assert.equal(template.read('{"delta":{"text":" there"}        }'), " there");
  assert.equal(template.read('{"delta":{"text":"x"}'), undefined);
  assert.equal(template.read('{"delta":{"text":"x"}}}'), undefined);
  assert.equal(template.read('{"delta":{"text":"x"},"more":1}'), undefined);
  template.forget();
  assert.equal(template.read('{"delta":{"text":"x"}}'), undefined);
});

test("text template: a text that also stands elsewhere in its event is found where it is", () => {
  const template = new TextTemplate();
  // Written with an escape, the text stands only where it is a key.
  template.learn('{"note":1,"delta":{"text":"\\u006eote"}}', "note");
  assert.equal(template.read('{"other":1,"delta":{"text":"\\u006eote"}}'), undefined);
  template.forget();
  template.learn('{"delta":{"text":"a"}}', "a");
  assert.equal(template.read('{"delta":{"text":"a\nb"}}'), undefined, "a raw line end is no JSON");
});
