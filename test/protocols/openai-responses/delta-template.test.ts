import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DeltaTemplate } from "../../../src/protocols/openai-responses/delta-template.ts";

const string = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom('"', "\\", '"delta":"', "é€😀", "\n", ""),
);

/** A delta event, its members in any order. */
const event = fc
  .tuple(
    string,
    fc.option(fc.string({ unit: "grapheme-ascii" })),
    fc.option(fc.nat()),
    fc.constantFrom("a", "b"),
    fc.constantFrom([], [{ delta: "x" }]),
  )
  .chain(([delta, obfuscation, sequence_number, item_id, logprobs]) => {
    const members = {
      type: "d",
      delta,
      ...(obfuscation !== null && { obfuscation }),
      ...(sequence_number !== null && { sequence_number }),
      item_id,
      logprobs,
    };
    return fc.shuffledSubarray(Object.entries(members), { minLength: Object.keys(members).length });
  })
  .map(
    (entries) =>
      Object.fromEntries(entries) as { delta: string; obfuscation?: string; sequence_number?: number },
  );

test("delta template: what it reads is what a parse would, and all else is the same", () => {
  let read = 0;
  fc.assert(
    fc.property(
      event,
      string,
      string,
      fc.nat(),
      fc.nat(),
      fc.constantFrom('"', "\\", "{", "0", "", "\u0001", ","),
      (first, delta, obfuscation, number, at, change) => {
        const template = new DeltaTemplate();
        template.learn(JSON.stringify(first));
        const next = {
          ...first,
          delta,
          ...(first.obfuscation !== undefined && { obfuscation }),
          ...(first.sequence_number !== undefined && { sequence_number: number }),
        };
        const data = JSON.stringify(next);
        const same = template.read(data);
        if (same !== undefined) {
          read++;
          assert.equal(same, delta);
        }
        const i = at % (data.length + 1);
        const changed = data.slice(0, i) + change + data.slice(i + 1);
        const text = template.read(changed);
        if (text === undefined) return;
        const value = JSON.parse(changed) as typeof first;
        assert.deepEqual(
          { ...value, delta: "", obfuscation: "", sequence_number: 0 },
          { ...next, delta: "", obfuscation: "", sequence_number: 0 },
        );
        assert.equal(text, value.delta);
      },
    ),
    { numRuns: 5000 },
  );
  assert.ok(read > 500, `only ${read} were read`);
});

test("delta template: numbers are numbers", () => {
  const template = new DeltaTemplate();
  template.learn('{"delta":"a","sequence_number":9}');
  assert.equal(template.read('{"delta":"b","sequence_number":10}'), "b");
  for (const number of ["", "01", "-1", "1.5", '"1"']) {
    assert.equal(template.read(`{"delta":"b","sequence_number":${number}}`), undefined);
  }
  template.forget();
  assert.equal(template.read('{"delta":"b","sequence_number":10}'), undefined);
});
