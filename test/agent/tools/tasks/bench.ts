import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "node:test";
import type { AgentEvent } from "../../../../src/agent/event.ts";
import type { Change, GitOperation, Repository } from "../../../../src/agent/git/repository.ts";
import { workTools, type WorkToolOptions } from "../../../../src/agent/tools/tasks/work-tools.ts";
import { createConversation, type Conversation } from "../../../../src/conversation/conversation.ts";
import type { ConversationEvent } from "../../../../src/conversation/event.ts";
import type { ConversationOptions } from "../../../../src/conversation/options.ts";
import { messageText } from "../../../../src/llm/message.ts";
import { rehearsal } from "../../../../src/providers/rehearsal/rehearsal.ts";
import { system } from "../../../../src/providers/system.ts";
import { toolBench } from "../../../support/tool-room.ts";

/** A repository that is as a test says. */
export class FakeRepository implements Repository {
  readonly root = "/repository";
  readonly start: string | undefined = "a".repeat(40);
  readonly startChanges: readonly Change[] = [{ path: "old.txt", status: "modified" }];
  at: string | undefined = this.start;
  now: Change[] = [...this.startChanges];
  text = "";
  under: GitOperation | undefined;

  /** Something was committed, and the diff is this now. */
  commit(text: string): void {
    this.at = "b".repeat(40);
    this.text = text;
  }

  head = async (): Promise<string | undefined> => this.at;
  branch = async (): Promise<string | undefined> => "main";
  changes = async (): Promise<readonly Change[]> => this.now;
  commits = async (): Promise<readonly never[]> => [];
  diff = async (): Promise<string> => this.text;
  diffOf = async (): Promise<string> => this.text;
  operation = async (): Promise<GitOperation | undefined> => this.under;
  createBranch = async (): Promise<void> => undefined;
}

/** A conversation with the tools of work, whose model answers by the grammar of rehearsals. */
export interface WorkBench {
  readonly folder: string;
  readonly conversation: Conversation;
  readonly repository: FakeRepository;
  readonly events: (ConversationEvent | AgentEvent)[];
  /** What the model was told by tools, oldest first. */
  readonly told: () => readonly string[];
  /** How many requests were made, by whom. */
  readonly requests: () => { readonly own: number; readonly below: number };
}

export const prices = { rates: { input: "3", output: "15" } };

export function workBench(
  t: TestContext,
  options: Partial<WorkToolOptions> = {},
  conversing: Partial<ConversationOptions> = {},
  files: Readonly<Record<string, string>> = {},
): WorkBench {
  const { room, folder } = toolBench(t, { clock: system.clock });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  const model = rehearsal({ prices });
  const events: (ConversationEvent | AgentEvent)[] = [];
  const repository = new FakeRepository();
  const tools = workTools({
    room,
    model: model.info,
    repository,
    announce: (event) => void events.push(event),
    ...options,
  });
  const onEvent = (event: ConversationEvent): void => void events.push(event);
  const conversation: Conversation = createConversation({ model, tools, onEvent, ...conversing });
  return {
    folder,
    conversation,
    repository,
    events,
    told: () =>
      conversation.history
        .toArray()
        .flatMap(({ parts }) => parts.filter((part) => part.type === "tool-result"))
        .map(({ content }) => messageText({ role: "user", parts: content })),
    requests: () => {
      const all = events.filter((event) => event.type === "request");
      const own = all.filter((event) => event.conversationId === conversation.id).length;
      return { own, below: all.length - own };
    },
  };
}

/** A script of these lines, one for each answer. */
export const script = (...lines: readonly string[]): string => `script:\n${lines.join("\n")}`;

export const calls = (name: string, input: object): string => `tool: ${name} ${JSON.stringify(input)}`;
