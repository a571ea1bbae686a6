// Which Node runs the task: the one at hand when it is new enough, else the one toolchain/node brings.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { install, SetupError } from "./setup.mjs";
import { root } from "./tool.mjs";

/** COLLOQUY_NODE=bundled asks for toolchain/node even where the Node at hand would do; CI does. */
export function chooseNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const current = major > 22 || (major === 22 && minor >= 19);
  if (current && process.env.COLLOQUY_NODE !== "bundled") return process.execPath;

  install("toolchain/node", process.execPath, "a current Node (once, about 55 MB)");
  const folder = path.join(root, "toolchain/node");
  const { optionalDependencies } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const found = Object.keys(optionalDependencies)
    .flatMap((name) =>
      ["bin/node", "bin/node.exe"].map((file) => path.join(folder, "node_modules", name, file)),
    )
    .find((file) => existsSync(file));
  if (found) return found;
  throw new SetupError(
    `there is no ready-made Node for ${process.platform}-${process.arch}, and this one is ${process.versions.node}`,
    "install Node 22.19 or newer from https://nodejs.org",
  );
}
