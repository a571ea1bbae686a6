import assert from "node:assert/strict";
import { test } from "node:test";
import { readTrace, traceFiles } from "../conformance/read-trace.ts";
import { tracesFolder } from "../conformance/traces-folder.ts";
import { check as checkGemini } from "../support/validators/gemini.ts";
import { validators, type WireName } from "../support/validators/index.ts";
import { broken, sound } from "./bodies.ts";
import { leniencies } from "./leniencies.ts";

/*
 * The validators themselves: each rule refuses the smallest body that breaks it, and what the vendors' own servers
 * answered with a 200 breaks none.
 */

for (const wire of Object.keys(validators) as WireName[]) {
  test(`validators: ${wire} lets sound bodies pass`, () => {
    for (const body of sound[wire]) assert.deepEqual(validators[wire](body), []);
  });

  for (const [rule, bodies] of Object.entries(broken[wire])) {
    test(`validators: ${wire} has the rule ${rule}`, () => {
      for (const body of bodies) {
        const found = validators[wire](body).map((violation) => violation.split(" ", 1)[0]);
        assert.ok(found.length > 0, `nothing found in ${JSON.stringify(body)}`);
        assert.deepEqual([...new Set(found)], [rule], JSON.stringify(body));
      }
    });
  }
}

test("validators: gemini has the rule call-unsigned, for models that have it", () => {
  const calling = (more: object): unknown => {
    const parts = [{ functionCall: { name: "a" }, ...more }, { functionCall: { name: "a" } }];
    const responses = parts.map(() => ({ functionResponse: { name: "a", response: {} } }));
    return { contents: [{ parts: [{ text: "Hi" }] }, { role: "model", parts }, { parts: responses }] };
  };
  assert.deepEqual(checkGemini(calling({}), { signedCalls: true }), [
    "call-unsigned $.contents[1]: the first call has no thought signature",
  ]);
  assert.deepEqual(checkGemini(calling({ thoughtSignature: "AA==" }), { signedCalls: true }), []);
  assert.deepEqual(checkGemini(calling({})), []);
});

test("validators: recorded requests that were answered break no rule", { skip: noTraces() }, () => {
  const folder = tracesFolder ?? "";
  const unexplained: string[] = [];
  const used = new Set<object>();
  let checked = 0;
  for (const file of traceFiles(folder)) {
    const trace = readTrace(file, folder);
    if ("reason" in trace || !Object.hasOwn(validators, trace.protocol)) continue;
    const wire = trace.protocol as WireName;
    for (const { request, status } of trace.exchanges) {
      if (status !== 200 || request === null) continue;
      checked++;
      for (const violation of validators[wire](request)) {
        const known = leniencies.find(
          ({ wire: on, providers, rules }) =>
            on === wire && providers.test(trace.provider) && rules.has(violation.split(" ", 1)[0] ?? ""),
        );
        if (known === undefined) unexplained.push(`${trace.name}: ${violation}`);
        else used.add(known);
      }
    }
  }
  assert.deepEqual(unexplained, []);
  assert.ok(checked > 2000, `only ${checked} requests`);
  // An exception that nothing needs any more hides what it was made for.
  assert.deepEqual(
    leniencies.filter((each) => !used.has(each)),
    [],
  );
});

function noTraces(): string | false {
  return tracesFolder === undefined && "no traces here";
}
