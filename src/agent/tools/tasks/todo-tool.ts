import type { Tool } from "../../../conversation/tool.ts";
import type { Announce } from "../../companion.ts";
import type { TodoItem } from "../../event.ts";
import { inOneLine } from "../../text/file-text.ts";
import { agentTool } from "../agent-tool.ts";

const MOST_ITEMS = 100;
const LONGEST_ITEM = 500;

/** The model's own list of what it means to do, for itself and for whoever looks on. It is kept in the history alone. */
export function todoTool(announce: Announce | undefined): Tool {
  return agentTool<{ readonly items: readonly TodoItem[] }>({
    name: "todo",
    description:
      "Writes down what you mean to do, in work of several steps, for yourself and for people who look on. Give the whole " +
      "list each time, with one item at a time being done, and say at once when one is.",
    properties: {
      items: {
        type: "array",
        maxItems: MOST_ITEMS,
        items: {
          type: "object",
          properties: {
            text: { type: "string", minLength: 1, maxLength: LONGEST_ITEM },
            status: { type: "string", enum: ["open", "doing", "done"] },
          },
          required: ["text", "status"],
          additionalProperties: false,
        },
      },
    },
    required: ["items"],
    readOnly: true,
    idempotent: true,
    run: async ({ items }) => {
      const shown = items.map(({ text, status }) => ({ text: inOneLine(text), status }));
      announce?.({ type: "todo", items: shown });
      const count = (status: TodoItem["status"]): number =>
        items.filter((item) => item.status === status).length;
      const doing = count("doing");
      const advice = doing > 1 ? "; better do one thing at a time" : "";
      return `noted: ${count("open")} open, ${doing} being done, ${count("done")} done${advice}`;
    },
  });
}
