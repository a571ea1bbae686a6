/**
 * The members of a text's front matter that are plain scalars: `name: value` lines between two lines of `---`, a value in
 * quotes, or on indented lines below its name (folded, as YAML's `>`). What else YAML can say is passed by.
 */
export function frontmatter(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const [, head] = /^---[ \t]*\n([\s\S]*?)\n---[ \t]*(?:\n|$)/.exec(text) ?? [];
  if (head === undefined) return found;
  let name: string | undefined;
  for (const line of head.split("\n")) {
    const [, key, value = ""] = /^([A-Za-z][\w-]*):[ \t]*(.*)$/.exec(line) ?? [];
    if (key !== undefined) {
      name = key;
      found.set(key, /^[|>][+-]?$/.test(value.trim()) ? "" : unquoted(value.trim()));
    } else if (name !== undefined && /^[ \t]+\S/.test(line)) {
      found.set(name, `${found.get(name) ?? ""} ${line.trim()}`.trim());
    }
  }
  return found;
}

function unquoted(value: string): string {
  const [, double, single] = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)')(?:\s+#.*)?$/.exec(value) ?? [];
  if (double !== undefined) return double.replace(/\\(["\\])/g, "$1");
  if (single !== undefined) return single.replaceAll("''", "'");
  return value.replace(/\s#.*$/, "").trimEnd();
}
