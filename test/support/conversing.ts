import type { TestContext } from "node:test";
import { type Conversation, createConversation } from "../../src/conversation/conversation.ts";
import type { ConversationEvent } from "../../src/conversation/event.ts";
import type { ConversationOptions } from "../../src/conversation/options.ts";
import type { JsonValue } from "../../src/llm/json.ts";
import * as say from "./answers.ts";
import { virtualSystem, type VirtualSystem } from "./clock.ts";
import { events, serve, type Call, type FaultServer, type Plan } from "./fault-server.ts";
import { Heard } from "./gate.ts";
import { modelAt } from "./ways.ts";

/** A conversation with a server of the test's own. */
export interface Setting {
  readonly server: FaultServer;
  readonly system: VirtualSystem;
  readonly heard: Heard<ConversationEvent>;
  readonly conversation: Conversation;
}

/** Opens a conversation whose n-th request is answered by the n-th plan. */
export async function converse(
  t: TestContext,
  plans: readonly Plan[],
  options: Partial<ConversationOptions> = {},
): Promise<Setting> {
  const server = await serve(t, ...plans);
  const system = virtualSystem();
  const heard = new Heard<ConversationEvent>();
  const model = modelAt(server.url, { system });
  const conversation = createConversation({ model, machine: system, onEvent: heard.onEvent, ...options });
  return { server, system, heard, conversation };
}

/** A stream that says this. */
export const says = (...pieces: readonly string[]): Plan => events(say.stream(...pieces));

/** The messages of a request in short: who said what. */
export function transcript({ json }: Call): string[] {
  const messages = json["messages"] as readonly { role: string; content: readonly { text: string }[] }[];
  return messages.map(({ role, content }) => `${role}: ${content.map(({ text }) => text).join("|")}`);
}

/** Where the cache marks of a JSON value stand, as paths. */
export function cacheMarks(value: JsonValue, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, JsonValue]) =>
    key === "cache_control" || key === "cache" ? [path] : cacheMarks(inner, `${path}/${key}`),
  );
}
