import { createConversation, type Conversation } from "../../src/conversation/conversation.ts";
import type { ConversationEvent } from "../../src/conversation/event.ts";
import type { Journal } from "../../src/conversation/journal.ts";
import type { ConversationOptions } from "../../src/conversation/options.ts";
import {
  defineTool,
  noReply,
  type Tool,
  type ToolContext,
  type ToolOutput,
} from "../../src/conversation/tool.ts";
import { BudgetBroken, BudgetExceeded, ModelError } from "../../src/llm/errors.ts";
import { messageText, type Message } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";
import { usage } from "../../src/llm/usage.ts";
import type { Model } from "../../src/providers/model.ts";
import { scripted, type ScriptedAnswer } from "../../src/testing/scripted.ts";
import type { VirtualSystem } from "../support/clock.ts";

/** What goes on outside the process, and outlives it. */
export class World {
  readonly machine: VirtualSystem;
  /** What tools did, as `name callId`, with what may be done twice under another heading. */
  readonly effects: string[] = [];
  readonly harmless: string[] = [];
  /** Answers that the provider has charged for, and how much. */
  charged = 0;
  picodollars = 0n;
  /** Requests that reached the provider. */
  asked = 0;
  /** What listeners were told. */
  readonly heard: ConversationEvent[] = [];
  #failures = 0;

  constructor(machine: VirtualSystem) {
    this.machine = machine;
  }

  /** Fails the first so many times that it is asked. */
  failsBefore(times: number): boolean {
    return this.#failures++ < times;
  }
}

export interface Workload {
  readonly name: string;
  readonly options?: Partial<ConversationOptions>;
  /** What the user does, one thing after another. */
  readonly acts: readonly Act[];
}

/** Something that a user does: says `said`, in a way of its own. */
interface Act {
  readonly said: string;
  readonly do: (talk: Conversation, said: string, world: World) => Promise<unknown>;
  /** What is said does not enter the history of the conversation itself. */
  readonly elsewhere?: true;
}

/** What one answer uses: a token is a millionth of a dollar. */
const cheap = usage({ input: 10, output: 5 });
const dear = usage({ input: 500, output: 5 });

const nobody: Message = { role: "user", parts: [] };

/** Answers by what was said last: `calls a,b rounds 2`, `pause`, `json`, `many`; otherwise it says that it is done. */
function answer({ messages }: Request, world: World): ScriptedAnswer {
  const all: readonly Message[] = [...messages];
  let from = all.length - 1;
  while (from > 0 && !messageText(all[from] ?? nobody).startsWith("act")) from--;
  const said = messageText(all[from] ?? nobody);
  const used = said.includes("dear") ? dear : cheap;
  const rounds = all.slice(from).filter((each) => each.role === "assistant").length;
  const [, names = "", wanted = "1"] = /calls ([\w,]+)(?: rounds (\d+))?/.exec(said) ?? [];
  if (names !== "" && rounds < Number(wanted)) {
    return {
      toolCalls: names
        .split(",")
        .map((name, at) => ({ name, input: said.includes("same") ? {} : { at, rounds } })),
      usage: used,
    };
  }
  if (said.includes("pause") && rounds < 2) return { text: "wait", stopReason: "pause", usage: used };
  if (said.includes("json"))
    return rounds < 1 ? { text: "no json", usage: used } : { output: { city: "Oslo" }, usage: used };
  if (said.includes("fail") && world.failsBefore(1)) throw new ModelError("busy", { kind: "overloaded" });
  if (said.includes("long")) return { text: "long answer ".repeat(600), usage: used };
  return { text: `done: ${said.slice(0, 20)}`, usage: used };
}

