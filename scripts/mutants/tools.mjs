// Known bugs of calls and of what is under way: who may run, what is cancelled, and what goes on all the same.

const batch = "src/conversation/tool-batch.ts";
const run = "src/conversation/tool-run.ts";
const underWay = "src/conversation/under-way.ts";

const modelled = ["test/properties/conversation.test.ts"];
const raced = ["test/properties/racing.test.ts"];
const simulated = ["test/simulation/simulation.test.ts"];

export const tools = [
  {
    name: "denied-call-runs",
    from: "anthropics/claude-code#83760, iOfficeAI/AionCore#28, agno-agi/agno#9451: a call that the user denied is run",
    file: batch,
    text: 'if (entry.leave !== "allowed")\n',
    bug: 'if (entry.leave === "new")\n',
    tests: modelled,
  },
  {
    name: "denial-for-all",
    from: "kirodotdev/KiroCrew#6068, #7681: who denies one call denies those behind it",
    file: batch,
    text: "    decided(entry, verdict);\n    this.#wake?.();",
    bug: "    for (const each of this.#entries) decided(each, verdict);\n    this.#wake?.();",
    tests: modelled,
  },
  {
    name: "cancelled-call-begins",
    from: "what cancels by a signal alone: a call that was cancelled while it waited begins all the same",
    file: batch,
    text: "    if (entry.stopped !== undefined) return notStarted(entry.stopped.cause);\n",
    bug: "",
    tests: modelled,
  },
  {
    name: "stopped-call-can-be-decided",
    from: "this engine, before its simulation: a call that was stopped could still be allowed",
    file: batch,
    text: 'if (entry === undefined || entry.stopped !== undefined) throw noSuchCall(callId, "waits for a decision");',
    bug: 'if (entry === undefined) throw noSuchCall(callId, "waits for a decision");',
    tests: ["test/conversation/careless.test.ts"],
  },
  {
    name: "cancelled-twice",
    from: "earendil-works/pi#8658: a call is cancelled twice, and said to be",
    file: batch,
    text: 'if (entry === undefined || entry.stopped !== undefined) throw noSuchCall(callId, "waits or runs");',
    bug: 'if (entry === undefined) throw noSuchCall(callId, "waits or runs");',
    tests: modelled,
  },
  {
    name: "stop-forgets-who-waits",
    from: "what stops the calls that run: those that wait for leave wait for ever",
    file: batch,
    text: 'for (const entry of this.#entries) if (entry.phase !== "over") this.#stop(entry, cause);',
    bug: 'for (const entry of this.#entries) if (entry.phase === "running") this.#stop(entry, cause);',
    tests: modelled,
  },
  {
    name: "policy-asked-twice",
    from: "mastra-ai/mastra#11364: leave for a call is asked for again after it was refused",
    file: batch,
    text: "(entry.asking ??= this.#ask(entry))",
    bug: "this.#ask(entry)",
    tests: simulated,
  },
  {
    name: "late-policy-decides",
    from: "this engine, before its simulation: a policy that was late decided over what somebody else had decided",
    file: batch,
    text: '    if (entry.leave !== "new" || this.#stopped !== undefined) return;\n',
    bug: "",
    tests: ["test/conversation/careless.test.ts"],
  },
  {
    name: "deaf-tool-is-waited-for",
    from: "shelley 57162e0: a tool that does not hear that it was cancelled is waited for without end",
    file: run,
    text: "    if (this.#giveUp !== undefined) this.#timer(this.#room.graceMs, this.#giveUp);\n",
    bug: "",
    tests: simulated,
  },
  {
    name: "children-outlive-their-call",
    from: "charmbracelet/crush#1860: what a call's children ask goes on when the call is over",
    file: run,
    text: "      this.#lifetime?.abort(new CallOver());\n",
    bug: "",
    tests: simulated,
  },
  {
    name: "cancel-spares-descendants",
    from: "charmbracelet/crush#1860: what children have under way does not hear of a cancel",
    file: underWay,
    text: "    for (const stop of this.#descendants ?? []) stop(cause);\n",
    bug: "",
    tests: modelled,
  },
  {
    name: "two-at-once",
    from: "earendil-works/pi#8658: a conversation is sent two things at once, and its history is neither's",
    file: underWay,
    text: "    this.#busy = true;\n",
    bug: "",
    tests: modelled,
  },
  {
    name: "busy-for-ever",
    from: "anthropics/claude-agent-sdk-python#1273: after a failure a conversation never becomes free",
    file: underWay,
    text: "    this.#busy = false;\n",
    bug: "",
    tests: modelled,
  },
  {
    name: "listeners-left-on-signals",
    from: "what adds a listener per request to a signal that lives longer: each request leaves one behind",
    file: underWay,
    text: "      for (const each of releases) each();\n",
    bug: "",
    tests: simulated,
  },
  {
    name: "by-hand-without-limit",
    from: "nicobailon/pi-subagents#1769: calls that are run another way are not counted",
    file: "src/conversation/conversation.ts",
    text: "      await core.reserveTools(batch.unsettled);\n",
    bug: "",
    tests: modelled,
  },
  {
    name: "fork-changes-its-origin",
    from: "what copies a list of messages by its name: what is said in a fork is said in its origin too",
    file: "src/conversation/conversation.ts",
    text: "return new Conversation(own, this.parent, this.#transcript.fork(), origin);",
    bug: "return this.#made?.running === undefined ? new Conversation(own, this.parent, this.#transcript.fork(), origin) : this;",
    tests: raced,
  },
];
