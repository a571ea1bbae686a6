/** What is wrong with a value, and where. */
export interface Issue {
  /** From the value's root: keys of objects and places in arrays; empty for the root itself. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Issues for people and for models, one in each line: `items[0].name: must be string`. */
export function describeIssues(issues: readonly Issue[]): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? message : `${describePath(path)}: ${message}`))
    .join("\n");
}

function describePath(path: Issue["path"]): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "string" && /^[A-Za-z_$][\w$]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