/** The provider. Each attempt is told of before it is sent; `retry` has the first one fail. */
function provider(world: World): Model {
  const info = { prices: { rates: { input: "1", output: "1" } } };
  const waits = new WeakMap<Request, void | Promise<void>>();
  const inner = scripted(
    async (request) => {
      await waits.get(request);
      world.asked++;
      const given = answer(request, world);
      world.charged++;
      const { input = 0, output = 0 } = typeof given.usage === "object" ? given.usage : {};
      world.picodollars += BigInt(input + output) * 1_000_000n;
      return given;
    },
    { info },
  );
  return {
    ...inner,
    complete: async (request, run = {}) => {
      const { onEvent, ready } = run;
      const last = [...request.messages].at(-1);
      if (last !== undefined && messageText(last).includes("retry") && world.failsBefore(1)) {
        onEvent?.({ type: "request", attempt: 1, model: "scripted" });
        await ready?.();
        world.asked++;
        const error = new ModelError("busy", { kind: "overloaded" });
        onEvent?.({ type: "retry", attempt: 1, delayMs: 0, error });
      }
      const tell: typeof onEvent = (event) => {
        onEvent?.(event);
        // Nothing is sent of which the journal does not know.
        if (event.type === "request") waits.set(request, ready?.());
      };
      return inner.complete(request, { ...run, onEvent: tell });
    },
  };
}

function tools(world: World): readonly Tool[] {
  const tool = (
    name: string,
    run: (context: ToolContext) => ToolOutput | Promise<ToolOutput>,
    more: object = {},
  ): Tool => {
    const safe = "readOnly" in more || "idempotent" in more;
    return defineTool({
      name,
      input: { type: "object" },
      ...more,
      run: (_, context) => {
        (safe ? world.harmless : world.effects).push(`${name} ${context.conversation.id} ${context.callId}`);
        return run(context);
      },
    });
  };
  return [
    tool("write", () => "written"),
    tool("slow", async () => {
      for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
      return "slowly written";
    }),
    tool("look", () => "seen", { readOnly: true }),
    tool("set", () => "set", { idempotent: true }),
    tool("big", () => "much output ".repeat(1000)),
    tool("fail", () => {
      throw new Error("it went wrong");
    }),
    tool("stop", ({ conversation }) => {
      conversation.cancel("the user left");
      return "stopped";
    }),
    tool("quiet", () => noReply),
    tool("end", () => "ended", { endsTurn: true }),
    tool("late", () => {
      world.machine.clock.advance(10_000);
      return "late";
    }),
    tool("ask", async ({ child }) => (await child({ tools: [] }).send("act in a child")).text),
    tool(
      "hidden",
      async ({ child }) =>
        (
          await child({ hidden: true, tools: [tool("inner", () => "inner")] }).turn(
            "act in a child calls inner",
          )
        ).text,
    ),
  ];
}

/** A conversation of the workload, new or gone on with. */
export function talkOf({ options }: Workload, world: World, journal: Journal): Conversation {
  const talk: Conversation = createConversation({
    model: provider(world),
    tools: tools(world),
    machine: world.machine,
    journal,
    ...options,
    // Only a new one is given its budget: whoever goes on has what is left.
    ...(journal.past !== undefined && journal.past.length > 0 && { budget: undefined as never }),
    onEvent: (event) => {
      world.heard.push(event);
      if (event.type === "tool-approval") queueMicrotask(() => decide(talk, event.callId));
    },
  });
  return talk;
}

function decide(talk: Conversation, callId: string): void {
  try {
    talk.decide(callId, callId.includes("1") ? { deny: "not this one" } : "allow");
  } catch {
    // The turn is over.
  }
}

/** What a provider or a budget refuses is no crash. */
export function isRefusal(error: unknown): boolean {
  return error instanceof BudgetExceeded || error instanceof BudgetBroken || error instanceof ModelError;
}

const send: Act["do"] = (talk, said) => talk.send(said);
const turn: Act["do"] = (talk, said) => talk.turn(said);
const sends = (said: string): Act => ({ said, do: send });
const turns = (said: string): Act => ({ said, do: turn });
const go = turns("act 9 and then on");

