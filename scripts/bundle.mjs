// Joins src into a few files in dist: docs/decisions/0001 has the figures. All that the entry points share is one
// chunk, so that each class exists once whichever door is used, and importing the library reads two files.

import { globSync, rmSync } from "node:fs";
import { build } from "rolldown";

for (const old of globSync("dist/**/*.js{,.map}")) rmSync(old);

await build({
  input: {
    index: "src/index.ts",
    "httprr/index": "src/httprr/index.ts",
    "telemetry/index": "src/telemetry/index.ts",
    "testing/index": "src/testing/index.ts",
    "cli/main": "src/cli/main.ts",
  },
  platform: "node",
  // Whatever is not ours is installed beside us.
  external: /^[^./]/,
  output: {
    dir: "dist",
    format: "esm",
    sourcemap: true,
    chunkFileNames: "chunks/[name]-[hash].js",
    codeSplitting: {
      groups: [
        { name: "core", test: /\/src\/(?:llm|protocols|conversation|providers)\/(?!rehearsal\/(?!info))/ },
      ],
    },
  },
});
