/** What users' own tests need: models that answer offline, by rules or by script, and servers that misbehave. */

export { faultServer, type FaultRequest, type FaultServer, type FaultServerOptions } from "./fault-server.ts";
export type { Fault, FaultName, FaultStep } from "./faults/fault.ts";
export type { FaultLimit } from "./faults/limit.ts";
export type { FaultProtocol } from "./faults/wires.ts";
export { grammar, type GrammarRow } from "../providers/rehearsal/grammar.ts";
export { rehearsal, type RehearsalOptions } from "../providers/rehearsal/rehearsal.ts";
export {
  scripted,
  ScriptError,
  type ScriptedAnswer,
  type ScriptedCall,
  type ScriptedModel,
  type ScriptedOptions,
  type ScriptedReply,
  type ScriptedStep,
} from "./scripted.ts";
