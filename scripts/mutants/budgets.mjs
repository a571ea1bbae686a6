// Known bugs of budgets and their ledger. Where no thread tells of one, `from` says in words what a simpler ledger does.

const ledger = "src/conversation/ledger.ts";
const call = "src/conversation/call.ts";
const core = "src/conversation/core.ts";
const wallTime = "src/conversation/wall-time.ts";
const worst = "src/conversation/worst-case.ts";

const ledgerTests = ["test/conversation/ledger.test.ts"];
const spendingTests = ["test/conversation/spending.test.ts"];
const simulated = ["test/simulation/simulation.test.ts"];

export const budgets = [
  {
    name: "ancestors-not-reserved",
    from: "OpenHands/software-agent-sdk#3703, anthropics/claude-code#92800: what children spend is within no limit",
    file: ledger,
    text: "if (at.#book !== undefined) books = ",
    bug: "if (at === this && at.#book !== undefined) books = ",
    tests: ["test/conversation/budget.test.ts"],
  },
  {
    name: "children-have-a-ledger-of-their-own",
    from: "OpenHands/software-agent-sdk#3845: a child has all of its parent's budget, and not what is left of it",
    file: core,
    text: "new Ledger(parent === undefined ? undefined : parent.ledger)",
    bug: "new Ledger(undefined)",
    tests: ["test/properties/conversation.test.ts"],
  },
  {
    name: "settle-forgets-ancestors",
    from: "a ledger that settles where it was asked: what ancestors held is given back there, and nothing spent",
    file: ledger,
    text: "line.spent += used;",
    bug: "if (book === this.#books[0]) line.spent += used;",
    tests: simulated,
  },
  {
    name: "in-flight-not-counted",
    from: "BerriAI/litellm#34732: requests at once all pass the check before any of them is counted",
    file: ledger,
    text: "spent + reserved + amount > allowed)",
    bug: "spent + amount > allowed)",
    tests: ["test/conversation/budget.test.ts"],
  },
  {
    name: "retry-without-a-reservation",
    from: "octos-org/octos#1533: what is tried again is not counted",
    file: call,
    text: "        this.#reservation ??= this.#first?.again();\n",
    bug: "",
    tests: simulated,
  },
  {
    name: "retry-under-other-limits",
    from: "this engine, before its simulation had resets: a retry is held under limits that its request was not bounded by",
    file: call,
    text: "this.#reservation ??= this.#first?.again();",
    bug: "if (this.#plan !== undefined) this.#reservation ??= this.#room.ledger.reserve(this.#plan.amounts);",
    tests: spendingTests,
  },
  {
    name: "unreported-answer-for-nothing",
    from: "theopenco/llmgateway#3331: an answer whose usage nobody reported is charged at nothing",
    file: ledger,
    text: "const used = actual[name] ?? held;",
    bug: "const used = actual[name] ?? 0n;",
    tests: simulated,
  },
  {
    name: "cut-answer-for-nothing",
    from: "theopenco/llmgateway#3331: an answer that was cut is charged at nothing",
    file: call,
    text: "if (begun === undefined && (this.#waiting || isFreeOfCharge(error))) {",
    bug: "if (this.#waiting || isFreeOfCharge(error) || begun !== undefined) {",
    tests: spendingTests,
  },
  {
    name: "cut-answer-charged-less-than-it-reported",
    from: "this engine, before its simulation had lying providers: what a cut answer reported is capped at what was held",
    file: call,
    text: "charged[name] = used > expected ? used : expected;",
    bug: "charged[name] = expected;",
    tests: spendingTests,
  },
  {
    name: "refused-call-keeps-its-hold",
    from: "BerriAI/litellm#36926: what was held for a request that failed is never given back",
    file: call,
    text: "      held?.release();\n",
    bug: "",
    tests: ["test/properties/conversation.test.ts"],
  },
  {
    name: "length-not-bounded",
    from: "lenneTech/nest-server#607: a worst case is held, and the request does not say what the answer may have at most",
    file: call,
    text: "      this.#request = { ...request, maxOutputTokens: output };\n",
    bug: "",
    tests: simulated,
  },
  {
    name: "shrinks-below-the-floor",
    from: "what bounds an answer by what is left: an answer of a few words is asked for, which costs its whole input",
    file: worst,
    text: "return Math.max(least, Number(most));",
    bug: "return Math.max(1, Number(most));",
    tests: spendingTests,
  },
  {
    name: "length-passes-what-is-left",
    from: "567-labs/instructor#2391: the last call may cost whatever it likes, and is looked at afterwards",
    file: worst,
    text: "left.dollars - fixed;",
    bug: "left.dollars;",
    tests: ["test/conversation/worst-case.test.ts"],
  },
  {
    name: "cache-writes-at-the-price-of-input",
    from: "earendil-works/pi#2148: writes to a cache are taken for plain input, which is cheaper",
    file: worst,
    text: '["input", "cacheRead", "cacheWrite5m"]',
    bug: '["input", "cacheRead"]',
    tests: ["test/conversation/worst-case.test.ts"],
  },
  {
    name: "unknown-price-is-free-to-ask",
    from: "Metabuilder-Labs/tokenjam#620, supernovae-st/nika#1368: a model without a price passes every budget",
    file: worst,
    text: "if (limited.dollars && prices === undefined) {",
    bug: 'if (limited.dollars && prices === undefined && model.name === "") {',
    tests: spendingTests,
  },
  {
    name: "another-models-count",
    from: "vercel/ai#8349: what one model counted is taken for another's",
    file: "src/conversation/input-bound.ts",
    text: "known?.model.name === model.name && known.model.provider === model.provider;",
    bug: "known !== undefined;",
    tests: ["test/conversation/worst-case.test.ts"],
  },
  {
    name: "reset-loses-what-is-in-flight",
    from: "OpenHands/software-agent-sdk#3845: one sum for all time, set back: what is in flight is given back twice",
    file: ledger,
    text: "    this.#book = limits.size === 0",
    bug: `    if (this.#book !== undefined && limits.size > 0) {
      for (const line of this.#book.lines) {
        Object.assign(line, { allowed: limits.get(line.name) ?? line.allowed, spent: 0n, reserved: 0n });
      }
      return;
    }
    this.#book = limits.size === 0`,
    tests: simulated,
  },
  {
    name: "broken-budget-goes-on",
    from: "theopenco/llmgateway#3546: more is billed than a model can make, and nobody stops",
    file: ledger,
    text: "    for (const { broken } of books) if (checked && broken !== undefined) throw broken;\n",
    bug: "",
    tests: ledgerTests,
  },
  {
    name: "only-the-youngest-is-frozen",
    from: "a watchdog that stops the conversation it watches, and not those that share its money",
    file: ledger,
    text: "broken = { book, error: new BudgetBroken(facts) };",
    bug: "broken ??= { book, error: new BudgetBroken(facts) };",
    tests: ledgerTests,
  },
  {
    name: "time-stops-no-call",
    from: "anthropics/claude-agent-sdk-python#1273: only the caller's own clock ends what goes on after its limit",
    file: wallTime,
    text: "if (left <= 0) abort.abort(exceeded(deadline, clock));",
    bug: "if (left <= 0) return;",
    tests: simulated,
  },
  {
    name: "time-is-up-and-it-is-sent",
    from: "TanStack/ai#964: a limit is looked at between turns, and a request begins after it",
    file: wallTime,
    text: "if (deadline !== undefined && leftUntil(deadline, clock) <= 0) throw",
    bug: "if (deadline !== undefined && leftUntil(deadline, clock) === -Infinity) throw",
    tests: spendingTests,
  },
  {
    name: "only-the-own-deadline",
    from: "anthropics/claude-code#92800: children ignore the time that their parent has",
    file: ledger,
    text: "if (first === undefined || deadline.from + deadline.allowedMs < first.from + first.allowedMs) {",
    bug: "if (first === undefined) {",
    tests: ledgerTests,
  },
  {
    name: "held-before-it-is-sure-to-be-sent",
    from: "this engine, before its books knew every limit: a call that is not sent takes the room of others for a moment",
    file: "src/conversation/exchange.ts",
    text: "holds nothing, and costs nothing.\n  signal?.throwIfAborted();\n",
    bug: "holds nothing, and costs nothing.\n",
    tests: spendingTests,
  },
  {
    name: "tools-of-a-turn-not-counted",
    from: "nicobailon/pi-subagents#1769: a limit of 150 tool calls, and 200 are run",
    file: "src/conversation/turn.ts",
    text: "      await this.#room.reserveTools(batch.unsettled);\n",
    bug: "",
    tests: simulated,
  },
  {
    name: "known-calls-counted-again",
    from: "this engine: calls that were run by hand were counted once more when a turn went on from their answer",
    file: "src/conversation/turn.ts",
    text: "reserveTools(batch.unsettled)",
    bug: "reserveTools(this.#calls.length)",
    tests: spendingTests,
  },
  {
    name: "calls-of-an-answer-count-as-one",
    from: "TanStack/ai#964: a limit of 20 allows some 160 calls, since all of an answer are counted as one",
    file: ledger,
    text: "toolCalls: BigInt(count)",
    bug: "toolCalls: BigInt(Math.min(count, 1))",
    tests: simulated,
  },
  {
    name: "never-begun-stays-counted",
    from: "a process ends between counting calls of tools and starting them, and the next one counts them again",
    file: "src/conversation/recovery.ts",
    text: "const never = Math.min(this.#counted?.count ?? 0, waiting);",
    bug: "const never = Math.min(0, waiting);",
    tests: ["test/conversation/journal.test.ts"],
  },
];
