"use strict";

const { enableCompileCache } = require("node:module");

module.exports = async function load(args) {
  enableCompileCache?.();
  try {
    const { main } = await import("../dist/cli/main.js");
    process.exitCode = await main(args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error("colloquy: " + (message.split("\n")[0] || "failed without a message"));
    if (process.env.COLLOQUY_DEBUG) console.error(error);
    process.exitCode = 1;
  }
};
