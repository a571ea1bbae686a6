// Joins src into a few files in dist: docs/decisions/0001 has the figures. What the entry points share is one chunk for
// each of three groups of floors, so that each class exists once whichever door is used, and importing the library
// reads four files.

import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "rolldown";

/** Others' packages that come along in chunks of their own, loaded when they are first needed: NOTICE names them. */
const bundled = new Set([
  ..."ajv fast-deep-equal fast-uri json-schema-traverse".split(" "),
  ..."@modelcontextprotocol/client @modelcontextprotocol/core eventsource-parser pkce-challenge zod".split(
    " ",
  ),
]);

/**
 * What the MCP client would bring along and nobody here uses (src/agent/mcp): a second ajv, for the validator it is given
 * is ours, and what asks servers in the way that was given up.
 */
const leftOut = new Map([
  [
    "@modelcontextprotocol/client/_shims",
    "export const CORS_IS_POSSIBLE = false; export class DefaultJsonSchemaValidator {}",
  ],
  ["eventsource", "export class EventSource {}"],
]);

const leaveOut = {
  name: "leave-out",
  resolveId: (id) => (leftOut.has(id) ? `\0${id}` : undefined),
  load: (id) => leftOut.get(id.slice(1)),
};

for (const old of globSync("dist/**/*.js{,.map}")) rmSync(old);

// Whatever else is not ours is installed beside us.
const external = (id) => /^[^./\0]/.test(id) && !bundled.has(packageOf(id)) && !leftOut.has(id);

const { output } = await build({
  input: {
    index: "src/index.ts",
    "agent/index": "src/agent/index.ts",
    "httprr/index": "src/httprr/index.ts",
    "store/index": "src/store/index.ts",
    "store/postgres": "src/store/postgres.ts",
    "telemetry/index": "src/telemetry/index.ts",
    "testing/index": "src/testing/index.ts",
    "cli/main": "src/cli/main.ts",
  },
  platform: "node",
  external,
  plugins: [leaveOut],
  output: {
    dir: "dist",
    format: "esm",
    sourcemap: true,
    // What they say stands in the declarations and in the source; loading the library would carry it along.
    comments: { annotation: true, jsdoc: false, legal: true },
    chunkFileNames: "chunks/[name]-[hash].js",
    codeSplitting: {
      groups: [
        { name: "model", test: /\/src\/(?:llm|protocols|schema|log)\/(?!validator)/ },
        { name: "providers", test: /\/src\/providers\/(?!rehearsal\/(?!info)|llama-cpp\/(?!op))/ },
        { name: "conversation", test: /\/src\/conversation\// },
      ],
    },
  },
});

// Handed over whole to a Node inside the sandbox, where this package may not be seen: it needs no other file.
const hands = await build({
  input: { "agent/hands": "src/agent/hands/main.ts" },
  platform: "node",
  external,
  output: { dir: "dist", format: "esm", minify: true },
});

for (const { type, fileName, code } of [...output, ...hands.output]) {
  if (type === "chunk") writeFileSync(`dist/${fileName}`, ascii(code));
}
checkNotice([...output, ...hands.output]);

/** One letter outside Latin-1 makes V8 hold a whole file in two bytes a letter. */
function ascii(code) {
  return code.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Each package that is in a chunk stands in NOTICE, with the version that is in it, and no other does. */
function checkNotice(chunks) {
  const found = new Set();
  for (const { moduleIds = [] } of chunks) {
    for (const id of moduleIds) {
      const [, inside] = /.*\/node_modules\/(.*)/.exec(id.replaceAll("\\", "/")) ?? [];
      if (inside !== undefined) found.add(packageOf(inside));
    }
  }
  const needed = [...found].map((name) => {
    const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
    return `${name} ${version}`;
  });
  const named = readFileSync("NOTICE", "utf8").match(/^## .*$/gm) ?? [];
  const told = named.map((heading) => heading.slice(3));
  const wrong = [
    ...needed.filter((each) => !told.includes(each)).map((each) => `${each} is bundled and not in NOTICE`),
    ...told.filter((each) => !needed.includes(each)).map((each) => `${each} is in NOTICE and not bundled`),
  ];
  for (const line of wrong) console.error(line);
  if (wrong.length > 0) process.exitCode = 1;
}

function packageOf(specifier) {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
