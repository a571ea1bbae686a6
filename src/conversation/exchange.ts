import { ModelError, type BudgetBroken } from "../llm/errors.ts";
import type { Response } from "../llm/response.ts";
import type { Clock } from "../providers/system.ts";
import { Call, type CallRoom } from "./call.ts";
import type { Happening } from "./event.ts";
import type { HistoryRequest } from "./input-bound.ts";
import type { Deadline } from "./ledger.ts";
import { quietly, type Recorder } from "./recorder.ts";
import type { Asked } from "./transcript.ts";
import { checkDeadline, within } from "./wall-time.ts";

/** What an exchange needs of its conversation. */
export interface ExchangeRoom extends CallRoom {
  readonly clock: Clock;
  emit(event: Happening): void;
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
  // What is not sent holds nothing, and costs nothing.
  signal?.throwIfAborted();
  const deadline = room.ledger.deadline();
  checkDeadline(deadline, room.clock);
  const call = new Call(room, request);
  let response: Response;
  try {
    response = await asked(room, call, deadline, signal);
    // A model of somebody else's may resolve to anything.
    if (response === undefined) throw new ModelError("the model gave no answer", { kind: "malformed" });
  } catch (error) {
    await settleUnanswered(room, call, error);
    throw error;
  }
  const broken = call.answered(response);
  const answer = room.transcript.withOwnIds(response);
  if (room.recorder !== undefined) {
    const { message, stopReason } = answer;
    await room.recorder.record(...call.entries(), { type: "message", message, stopReason });
  }
  append(
    room,
    call.bound ?? { model: room.model.info, system: request.system, tools: request.tools },
    answer,
    broken,
  );
  return answer;
}

/** Asks, for no longer than until the deadline. */
function asked(
  room: ExchangeRoom,
  call: Call,
  deadline: Deadline | undefined,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const { clock, recorder } = room;
  return within(deadline, clock, signal, (own) =>
    recorder === undefined ? ask(room, call, own) : askOnRecord(room, recorder, call, own),
  );
}

/** What there was of an answer is charged, written down and told of; what fails there hides nothing. */
async function settleUnanswered(room: ExchangeRoom, call: Call, error: unknown): Promise<void> {
  const { recorder } = room;
  const broken = call.failed(error);
  if (broken !== undefined) await quietly(() => room.emit({ type: "budget-broken", error: broken }));
  if (recorder !== undefined) await quietly(() => recorder.record(...call.entries()));
}

/** Asks when it is written down that this is done. */
async function askOnRecord(
  room: ExchangeRoom,
  recorder: Recorder,
  call: Call,
  signal: AbortSignal | undefined,
): Promise<Response> {
  call.begin();
  await recorder.record(...call.entries());
  // What is not sent costs nothing.
  signal?.throwIfAborted();
  return ask(room, call, signal);
}

function ask(room: ExchangeRoom, call: Call, signal: AbortSignal | undefined): Promise<Response> {
  const { id, model, recorder } = room;
  let written: void | Promise<void>;
  return model.complete(call.send(), {
    signal,
    conversationId: id,
    ready: recorder && (() => written),
    onEvent: (event) => {
      call.onEvent(event);
      if (event.type === "request") written = recorder?.record(...call.entries());
      // The response is told of after its message, so that it is the last event of a send.
      if (event.type !== "response") room.emit(event);
    },
  });
}

/** Appends the answer to the history, and tells of it. */
function append(room: ExchangeRoom, asked: Asked, answer: Response, broken: BudgetBroken | undefined): void {
  const { transcript } = room;
  const { message } = answer;
  transcript.append(message);
  transcript.answered(asked, answer);
  try {
    room.emit({ type: "message", message, length: transcript.history.length });
  } finally {
    // Also when a listener threw: nobody hears of it again.
    if (broken !== undefined) room.emit({ type: "budget-broken", error: broken });
  }
}
