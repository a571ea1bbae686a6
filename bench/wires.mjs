import * as anthropic from "./wires/anthropic.mjs";

/** The wire languages that the server speaks, by the name given to `--wire`. */
export const wires = { anthropic };
