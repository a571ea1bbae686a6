import { agentTools } from "./agent-tools.mjs";
import { budgets } from "./budgets.mjs";
import { conversation } from "./conversation.mjs";
import { network } from "./network.mjs";
import { tools } from "./tools.mjs";
import { usage } from "./usage.mjs";
import { wires } from "./wires.mjs";

/**
 * Known bugs. In `file` the `text`, which stands there once, becomes the `bug`; at least one of `tests` fails then.
 * `from` says who had the bug: a public thread, or a program's behaviour in words.
 */
export const mutants = [...wires, ...usage, ...network, ...conversation, ...budgets, ...tools, ...agentTools];
