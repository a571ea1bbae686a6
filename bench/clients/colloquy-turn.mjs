// Ours through turns, with a tool declared and a budget of dollars and tokens on: what an agent pays for.

import { createConversation, defineTool } from "../../dist/index.js";
import { prepare as prepareOurs } from "./colloquy.mjs";

const budget = { dollars: "1000000", tokens: 1e12, responses: 1e9, toolCalls: 1e9 };

const tools = [
  defineTool({
    name: "shell",
    description: "Runs a command and gives back what it says.",
    input: { type: "object", properties: { command: { type: "string" } }, required: ["command"] },
    run: () => "done",
  }),
];

export async function prepare(setting) {
  return prepareOurs(setting, {}, (model) => {
    const conversation = createConversation({ model, tools, budget });
    return {
      async send(message, { onEvent }) {
        const { end, response } = await conversation.turn(message, { onEvent });
        if (end !== "done") throw new Error(`the turn ended with ${end}`);
        return response;
      },
    };
  });
}
