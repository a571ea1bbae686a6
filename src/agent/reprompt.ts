import { transcript } from "../conversation/compaction.ts";
import type { Conversation } from "../conversation/conversation.ts";
import { ModelError } from "../llm/errors.ts";

/** How many characters of a conversation are shown at most where the window is not known. */
const MOST_SHOWN = 200_000;

const REQUEST =
  "Below is a conversation between a user and an agent that works with tools. The user wants to begin anew, with what is known now. Write the one message that the user should begin with: what is wanted, in the user's own words where they matter; what was found out about the place it is to be done in (files, commands, names); what was decided; which ways failed, and are not to be tried again. Leave out what was done already and is kept. Write the message alone, no preamble.";

/**
 * The message that a conversation would better have begun with, by its own model: to begin anew with what is known now.
 * It costs one answer, told under the purpose `re-prompt`; the history stays as it is.
 *
 * @throws what a send throws.
 */
export async function suggestReprompt(
  conversation: Conversation,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<string> {
  const messages = conversation.history.toArray();
  const { window } = conversation.model.info;
  // Two characters are a token or less in nearly all texts.
  let most = window === undefined ? MOST_SHOWN : window;
  for (;;) {
    const child = conversation.child({
      purpose: "re-prompt",
      hidden: true,
      system: "",
      tools: [],
      settings: {},
    });
    const prompt = `${REQUEST}\n\n<conversation>\n${transcript(messages, most)}\n</conversation>`;
    try {
      return (await child.send(prompt, { signal })).text.trim();
    } catch (error) {
      const tooLong = error instanceof ModelError && error.kind === "context-overflow";
      if (!tooLong || (most /= 2) < 1000) throw error;
    }
  }
}
