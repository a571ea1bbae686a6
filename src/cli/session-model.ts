import { ConfigurationError } from "../llm/errors.ts";
import type { Model } from "../providers/model.ts";
import { openModel, type ModelOptions } from "../providers/open-model.ts";
import { chooseModel, type Choice } from "./choose-model.ts";
import type { ConversationFlags } from "./command.ts";
import { explain } from "./explain.ts";
import type { Io } from "./io.ts";
import { toOpen, type Manner } from "./past.ts";
import type { Teller } from "./terminal.ts";

/** The model that is asked: by `--model`, else the session's own, else as for a session that begins. */
export function chooseAndOpen(
  flags: Pick<ConversationFlags, "model" | "replay">,
  manner: Manner | undefined,
  tell: Teller,
  options: ModelOptions & { readonly env: Io["env"] },
): { readonly choice: Choice; readonly model: Model } {
  const own = flags.model === undefined ? manner?.model : undefined;
  if (own !== undefined) {
    try {
      const name = toOpen(own);
      return { choice: { name, by: "session" }, model: openModel(name, options) };
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      const choice = chooseModel(flags, options.env, options.catalogue);
      const model = openChosen(choice, options);
      const [why = ""] = explain(error, false);
      tell.notice(`the session's model ${own} cannot be asked: ${why}; ${choice.name} is asked instead`);
      return { choice, model };
    }
  }
  const choice = chooseModel(flags, options.env, options.catalogue);
  return { choice, model: openChosen(choice, options) };
}

function openChosen({ name, by }: Choice, options: ModelOptions): Model {
  try {
    return openModel(name, options);
  } catch (error) {
    // The mistake is not on the command line: say where it is.
    if (by === "variable" && error instanceof Error) error.message = `COLLOQUY_MODEL: ${error.message}`;
    throw error;
  }
}
