/** What users' own tests need: models that answer offline, by rules or by script. */

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
