import { realpath } from "node:fs/promises";
import { openModel } from "../providers/open-model.ts";
import { loadCatalogue } from "./catalogue.ts";
import { chooseModel } from "./choose-model.ts";
import type { PromptCommand, ToolFlags } from "./command.ts";
import type { Io } from "./io.ts";
import { jsonText } from "./json-text.ts";
import { print } from "./outlet.ts";
import { harmless, teller } from "./terminal.ts";
import { openTools, type Workplace } from "./tools.ts";
import { workingFolder } from "./working-folder.ts";

/** As if no flag had been given. */
const flags: ToolFlags = {
  noTools: false,
  allow: [],
  sandbox: "auto",
  unsafe: false,
  allowHosts: [],
  mcpConfigs: [],
};

/** The face of `colloquy prompt`: the instructions that a model would be given here, and how much each part of them takes. */
export async function runPrompt(command: PromptCommand, io: Io): Promise<number> {
  const tell = teller(io, command);
  const folder = await realpath(await workingFolder(command, io));
  const catalogue = await loadCatalogue(io.env);
  const place: Workplace = {
    folder,
    writable: [],
    flags,
    catalogue,
    model: openModel(chooseModel({}, io.env, catalogue).name, { env: io.env, catalogue }).info,
    attended: true,
    sessionId: undefined,
    onTitle: () => undefined,
  };
  const hands = await (io.openTools ?? openTools)(place, io, tell);
  if (hands === undefined) {
    tell.reply("without tools there are no instructions");
    return command.json ? print(jsonText({ tokens: 0, sections: [] }, io), io) : 0;
  }
  await hands.close();
  const agent = await import("../agent/index.ts");
  const { facts } = hands;
  const sections = agent.promptSections(facts);
  const text = agent.joinSections(sections);
  const tokens = agent.estimatedTokens(text);
  if (command.json) return print(jsonText({ tokens, sections }, io), io);
  for (const { name, tokens, left } of sections) {
    tell.notice(`${String(tokens).padStart(6)}  ${name}${left === undefined ? "" : `; left out: ${left}`}`);
  }
  tell.notice(`${String(tokens).padStart(6)}  tokens in all, estimated`);
  return print(`${io.stdout.isTTY === true ? harmless(text) : text}\n`, io);
}
