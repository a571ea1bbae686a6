import { ModelError } from "../llm/errors.ts";
import type { Response } from "../llm/response.ts";
import type { Model } from "../providers/model.ts";
import type { Clock } from "../providers/system.ts";
import { Call } from "./call.ts";
import type { Happening } from "./event.ts";
import type { HistoryRequest } from "./input-bound.ts";
import type { Ledger } from "./ledger.ts";
import { quietly, type Recorder } from "./recorder.ts";
import type { Transcript } from "./transcript.ts";
import { checkDeadline, within } from "./wall-time.ts";

/** What an exchange needs of its conversation. */
export interface ExchangeRoom {
  readonly id: string;
  readonly model: Model;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly transcript: Transcript;
  /** Absent where nothing is written down. */
  readonly recorder: Recorder | undefined;
  readonly emit: (event: Happening) => void;
}

/**
 * One request and its answer, which becomes part of the history. Its `response` is not told of yet.
 * @throws what a send throws; then the history is as it was.
 */
export async function exchange(
  room: ExchangeRoom,
  request: HistoryRequest,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const { id, model, clock, ledger, transcript, recorder, emit } = room;
  const { info } = model;
  // What is not sent holds nothing, and costs nothing.
  signal?.throwIfAborted();
  const deadline = ledger.deadline();
  checkDeadline(deadline, clock);
  const call = new Call({
    ledger,
    model: info,
    request,
    conversationId: id,
    known: transcript.inputBound,
    number: recorder && (() => recorder.number()),
  });
  const ask = (own: AbortSignal | undefined): Promise<Response> => {
    let written: void | Promise<void>;
    return model.complete(call.send(), {
      signal: own,
      conversationId: id,
      ready: recorder && (() => written),
      onEvent: (event) => {
        call.onEvent(event);
        if (event.type === "request") written = recorder?.record(...call.entries());
        // The response is told of after its message, so that it is the last event of a send.
        if (event.type !== "response") emit(event);
      },
    });
  };
  const run = async (own: AbortSignal | undefined): Promise<Response> => {
    call.begin();
    await recorder?.record(...call.entries());
    // What is not sent costs nothing.
    own?.throwIfAborted();
    return ask(own);
  };
  let response: Response;
  try {
    response = await within(deadline, clock, signal, recorder === undefined ? ask : run);
    // A model of somebody else's may resolve to anything.
    if (response === undefined) throw new ModelError("the model gave no answer", { kind: "malformed" });
  } catch (error) {
    const broken = call.failed(error);
    // What failed first is what is thrown.
    if (broken !== undefined) await quietly(() => emit({ type: "budget-broken", error: broken }));
    if (recorder !== undefined) await quietly(() => recorder.record(...call.entries()));
    throw error;
  }
  const broken = call.answered(response);
  const answer = transcript.withOwnIds(response);
  const { message, stopReason } = answer;
  if (recorder !== undefined)
    await recorder.record(...call.entries(), { type: "message", message, stopReason });
  transcript.append(message);
  transcript.answered(call.bound ?? { model: info, system: request.system, tools: request.tools }, answer);
  try {
    emit({ type: "message", message, length: transcript.history.length });
  } finally {
    // Also when a listener threw: nobody hears of it again.
    if (broken !== undefined) emit({ type: "budget-broken", error: broken });
  }
  return answer;
}
