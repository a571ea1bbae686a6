import { bigFile, cited, greetings, wideTables } from "./fixtures.ts";
import { call, say, sayAndCall, type Plan, type ToolNames } from "./plan.ts";
import type { Verb } from "./verb.ts";

/** The most words that `stream:` says; enough for a benchmark, little enough for any memory. */
const MAX_WORDS = 1_000_000;

const shell: ToolNames = ["bash", "shell"];
const patch: ToolNames = ["patch", "edit"];
const subagent: ToolNames = ["subagent", "agent"];

/** A call of the shell. */
export const shellCall = (command: string): ReturnType<typeof call> => call(shell, { command });

const patches = (path: string, operation: "replace" | "overwrite", newText: string): Plan =>
  sayAndCall(`I change ${path}.`, patch, {
    path,
    patches: [operation === "replace" ? { operation, oldText: "old", newText } : { operation, newText }],
  });

/** The verbs that stand alone: each says what to answer. */
export const answers: readonly Verb[] = [
  { head: "hello", does: "a greeting", read: () => say(greetings.hello) },
  { head: "Hello", does: "another greeting", read: () => say(greetings.Hello) },
  { head: "echo:", takes: "TEXT", does: "says the text; nothing at all without one", read: say },
  { head: "markdown:", takes: "TEXT", does: "says the text, which may have many lines", read: say },
  {
    head: "think:",
    takes: "TEXT",
    does: "thinks the text, then says so",
    read: (text) => ({
      says: [
        { type: "thinking", text },
        { type: "text", text: "I thought about it." },
      ],
    }),
  },
  {
    head: "stream:",
    takes: "N [WORDS]",
    does: "says N words, one delta each: seeded ones, or yours over and over",
    read: (argument) => {
      const [count = "", ...from] = argument.split(/\s+/);
      if (!/^\d{1,7}$/.test(count) || Number(count) > MAX_WORDS) return undefined;
      return { says: [{ type: "words", count: Number(count), from }] };
    },
  },
  {
    head: "bash:",
    takes: "COMMAND",
    does: "calls `bash`, or `shell` where only that is offered",
    read: (command) => ({ says: [{ type: "text", text: `I run: ${command}` }, shellCall(command)] }),
  },
  {
    head: "tool:",
    takes: "NAME [ARGUMENTS]",
    does: "calls any tool, with the arguments exactly as written, JSON or not; {} without any",
    read: (argument) => {
      const [, name, text] = /^(\S+)\s*([^]*)$/.exec(argument) ?? [];
      if (name === undefined) return undefined;
      return { says: [{ type: "call", names: [name], argumentsText: text || "{}" }] };
    },
  },
  {
    head: "tool smorgasbord",
    does: "calls every tool that is offered, each once",
    read: () => ({ says: [{ type: "text", text: "One of everything." }, { type: "every-tool" }] }),
  },
  {
    head: "patch:",
    takes: "PATH",
    does: "calls `patch` (or `edit`) to replace the word old in PATH by new",
    read: (path) => patches(path, "replace", "new"),
  },
  {
    head: "patch success",
    does: "a patch that writes rehearsal.txt",
    read: () => patches("rehearsal.txt", "overwrite", "Written in a rehearsal.\n"),
  },
  {
    head: "patch fail",
    does: "a patch of a file that does not exist",
    read: () => patches("no-such-folder/no-such-file.txt", "replace", "new"),
  },
  {
    head: "patch bad json",
    does: "a patch whose arguments have the wrong shape",
    read: () => sayAndCall("I change something.", patch, { path: "rehearsal.txt", patches: "not a list" }),
  },
  {
    head: "big patch",
    does: "a patch that writes rehearsal.ts, with 200 functions",
    read: () => patches("rehearsal.ts", "overwrite", bigFile),
  },
  {
    head: "change_dir:",
    takes: "PATH",
    does: "calls `change_dir`",
    read: (path) => sayAndCall(`I go to ${path}.`, ["change_dir"], { path }),
  },
  {
    head: "read_image:",
    takes: "PATH",
    does: "calls `read_image`",
    read: (path) => sayAndCall(`I look at ${path}.`, ["read_image"], { path }),
  },
  {
    head: "screenshot:",
    takes: "SELECTOR",
    does: "calls `screenshot` for an element",
    read: (selector) => sayAndCall("I take a screenshot.", ["screenshot"], { selector }),
  },
  {
    head: "screenshot",
    does: "calls `screenshot`",
    read: () => sayAndCall("I take a screenshot.", ["screenshot"], {}),
  },
  {
    head: "subagent:",
    takes: "SLUG [PROMPT]",
    does: "calls `subagent` (or `agent`)",
    read: (argument) => {
      const [, slug, prompt] = /^(\S+)\s*([^]*)$/.exec(argument) ?? [];
      if (slug === undefined) return undefined;
      return sayAndCall(`I ask ${slug}.`, subagent, { slug, prompt: prompt || "hello" });
    },
  },
  {
    head: "sub_agent:",
    takes: "NAME [TASK]",
    does: "calls `sub_agent` with a task, which may be a line of this grammar; without one, waits for it",
    read: (argument) => {
      const [, name, task] = /^(\S+)\s*([^]*)$/.exec(argument) ?? [];
      if (name === undefined) return undefined;
      return sayAndCall(`I ask ${name}.`, ["sub_agent"], task === "" ? { name } : { name, task: task ?? "" });
    },
  },
  {
    head: "error:",
    takes: "MESSAGE",
    does: "fails with a server error that no retry mends",
    read: (message) => ({
      says: [],
      failure: { kind: "server", message: message || "a rehearsed error", retryable: false },
    }),
  },
  {
    head: "fail",
    takes: "MESSAGE",
    does: "fails, is retried once, and fails again",
    read: (message) => {
      const failure = { kind: "server", message } as const;
      return { says: [], retries: { count: 1, failure }, failure };
    },
  },
  {
    head: "maxTokens",
    does: "an answer cut at its largest length",
    read: () => ({ ...say("This answer was cut before its"), stop: "max_tokens" }),
  },
  {
    head: "refusal",
    does: "refuses, with a thought and no text",
    read: () => ({ says: [{ type: "thinking", text: "I should not do that." }], stop: "refusal" }),
  },
  { head: "wide tables", does: "markdown tables, one of them too wide", read: () => say(wideTables) },
  {
    head: "citations",
    does: "a text with its sources",
    read: () => ({ says: [{ type: "text", ...cited }] }),
  },
];
