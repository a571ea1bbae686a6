// Ours again, through an undici dispatcher that the user brought along.

import { Agent } from "undici";
import { prepare as prepareOurs } from "./colloquy.mjs";

export async function prepare(setting) {
  return prepareOurs(setting, { dispatcher: new Agent() });
}