export const workloads: readonly Workload[] = [
  { name: "sends", acts: [sends("act 1"), sends("act 2"), sends("act 3")] },
  { name: "parallel tools", acts: [turns("act 1 calls write,look,slow,set rounds 2"), go] },
  {
    name: "approval",
    options: { approve: (_, { readOnly }) => (readOnly ? "allow" : "ask") },
    acts: [turns("act 1 calls write,write,look rounds 2"), go],
  },
  { name: "cancel", acts: [turns("act 1 calls write,stop,slow rounds 2"), go] },
  { name: "children", acts: [turns("act 1 calls ask,ask,write"), go] },
  { name: "hidden children", acts: [turns("act 1 calls hidden,write rounds 2"), go] },
  {
    name: "forks",
    acts: [
      turns("act 1 calls write"),
      { said: "act 2 in a fork calls write", elsewhere: true, do: (talk, said) => talk.fork().turn(said) },
      go,
    ],
  },
  {
    name: "two at once",
    acts: [
      sends("act 1"),
      {
        said: "act 2 calls write,slow",
        do: (talk, said) => {
          const fork = talk.fork();
          return Promise.all([talk.turn(said), fork.turn("act 3 in a fork calls slow,write")]);
        },
      },
      go,
    ],
  },
  {
    name: "compaction",
    acts: [
      turns("act 1 calls big,write"),
      sends(`act 2 ${"and more ".repeat(200)}`),
      { said: "act 3 compact", elsewhere: true, do: (talk) => talk.compact() },
      go,
    ],
  },
  {
    name: "a budget of dollars",
    options: { budget: { dollars: "0.0035" }, settings: { maxOutputTokens: 50 } },
    acts: [turns("act 1 dear calls write rounds 90"), go],
  },
  {
    name: "a budget of tokens",
    options: { budget: { tokens: 3500 }, settings: { maxOutputTokens: 50 } },
    acts: [turns("act 1 dear calls write rounds 90"), go],
  },
  {
    name: "a budget of responses",
    options: { budget: { responses: 3 } },
    acts: [turns("act 1 calls write rounds 9"), go],
  },
  {
    name: "a budget of calls",
    options: { budget: { toolCalls: 5 } },
    acts: [turns("act 1 calls write,look rounds 9"), go],
  },
  {
    name: "a budget of time",
    options: { budget: { wallTimeMs: 15_000 } },
    acts: [turns("act 1 calls late,write rounds 9"), go],
  },
  {
    name: "a budget given anew",
    options: { budget: { responses: 2, dollars: 1 } },
    acts: [
      turns("act 1 calls write rounds 5"),
      {
        said: "act 2 calls write",
        do: (talk, said) => {
          talk.resetBudget({ responses: 5 });
          return talk.turn(said);
        },
      },
      go,
    ],
  },
  { name: "retries", options: { budget: { dollars: 1 } }, acts: [sends("act 1 retry"), go] },
  {
    name: "a send that fails",
    acts: [
      {
        said: "act 1 fail",
        do: async (talk, said) => {
          await talk.send(said).catch((error: unknown) => {
            if (!isRefusal(error)) throw error;
            return talk.send();
          });
        },
      },
      go,
    ],
  },
  { name: "pauses", acts: [turns("act 1 pause"), go] },
  {
    name: "output by schema",
    acts: [
      {
        said: "act 1 json",
        do: (talk, said) =>
          talk.send(said, {
            output: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
          }),
      },
      go,
    ],
  },
  { name: "tools that fail", acts: [turns("act 1 calls fail,write,nothing,fail rounds 2"), go] },
  {
    name: "steering",
    acts: [
      {
        said: "act 1 calls write rounds 2",
        do: (talk, said) => {
          let steered = false;
          const steering = (): string | undefined => {
            if (steered || talk.history.length < 3) return undefined;
            steered = true;
            return "and be quick";
          };
          return talk.turn(said, { steering });
        },
      },
      go,
    ],
  },
  { name: "going in circles", acts: [turns("act 1 same calls look rounds 9"), go] },
  {
    name: "calls by hand",
    acts: [
      {
        said: "act 1 calls write,look rounds 2",
        do: async (talk, said) => {
          let response = await talk.send(said);
          while (response.toolCalls.length > 0) response = await talk.send(await talk.runTools(response));
        },
      },
      go,
    ],
  },
  { name: "no reply", acts: [turns("act 1 calls quiet,write"), go] },
  { name: "a tool that ends the turn", acts: [turns("act 1 calls write,end"), go] },
  { name: "big outputs", acts: [turns("act 1 calls big,big rounds 2"), sends("act 2 long"), go] },
];
