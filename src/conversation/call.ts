import type { BudgetBroken } from "../llm/errors.ts";
import type { StreamEvent } from "../llm/event.ts";
import { cost, isFree, noCost, unknownCost, type Cost, type Prices } from "../llm/money.ts";
import type { Response } from "../llm/response.ts";
import { inputTokens, outputTokens, unknownUsage, type Usage } from "../llm/usage.ts";
import type { Model, ModelInfo } from "../providers/model.ts";
import { isCutHere, isFreeOfCharge } from "./failure.ts";
import { boundInput, type HistoryRequest, type InputBound } from "./input-bound.ts";
import type { CallEndEntry, Written } from "./journal.ts";
import { amountsJson, usageJson } from "./journal-json.ts";
import type { Amounts, Ledger, Reservation } from "./ledger.ts";
import { Received } from "./received.ts";
import type { Recorder } from "./recorder.ts";
import { costJson } from "./to-json.ts";
import type { Transcript } from "./transcript.ts";
import { amountsFor, longestPayable, worstCase } from "./worst-case.ts";

/** So many tokens may have been made of an answer that did not get here before it was stopped: a few seconds of them. */
const UNSEEN_TOKENS = 512;

/** What a call needs of its conversation. */
export interface CallRoom {
  readonly id: string;
  readonly model: Model;
  readonly ledger: Ledger;
  readonly transcript: Transcript;
  /** Absent where nothing is written down. */
  readonly recorder: Recorder | undefined;
}

/** What is held for each attempt of a call, and what one that was cut can be charged by. */
interface Plan {
  readonly amounts: Amounts;
  readonly output: number;
}

/**
 * One call of a model on its way through the ledger. Each attempt is reserved before it is sent, and settled, charged or
 * released when its end is known; where nothing is limited, only what was used is booked.
 */
export class Call {
  /** The bound of its input; undefined where nobody limits tokens or dollars. */
  readonly bound: InputBound | undefined;
  readonly #room: CallRoom;
  /** The request to send: its output bounded by what can be paid. */
  readonly #request: HistoryRequest;
  readonly #plan: Plan | undefined;
  /** What was held for the first attempt. */
  readonly #first: Reservation | undefined;
  #reservation: Reservation | undefined;
  /** Whether the attempt has not been sent: it waits for others, or for its turn to be tried again. */
  #waiting = true;
  /** The usage so far of an answer that has begun. */
  #begun: Usage | undefined;
  /** What was received of it, where that tells how much was made. */
  readonly #received: Received | undefined;
  /** The attempt that the journal has the start of, and not the end. */
  #attempt: number | undefined;
  #entries: Written[] = [];

  /** @throws BudgetExceeded, BudgetBroken, ConfigurationError `unbounded`: nothing is to be sent. */
  constructor(room: CallRoom, request: HistoryRequest) {
    const { ledger } = room;
    this.#room = room;
    this.#request = request;
    if (!ledger.limited) return;
    const model = room.model.info;
    const left = { dollars: ledger.left("dollars"), tokens: ledger.left("tokens") };
    const limited = { dollars: left.dollars !== undefined, tokens: left.tokens !== undefined };
    if (!limited.dollars && !limited.tokens) {
      this.#plan = { amounts: { responses: 1n }, output: 0 };
    } else {
      this.bound = boundInput(request, model, room.transcript.inputBound);
      const worst = worstCase(request, model, this.bound, limited);
      const output = longestPayable(worst, left);
      this.#request = { ...request, maxOutputTokens: output };
      this.#plan = { amounts: amountsFor(worst, output), output };
      if (isShown(request, model)) this.#received = new Received();
    }
    this.#first = ledger.reserve(this.#plan.amounts);
    this.#reservation = this.#first;
  }

