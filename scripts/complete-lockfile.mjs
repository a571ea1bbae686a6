// Run it after `npm install` has changed the lockfile: `node scripts/complete-lockfile.mjs`.
// Native tools list one optional package for each platform. Where a registry mirror lacks some of them, npm
// leaves them out of the lockfile and `npm ci` then refuses that same lockfile; and people on those platforms
// would have no pinned version. This writes the missing entries: the version is exact in the parent, and the
// platform stands in the name. They carry no integrity, which only their own platform's registry could tell.

import { readFileSync, writeFileSync } from "node:fs";

const file = process.argv[2] ?? "package-lock.json";
const lock = JSON.parse(readFileSync(file, "utf8"));
const known = { ...lock.packages };
let added = 0;

for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const at = `node_modules/${name}`;
    const platform = platformIn(name);
    if (known[at] !== undefined || platform === undefined || !/^\d/.test(version)) continue;
    known[at] = { version, ...platform, ...(entry.dev ? { dev: true } : {}), optional: true };
    added += 1;
  }
}

const sorted = Object.entries(known).sort(([a], [b]) => a.localeCompare(b, "en"));
lock.packages = Object.fromEntries(sorted);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} entries added to ${file}`);

function platformIn(name) {
  if (name.endsWith("wasm32-wasi")) return { cpu: ["wasm32"] };
  const match = /(android|darwin|freebsd|linux|mac|openharmony|win32|win)-([a-z0-9]+)(?:-([a-z-]+))?$/.exec(
    name,
  );
  if (match === null) return undefined;
  const [, named, cpu, abi = ""] = match;
  const os = { mac: "darwin", win: "win32" }[named] ?? named;
  const libc =
    os !== "linux"
      ? undefined
      : abi.startsWith("musl")
        ? "musl"
        : abi.startsWith("gnu")
          ? "glibc"
          : undefined;
  return { cpu: [cpu], os: [os], ...(libc ? { libc: [libc] } : {}) };
}
