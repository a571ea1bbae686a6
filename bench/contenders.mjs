// Who is measured. `packages` is what a user of it imports, for the import cell; it is also how we tell a peer that is
// not installed from one that fails.

import { createRequire } from "node:module";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const dist = fileURLToPath(new URL("../dist/index.js", import.meta.url));
export const bin = fileURLToPath(new URL("../bin/colloquy.cjs", import.meta.url));

export const contenders = [
  { name: "raw", packages: [] },
  { name: "floor", packages: [] },
  { name: "socket", packages: [] },
  { name: "anthropic", packages: ["@anthropic-ai/sdk"] },
  { name: "openai", packages: ["openai"] },
  { name: "ai", packages: ["ai", "@ai-sdk/anthropic"] },
  { name: "pi", packages: ["@mariozechner/pi-ai"] },
  {
    name: "colloquy",
    packages: [],
    ours: true,
    imports: [new URL("../dist/index.js", import.meta.url).href],
  },
  { name: "colloquy-turn", packages: [], ours: true },
  { name: "colloquy-dispatcher", packages: ["undici"], ours: true },
].map((contender) => ({
  ...contender,
  client: new URL(`clients/${contender.name}.mjs`, import.meta.url).href,
  imports: contender.imports ?? (contender.ours ? [] : contender.packages),
}));

/** Why a contender cannot run, or undefined. */
export function absence({ packages, ours }) {
  if (ours && !existsSync(dist)) return "skipped: dist/ is not built (npm run build)";
  const missing = packages.filter((name) => version(name) === undefined);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")} (npm ci in bench/)`;
}

/** The version of a package in bench/node_modules. */
export function version(name) {
  // Not through require: many packages do not export their package.json.
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}/package.json`, "utf8")).version;
    } catch {}
  }
  return undefined;
}
