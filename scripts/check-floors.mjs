// The house has floors, and a file imports only from its own floor or from below. Faces never import each
// other. `node scripts/check-floors.mjs [folder that holds src]`

import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";

const FLOORS = [
  ["llm"],
  ["protocols", "schema", "log"],
  ["providers", "httprr"],
  ["conversation", "telemetry"],
  ["store"],
  ["agent"],
  ["cli", "server", "web"],
  ["testing", "src/*.ts"],
];
const FACES = FLOORS[6];

const root = path.resolve(process.argv[2] ?? ".");
const src = path.join(root, "src");
const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
  .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
  .sort();

const broken = files.flatMap((file) => {
  const text = readFileSync(file, "utf8");
  return importsOf(text).flatMap(({ specifier, index }) => {
    const rule = ruleAgainst(file, specifier);
    const line = text.slice(0, index).split("\n").length;
    return rule === undefined ? [] : [`${path.relative(root, file)}:${line}: "${specifier}": ${rule}`];
  });
});

for (const line of broken) console.log(line);
console.log(`${files.length} files, ${broken.length} imports against the floors`);
process.exitCode = broken.length === 0 ? 0 : 1;

function ruleAgainst(file, specifier) {
  const from = roomOf(file);
  const floor = floorOf(from);
  if (floor === -1) return `src/${from} has no floor yet; give it one in scripts/check-floors.mjs`;
  if (!specifier.startsWith(".")) {
    if (specifier === "colloquy" || specifier.startsWith("colloquy/"))
      return "src imports itself by relative paths only";
    if (floor === 0) return "floor 0 (llm) imports nothing from outside src/llm";
    if (floor === 1 && isBuiltin(specifier)) return "floors 0 and 1 know nothing of Node";
    return undefined;
  }
  const target = path.resolve(path.dirname(file), specifier);
  if (!target.startsWith(src + path.sep)) return "src imports nothing that lies outside src";
  const to = roomOf(target);
  const above = floorOf(to);
  if (above === -1) return `src/${to} has no floor yet; give it one in scripts/check-floors.mjs`;
  if (above > floor) return `${from} (floor ${floor}) must not import from ${to} (floor ${above})`;
  if (from !== to && FACES.includes(from) && FACES.includes(to))
    return `faces never import each other: ${from}, ${to}`;
  return undefined;
}

function roomOf(file) {
  const [room, ...inside] = path.relative(src, file).split(path.sep);
  return inside.length === 0 && room.includes(".") ? "src/*.ts" : room;
}

function floorOf(room) {
  return FLOORS.findIndex((rooms) => rooms.includes(room));
}

/**
 * Static, type-only, side-effect and dynamic imports and re-exports. There is no parser to ask (TypeScript 7
 * has no stable one), so comments and strings are matched too, to be passed over: an import in them is none.
 */
function importsOf(text) {
  const token =
    /\/\/.*|\/\*[^]*?\*\/|\b(?:from|import|require)\s*\(?\s*(?:\/\*[^]*?\*\/\s*)?(["'`])([^"'`\n]+)\1|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
  return [...text.matchAll(token)]
    .filter((match) => match[2] !== undefined)
    .map((match) => ({ specifier: match[2], index: match.index }));
}