  /** Has the journal told of an attempt that is about to be sent. */
  begin(): void {
    const { recorder } = this.#room;
    if (recorder === undefined || this.#attempt !== undefined) return;
    const call = (this.#attempt = recorder.number());
    const reserved = this.#plan && amountsJson(this.#plan.amounts);
    this.#entries.push({ type: "call-start", call, ...(reserved !== undefined && { reserved }) });
  }

  /** The request, which from now on is taken to be on its way. */
  send(): HistoryRequest {
    this.#waiting = false;
    return this.#request;
  }

  /** What the journal is to have before anything further is done. */
  entries(): readonly Written[] {
    const entries = this.#entries;
    if (entries.length > 0) this.#entries = [];
    return entries;
  }

  /**
   * What the model says of itself.
   * @throws BudgetExceeded, BudgetBroken when another attempt cannot be paid.
   */
  onEvent(event: StreamEvent): void {
    switch (event.type) {
      case "wait":
        this.#waiting = true;
        return;
      case "request":
        this.#reservation ??= this.#first?.again();
        this.begin();
        this.#waiting = false;
        return;
      case "start":
        this.#begun = unknownUsage;
        return;
      case "usage":
        this.#begun = event.usage;
        return;
      case "part-start":
      case "part-delta":
      case "part-end":
        this.#begun ??= unknownUsage;
        this.#received?.add(event);
        return;
      case "retry":
        this.#close(event.error);
        this.#waiting = true;
        return;
      default:
    }
  }

  /**
   * The answer is there, whole.
   * @returns how it broke its budget, if it did.
   */
  answered(response: Response): BudgetBroken | undefined {
    const { usage, cost: price, id } = response;
    const { ledger, model } = this.#room;
    ledger.addAnswer(usage, price);
    this.#begun = undefined;
    const charged: Amounts = {
      responses: 1n,
      ...(isReported(usage) && { tokens: BigInt(inputTokens(usage) + outputTokens(usage)) }),
      ...(price.known && (isReported(usage) || usage.billed !== undefined)
        ? { dollars: price.picodollars }
        : this.#atLeast(price.known ? price.picodollars : price.atLeast)),
    };
    this.#end("answered", charged, () => {
      const { provider, name } = model.info;
      return { usage: usageJson(usage), cost: costJson(price), model: `${provider}/${name}` };
    });
    return this.#settle(charged, id);
  }

  /**
   * There will be no answer.
   * @returns how what there was of it broke its budget, if it did.
   */
  failed(error: unknown): BudgetBroken | undefined {
    return this.#close(error);
  }

  /** The end of an attempt without an answer. */
  #close(error: unknown): BudgetBroken | undefined {
    const begun = this.#begun;
    const received = this.#received?.take();
    this.#begun = undefined;
    if (begun === undefined && (this.#waiting || isFreeOfCharge(error))) {
      const held = this.#reservation;
      this.#reservation = undefined;
      held?.release();
      this.#end("free");
      return undefined;
    }
    const { ledger, model } = this.#room;
    const { prices } = model.info;
    const usage = begun ?? unknownUsage;
    const known = prices !== undefined && isFree(prices) ? noCost : cutCost(cost(usage, prices));
    ledger.addCut(usage, known);
    // No answer has begun, though something may have been done towards one.
    const responses = begun === undefined ? 0n : 1n;
    const amounts = this.#cutAmounts(usage, isCutHere(error) ? received : undefined);
    const charged: Amounts = { responses, ...amounts };
    this.#end("cut", charged, () => ({ usage: usageJson(usage), cost: costJson(known) }));
    return this.#settle(charged, "");
  }

  /** @param facts are asked for only where there is a journal. */
  #end(how: CallEndEntry["how"], charged: Amounts = {}, facts?: () => Partial<CallEndEntry>): void {
    const call = this.#attempt;
    if (call === undefined) return;
    this.#attempt = undefined;
    const limited = this.#plan !== undefined && how !== "free";
    const amounts = limited ? { charged: amountsJson(charged) } : {};
    this.#entries.push({ type: "call-end", call, how, ...facts?.(), ...amounts });
  }

  /**
   * What a cut answer can have used at most by what is known of it, and no less than was reported; nothing where that is
   * too little to tell.
   */
  #cutAmounts(usage: Usage, received: number | undefined): Amounts {
    const plan = this.#plan;
    if (plan === undefined || !isReported(usage)) return {};
    const { amounts } = plan;
    const { prices } = this.#room.model.info;
    const reported = amountsOf(usage, prices);
    const most = received === undefined ? amounts : amountsOf(longest(usage, received, plan.output), prices);
    const charged: Partial<Record<"dollars" | "tokens", bigint>> = {};
    for (const name of ["dollars", "tokens"] as const) {
      const { [name]: held } = amounts;
      const { [name]: used } = reported;
      if (held === undefined || used === undefined) continue;
      const { [name]: likely = held } = most;
      const expected = likely < held ? likely : held;
      charged[name] = used > expected ? used : expected;
    }
    return charged;
  }

  /** A cost that is not all known is charged as reserved, or by what is known of it where that is more. */
  #atLeast(known: bigint): Amounts {
    const reserved = this.#plan?.amounts.dollars ?? 0n;
    return known > reserved ? { dollars: known } : {};
  }

  #settle(actual: Amounts, responseId: string): BudgetBroken | undefined {
    const held = this.#reservation;
    this.#reservation = undefined;
    return held?.settle(actual, { caller: this.#room.id, responseId });
  }
}

/** Whether a provider said how much was used. There is no call without input, though there are servers that say so. */
function isReported(usage: Usage): boolean {
  return usage.source !== "unknown" && inputTokens(usage) > 0;
}

/** The tokens of a usage, and what they cost where that is known. */
function amountsOf(usage: Usage, prices: Prices | undefined): Amounts {
  const price = cost(usage, prices);
  const tokens = BigInt(inputTokens(usage) + outputTokens(usage));
  return price.known ? { tokens, dollars: price.picodollars } : { tokens };
}

/** What an answer has used at most of which so many bytes were received after this usage was reported. */
function longest(usage: Usage, received: number, bound: number): Usage {
  const { billed: _, ...counted } = usage;
  const output = Math.min(bound, outputTokens(usage) + received + UNSEEN_TOKENS);
  return { ...counted, output: Math.max(0, output - usage.outputAudio - usage.outputImage) };
}

/** The provider charges for what it had done by then, which only it knows. */
function cutCost(reported: Cost): Cost {
  const atLeast = reported.known ? reported.picodollars : reported.atLeast;
  return unknownCost("an answer was cut off, and what it cost was not reported", atLeast);
}

/**
 * Whether all that a model makes comes here as it is made. Thinking may be kept back or put short, and some models think
 * unasked; Anthropic's do not (https://platform.claude.com/docs/en/build-with-claude/extended-thinking). An answer by
 * schema may be handed on only when it is whole.
 */
function isShown(request: HistoryRequest, { protocol }: ModelInfo): boolean {
  const { thinking, tools = [], responseSchema, providerOptions } = request;
  const thinks =
    thinking === undefined ? protocol !== "anthropic-messages" && protocol !== "none" : thinking !== "off";
  const plain = responseSchema === undefined && providerOptions === undefined;
  return !thinks && plain && tools.every((tool) => tool.type !== "vendor");
}
