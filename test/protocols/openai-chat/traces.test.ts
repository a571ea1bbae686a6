import assert from "node:assert/strict";
import { test } from "node:test";
import { openaiChat } from "../../../src/protocols/openai-chat/index.ts";
import { canonicalOpenaiChat } from "../../conformance/openai-chat-canonical.ts";
import { openaiChatError } from "../../conformance/openai-chat-errors.ts";
import { walkOpenaiChat } from "../../conformance/openai-chat-walk.ts";
import { runConformance } from "../../conformance/runner.ts";
import { tracesFolder } from "../../conformance/traces-folder.ts";
import type { Subject } from "../../conformance/walked.ts";

const subject: Subject = {
  protocol: openaiChat,
  // Whether the end mark always comes is known of those two alone.
  dialect: (provider) => (provider === "openai" || provider === "azure" ? {} : { endMark: "sometimes" }),
  canonical: canonicalOpenaiChat,
  walk: walkOpenaiChat,
  error: openaiChatError,
};

test("openai-chat traces", { skip: tracesFolder === undefined && "no traces here" }, async () => {
  const board = await runConformance(tracesFolder ?? "", { "openai-chat": subject });
  const { responses, errors, requests } = board.sums();
  console.log(`openai-chat: ${responses.total} answers, ${errors.total} errors, ${requests.total} requests`);
  assert.ok(board.ok, String(board));
});
