/*
 * Generated files of all kinds of bytes, edited; an oracle of its own says what must come of it. It works on bytes
 * where the code works on text, and knows nothing of how the code finds its places.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyEdits } from "../../../src/agent/hands/edits/apply-edits.ts";
import type { Edit } from "../../../src/agent/hands/edits/edit.ts";

type Encoding = "utf8" | "utf16le" | "utf16be";

const word = fc.constantFrom(
  "a",
  "b",
  "ab",
  "foo",
  "  ",
  "\t",
  "x = 1",
  "é",
  "e\u0301",
  "漢",
  "\u{1F600}",
  "\u{1F601}",
  "\u2019",
  "\u00a0",
  "\u200b",
  "",
);
const line = fc.array(word, { maxLength: 5 }).map((words) => words.join(""));
const lineEnd = fc.constantFrom("\n", "\r\n");
const text = fc
  .tuple(fc.array(fc.tuple(line, lineEnd), { maxLength: 12 }), line, fc.option(lineEnd))
  .map(([lines, last, only]) => lines.map(([each, end]) => each + (only ?? end)).join("") + last);

interface File {
  readonly encoding: Encoding;
  /** Text and, in UTF-8, bytes that are none. */
  readonly pieces: readonly (string | Buffer)[];
}

const file: fc.Arbitrary<File> = fc
  .record({
    encoding: fc.constantFrom<Encoding>("utf8", "utf8", "utf8", "utf16le", "utf16be"),
    mark: fc.boolean(),
    texts: fc.array(text, { minLength: 1, maxLength: 3 }),
    noise: fc.array(fc.constantFrom("ff", "c3", "80", "eda080", "f09f98", "c0af"), { maxLength: 3 }),
  })
  .map(({ encoding, mark, texts, noise }) => {
    const pieces: (string | Buffer)[] = mark || encoding !== "utf8" ? ["\ufeff"] : [];
    for (const [index, each] of texts.entries()) {
      pieces.push(each);
      const hex = noise[index];
      if (hex !== undefined && encoding === "utf8") pieces.push(Buffer.from(hex, "hex"));
    }
    return { encoding, pieces };
  });

function encode(value: string, encoding: Encoding): Buffer {
  if (encoding === "utf8") return Buffer.from(value, "utf8");
  const little = Buffer.from(value, "utf16le");
  return encoding === "utf16le" ? little : little.swap16();
}

function bytesOf({ encoding, pieces }: File): Buffer {
  return Buffer.concat(pieces.map((each) => (typeof each === "string" ? encode(each, encoding) : each)));
}

/** A stretch of the file's text, from one character to another. */
function stretch(whole: readonly string[], from: number, length: number): string {
  if (whole.length === 0) return "";
  const start = from % whole.length;
  return whole.slice(start, start + 1 + (length % 12)).join("");
}

interface Wish {
  readonly piece: number;
  readonly from: number;
  readonly length: number;
  readonly fresh: string;
  readonly all: boolean;
}

const wish: fc.Arbitrary<Wish> = fc.record({
  piece: fc.nat(2),
  from: fc.nat(200),
  length: fc.nat(40),
  fresh: fc.oneof(line, text),
  all: fc.boolean(),
});

function textsOf({ pieces }: File): string[] {
  return pieces.filter((each): each is string => typeof each === "string" && each !== "\ufeff");
}

function exactEdits(of: File, wishes: readonly Wish[]): Edit[] {
  const texts = textsOf(of);
  return wishes.flatMap(({ piece, from, length, fresh, all }) => {
    const old = stretch(Array.from(texts[piece % texts.length] ?? ""), from, length);
    return old === "" || old === fresh ? [] : [{ old, new: fresh, all }];
  });
}

/** What must come of exact edits: bytes, or that they are refused; undefined where one is not there as it is. */
function oracle(of: File, edits: readonly Edit[]): Buffer | "refused" | undefined {
  const bytes = bytesOf(of);
  const unit = of.encoding === "utf8" ? 1 : 2;
  const [cr, lf] = [encode("\r", of.encoding), encode("\n", of.encoding)];
  const isAt = (what: Buffer, at: number): boolean =>
    at >= 0 && bytes.subarray(at, at + what.length).equals(what);
  const swaps: { start: number; end: number; fresh: Buffer; edit: number }[] = [];
  for (const [edit, { old, new: fresh, all }] of edits.entries()) {
    const needle = encode(old, of.encoding);
    const hits: number[] = [];
    for (let at = 0; at + needle.length <= bytes.length; at += unit) {
      if (isAt(needle, at) && !(isAt(lf, at) && isAt(cr, at - unit))) hits.push(at);
    }
    if (hits.length === 0) return undefined;
    if (hits.length > 1 && all !== true) return "refused";
    let end = -1;
    for (const at of hits) {
      if (at < end) continue;
      end = at + needle.length;
      let newline = at;
      while (newline < bytes.length && !isAt(lf, newline)) newline += unit;
      if (newline >= bytes.length)
        for (newline = at - unit; newline >= 0 && !isAt(lf, newline);) newline -= unit;
      const crlf = newline >= 0 && isAt(cr, newline - unit) && !/\r/.test(old + fresh);
      swaps.push({
        start: at,
        end,
        fresh: encode(crlf ? fresh.replace(/\n/g, "\r\n") : fresh, of.encoding),
        edit,
      });
    }
  }
  swaps.sort((a, b) => a.start - b.start);
  for (const [index, swap] of swaps.entries()) {
    const next = swaps[index + 1];
    if (next !== undefined && next.start < swap.end) return "refused";
  }
  let out = bytes;
  for (const { start, end, fresh } of swaps.reverse()) {
    out = Buffer.concat([out.subarray(0, start), fresh, out.subarray(end)]);
  }
  return out.equals(bytes) ? "refused" : out;
}

