import path from "node:path";
import { readGitConfig } from "./git-config.ts";
import { readSmall } from "./look.ts";

/**
 * The `.gitconfig` for a home inside: who the user is, and that repositories may belong to somebody else, since other
 * owners look so in a user namespace. All else of the user's stays outside: headers, helpers and URLs hold passwords.
 */
export function gitConfigInside(home: string | undefined): string {
  const files =
    home === undefined ? [] : [path.join(home, ".config/git/config"), path.join(home, ".gitconfig")];
  const settings = files.flatMap((file) => readGitConfig(readSmall(file)));
  const last = (name: string) => settings.findLast((setting) => setting.name === name)?.value;
  const user = ["name", "email"].flatMap((key) => {
    const value = last(`user.${key}`);
    return value === undefined ? [] : [`\t${key} = ${quoted(value)}\n`];
  });
  return `${user.length > 0 ? `[user]\n${user.join("")}` : ""}[safe]\n\tdirectory = *\n`;
}

function quoted(value: string): string {
  return `"${value.replace(/[\\"]/g, String.raw`\$&`).replaceAll("\n", " ")}"`;
}
