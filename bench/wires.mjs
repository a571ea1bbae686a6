import * as anthropic from "./wires/anthropic.mjs";
import * as openai from "./wires/openai.mjs";

/** The wire languages that the server speaks, by the name given to `--wire`. */
export const wires = { anthropic, openai };
