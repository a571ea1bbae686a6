import type { Model, ModelInfo } from "../model.ts";
import { system as machine } from "../system.ts";
import { answer } from "./answer.ts";
import { importLibrary } from "./library.ts";
import { load, placeOf, type Loaded } from "./load.ts";
import type { EngineModel } from "./options.ts";
import { Shared } from "./shared.ts";

/** One opened model: how it answers, and how it lets go of its file. */
export interface Engine {
  readonly complete: Model["complete"];
  readonly close: () => Promise<void>;
}

/** What is in memory in this process: the same file, used in the same way, is there once. */
const shelves = new WeakMap<object, Shared<Loaded>>();

export async function engine(options: EngineModel, info: ModelInfo): Promise<Engine> {
  const { file, contextSize, parallel, threads, gpu, library = importLibrary, system = machine } = options;
  const key = JSON.stringify([await placeOf(file), contextSize, parallel, threads, gpu]);
  const shelf = shelves.get(library) ?? new Shared<Loaded>();
  shelves.set(library, shelf);
  const running = new Set<Promise<unknown>>();
  let taken: Promise<Loaded> | undefined;
  const loaded = (): Promise<Loaded> => {
    if (taken !== undefined) return taken;
    const taking = shelf.take(key, () => load(options));
    // A failure is not kept: the next request finds out whether the file is there by then.
    taking.catch(() => (taken = undefined));
    return (taken = taking);
  };
  const track = (work: Promise<unknown>): void => {
    const done: Promise<unknown> = work.catch(() => undefined).finally(() => running.delete(done));
    running.add(done);
  };
  return {
    complete: (request, run = {}) => answer({ options, info, system, loaded, track }, request, run),
    close: async () => {
      await Promise.all(running);
      if (taken !== undefined) await shelf.letGo(key, ({ model }) => model.dispose());
    },
  };
}
