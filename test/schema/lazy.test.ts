import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const index = new URL("../../src/index.ts", import.meta.url).href;

const program = `
  import { createRequire } from "node:module";
  const { cache } = createRequire(${JSON.stringify(index)});
  const loaded = () => Object.keys(cache).filter((file) => file.includes("/ajv/")).length > 0;
  const { checkValue, jsonSchemaOf } = await import(${JSON.stringify(index)});
  const told = [loaded()];
  jsonSchemaOf({ type: "string" });
  await checkValue({ "~standard": { version: 1, vendor: "x", validate: (value) => ({ value }) } }, 1);
  told.push(loaded());
  await checkValue({ type: "string" }, 1);
  told.push(loaded());
  console.log(JSON.stringify(told));
`;

test("the validator is loaded when the first plain JSON Schema is validated, and not before", () => {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    encoding: "utf8",
  });
  assert.equal(stdout.trim(), "[false,false,true]", stderr);
});