test("edits that are there exactly: never a wrong byte, for 1,000 files", () => {
  let applied = 0;
  let refused = 0;
  fc.assert(
    fc.property(file, fc.array(wish, { minLength: 1, maxLength: 4 }), (of, wishes) => {
      const edits = exactEdits(of, wishes);
      if (edits.length === 0) return;
      const expected = oracle(of, edits);
      if (expected === undefined) return;
      const result = applyEdits(bytesOf(of), edits);
      if (expected === "refused") {
        refused++;
        assert.equal(result.type, "refused");
      } else {
        applied++;
        assert.equal(result.type, "applied", result.type === "refused" ? result.problem : "");
        assert.equal(Buffer.from(result.bytes).toString("hex"), expected.toString("hex"));
      }
    }),
    { numRuns: 1000 },
  );
  assert.ok(applied > 200 && refused > 200, `${applied} applied, ${refused} refused`);
});

/** The same text as somebody writes it who has seen it on a screen. */
const blurs: Record<string, (value: string) => string> = {
  "line ends": (value) => value.replaceAll("\r\n", "\n"),
  blanks: (value) => value.replace(/[ \t]+(?=\r?\n)/g, "").replaceAll("\r\n", "\n"),
  "look-alikes": (value) =>
    value
      .replaceAll("\u2019", "'")
      .replaceAll("\u00a0", " ")
      .replaceAll("\u200b", "")
      .normalize("NFC")
      .replaceAll("\r\n", "\n"),
};
const MARK = "\u00a7MARK\u00a7";

test("edits that are there but for what cannot be seen: nothing else is changed, for 1,000 files", () => {
  const found = new Map<string, number>();
  fc.assert(
    fc.property(
      file,
      wish,
      fc.constantFrom(...Object.keys(blurs)),
      fc.nat(),
      (of, { piece, from, length }, blur, cut) => {
        const texts = textsOf(of);
        const seen =
          blurs[blur]?.(stretch(Array.from(texts[piece % texts.length] ?? ""), from, length + 8)) ?? "";
        const characters = Array.from(seen);
        if (seen.trim() === "" || characters.length < 2) return;
        const at = cut % characters.length;
        const fresh = characters.slice(0, at).join("") + MARK + characters.slice(at).join("");
        const before = bytesOf(of);
        const result = applyEdits(before, [{ old: seen, new: fresh }]);
        if (result.type === "refused") return;
        const how = result.edits[0]?.found ?? "";
        found.set(how, (found.get(how) ?? 0) + 1);
        // Only the mark was put in: without it the file is what it was, to the byte.
        const mark = encode(MARK, of.encoding);
        const after = Buffer.from(result.bytes);
        const place = after.indexOf(mark);
        assert.notEqual(place, -1, "the mark is there");
        const without = Buffer.concat([after.subarray(0, place), after.subarray(place + mark.length)]);
        if (how === "indentation") return; // a line that is changed is written anew
        assert.equal(without.toString("hex"), before.toString("hex"), how);
      },
    ),
    { numRuns: 1000 },
  );
  for (const how of ["exact", "line ends", "blanks at line ends", "Unicode look-alikes"]) {
    assert.ok((found.get(how) ?? 0) >= 5, `${how}: ${found.get(how) ?? 0}`);
  }
});

/** A program's lines, indented; no two are alike, and some are blank. */
const program = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(4), fc.nat(5)), { minLength: 3, maxLength: 15 }),
    fc.constantFrom("  ", "    ", "\t"),
    lineEnd,
  )
  .map(([lines, unit, end]) => ({
    lines: lines.map(([depth, kind], index) => (kind === 0 ? "" : `${unit.repeat(depth)}call_${index}();`)),
    end,
  }));

test("edits that are indented otherwise: new is shifted as old is, and nothing else is changed, for 1,000 programs", () => {
  let shifted = 0;
  fc.assert(
    fc.property(
      program,
      fc.nat(),
      fc.nat(5),
      fc.constantFrom("\t", "  ", "      "),
      fc.boolean(),
      fc.constantFrom("change", "insert", "delete"),
      fc.nat(),
      ({ lines, end }, from, length, shift, more, what, where) => {
        const first = from % lines.length;
        const block = lines.slice(first, first + 2 + length);
        // In the file the block stands further right than in the edit, or further left.
        const there = more ? block.map((each) => (each === "" ? "" : shift + each)) : block;
        const old = more ? block : block.map((each) => (each === "" ? "" : shift + each));
        const at = where % block.length;
        const depth = (each: readonly string[]): string => /^\s*/.exec(each[at] ?? "")?.[0] ?? "";
        const fresh = (each: readonly string[]): string[] => {
          const added = `${depth(each)}${each[at] === "" ? (each === old ? (more ? "" : shift) : more ? shift : "") : ""}added();`;
          if (what === "delete") return each.toSpliced(at, 1);
          return each.toSpliced(at, what === "insert" ? 0 : 1, added);
        };
        const before = lines.toSpliced(first, block.length, ...there);
        const after = lines.toSpliced(first, block.length, ...fresh(there));
        const join = (each: readonly string[]): string => each.map((text) => `${text}\n`).join("");
        const result = applyEdits(Buffer.from(join(before).replaceAll("\n", end)), [
          { old: join(old), new: join(fresh(old)) },
        ]);
        // Where it is there as it is, or all of it is blank, there is nothing to shift.
        if (result.type === "refused" || result.edits[0]?.found !== "indentation") return;
        shifted++;
        assert.equal(Buffer.from(result.bytes).toString(), join(after).replaceAll("\n", end));
      },
    ),
    { numRuns: 1000 },
  );
  assert.ok(shifted > 300, `${shifted}`);
});
