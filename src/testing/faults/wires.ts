import { anthropicMessages } from "./anthropic-messages.ts";
import type { Wire } from "./wire.ts";

/** The languages that a fault server speaks. */
export type FaultProtocol = "anthropic-messages";

export const wires: Readonly<Record<FaultProtocol, Wire>> = { "anthropic-messages": anthropicMessages };
