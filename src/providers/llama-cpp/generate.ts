import type { DecodedEvent, StopEvent } from "../../llm/event.ts";
import type { Request } from "../../llm/request.ts";
import { usage } from "../../llm/usage.ts";
import type { Stage } from "./answer.ts";
import { bindingFor } from "./binding.ts";
import { chatHistory } from "./chat-history.ts";
import { ContextFull, explained, overflow } from "./failures.ts";
import type { ChatItem, ChatWrapper, GenerateOptions, LlamaLibrary, Sequence, Token } from "./library.ts";
import { longestAnswer, sampling } from "./sampling.ts";
import { stopReason } from "./stop-reasons.ts";
import type { Telling } from "./telling.ts";
import { offer, wrapperFor } from "./tools.ts";

/** Who hears an answer, and what ends it. */
interface Hearing {
  readonly emit: (event: DecodedEvent) => void;
  readonly telling: Telling;
  readonly signal: AbortSignal;
}

/** A request as the engine takes it. */
interface Prepared {
  readonly history: ChatItem[];
  readonly wrapper: ChatWrapper;
  readonly prompt: readonly Token[];
  readonly options: GenerateOptions;
  /** The answer's bound is the end of the context, and not one that was asked for. */
  readonly full: boolean;
}

/** Has the engine answer, in a place of its own while it does. */
export async function generate(stage: Stage, request: Request, hearing: Hearing): Promise<void> {
  const { signal } = hearing;
  try {
    const prepared = await prepare(stage, request, hearing);
    const { library, places, window } = await stage.loaded();
    const place = await places.take(prepared.prompt, signal);
    try {
      await speak(prepared, { place, library, window, model: stage.info.name }, hearing);
    } catch (error) {
      // What is left in the place after a failure is anybody's guess.
      if (!signal.aborted) await place.clearHistory().catch(() => undefined);
      throw error;
    } finally {
      places.release(place);
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : explained(error);
  }
}

async function prepare(stage: Stage, request: Request, { telling, signal }: Hearing): Promise<Prepared> {
  const tools = offer(request);
  const most = longestAnswer(request, stage.options.maxOutputTokens);
  const { llama, model, wrapper: original, window } = await stage.loaded();
  const wrapper = wrapperFor(original, tools);
  const history = chatHistory(request);
  const prompt = wrapper.generateContextState({ chatHistory: history }).contextText.tokenize(model.tokenizer);
  // One token has to fit behind it.
  if (prompt.length + 1 >= window) throw overflow(prompt.length, window);
  const room = window - prompt.length;
  const size = (): never => {
    throw new ContextFull();
  };
  const options = {
    ...sampling(request, stage.system.random),
    ...request.providerOptions,
    ...(await bindingFor(request.responseSchema, tools, llama, telling)),
    signal,
    maxTokens: Math.min(most, room),
    contextShift: { size },
    onResponseChunk: telling.text,
  };
  return { history, wrapper, prompt, options, full: most > room };
}

/** Where an answer is made. */
interface Stand {
  readonly place: Sequence;
  readonly library: LlamaLibrary;
  readonly window: number;
  readonly model: string;
}

async function speak(
  { history, wrapper, prompt, options, full }: Prepared,
  { place, library, window, model }: Stand,
  { emit, telling }: Hearing,
): Promise<void> {
  // The last token is evaluated anew in any case: what follows it is not kept.
  await place.adaptStateToTokens(prompt.slice(0, -1), false);
  const cacheRead = place.nextTokenIndex;
  const before = place.tokenMeter.usedOutputTokens;
  const tellUsage = (): void => {
    const output = place.tokenMeter.usedOutputTokens - before;
    const counts = { input: prompt.length - cacheRead, cacheRead, output, reasoning: telling.thoughtTokens };
    emit({ type: "usage", usage: usage(counts) });
  };
  emit({ type: "start", id: "", model });
  tellUsage();
  const chat = new library.LlamaChat({ contextSequence: place, chatWrapper: wrapper });
  let stop: StopEvent;
  try {
    const { metadata } = await chat.generateResponse(history, options);
    const { stopReason: raw, customStopTrigger: met } = metadata;
    const sequence = met !== undefined && { sequence: met.join("") };
    stop = { type: "stop", reason: stopReason(raw, full), raw, ...sequence };
  } catch (error) {
    if (!(error instanceof ContextFull)) throw error;
    if (!telling.begun) throw overflow(prompt.length, window);
    stop = { type: "stop", reason: "context_overflow", raw: null };
  } finally {
    chat.dispose();
  }
  telling.end();
  tellUsage();
  emit(stop);
}
