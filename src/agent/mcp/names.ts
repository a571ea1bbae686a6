import { createHash } from "node:crypto";

const LONGEST = 64;

/**
 * What a server's tool is called for a model and in rules: `mcp__SERVER__TOOL`, of letters that every vendor takes. Two
 * tools never share a name: one that had to be changed or cut ends with a piece of its hash. None of ours begins so.
 */
export function mcpToolName(server: string, tool: string): string {
  const plain = `mcp__${server}__${tool}`;
  const valid = plain.replace(/[^A-Za-z0-9_-]/g, "_");
  if (valid === plain && plain.length <= LONGEST && !/_[0-9a-f]{8}$/.test(plain)) return plain;
  const hash = createHash("sha256").update(`${server}\n${tool}`).digest("hex").slice(0, 8);
  return `${valid.slice(0, LONGEST - 9)}_${hash}`;
}
