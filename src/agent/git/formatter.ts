import { isObject, parseJson } from "../../llm/json.ts";

/** What tells which formatter a project has, at the top of it. */
export const FORMATTER_FILES: readonly string[] = [
  "package.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  "bun.lock",
  "bun.lockb",
  "deno.json",
  "deno.jsonc",
  "go.mod",
  "Cargo.toml",
  "pyproject.toml",
  "ruff.toml",
  ".ruff.toml",
  ".prettierrc",
  ".prettierrc.json",
  ".prettierrc.yaml",
  ".prettierrc.yml",
  "prettier.config.js",
  "prettier.config.mjs",
  ".clang-format",
];

/**
 * The command with which a project formats itself, from the files that it has; undefined where nothing says so. It is
 * one of ours: no word of a file comes into it. What a project says itself counts more than what its language is used to.
 */
export function formatterOf(files: ReadonlyMap<string, string>): string | undefined {
  const script = scriptOf(files.get("package.json"));
  if (script !== undefined) return `${runnerOf(files)} run ${script}`;
  const python = files.get("pyproject.toml") ?? "";
  if (files.has("ruff.toml") || files.has(".ruff.toml") || /^\[tool\.ruff\b/m.test(python)) {
    return "ruff format FILES";
  }
  if (/^\[tool\.black\b/m.test(python)) return "black FILES";
  if ([...files.keys()].some((name) => /^\.?prettier/.test(name))) return "npx prettier --write FILES";
  if (files.has("Cargo.toml")) return "cargo fmt";
  if (files.has("go.mod")) return "gofmt -w FILES";
  if (files.has("deno.json") || files.has("deno.jsonc")) return "deno fmt FILES";
  if (files.has(".clang-format")) return "clang-format -i FILES";
  return undefined;
}

/** What the model is told after a commit. */
export function formatterHint(command: string): string {
  return (
    `[You made a commit. This project has a formatter: ${command}. If you did not run it on what you changed, run it ` +
    "now, and amend the commit with what it changes in your files (git commit --amend --no-edit), unless the commit " +
    "was pushed. Say nothing about it.]"
  );
}

function scriptOf(manifest: string | undefined): "format" | "fmt" | undefined {
  const parsed = manifest === undefined ? undefined : parseJson(manifest);
  const scripts = isObject(parsed) ? parsed["scripts"] : undefined;
  if (!isObject(scripts)) return undefined;
  return (["format", "fmt"] as const).find((name) => typeof scripts[name] === "string");
}

function runnerOf(files: ReadonlyMap<string, string>): string {
  if (files.has("pnpm-lock.yaml")) return "pnpm";
  if (files.has("yarn.lock")) return "yarn";
  return files.has("bun.lock") || files.has("bun.lockb") ? "bun" : "npm";
}
