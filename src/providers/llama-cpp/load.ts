import { open, realpath } from "node:fs/promises";
import { ConfigurationError, ModelError } from "../../llm/errors.ts";
import {
  importLibrary,
  type ChatWrapper,
  type Llama,
  type LlamaLibrary,
  type LlamaModel,
} from "./library.ts";
import type { EngineModel } from "./options.ts";
import { Places } from "./places.ts";

/** A file in memory, ready to answer. */
export interface Loaded {
  readonly library: LlamaLibrary;
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly wrapper: ChatWrapper;
  readonly places: Places;
  /** Tokens of input and output together. */
  readonly window: number;
}

type Gpu = NonNullable<EngineModel["gpu"]>;

const DEFAULT_CONTEXT = 8192;

/**
 * Loads a file.
 * @throws ConfigurationError where the package, its binary for this platform or the file is not there; ModelError
 * `malformed` for a file that is no GGUF or a damaged one, `server` where the machine has not the memory for it.
 */
export async function load(options: EngineModel): Promise<Loaded> {
  const { file, contextSize, parallel = 1, threads, gpu = "auto" } = options;
  await checkFile(file);
  const library = await (options.library ?? importLibrary)();
  const { llama, complaints } = await started(library, gpu, threads);
  complaints.length = 0;
  let model: LlamaModel | undefined;
  try {
    model = await llama.loadModel({ modelPath: file });
    const context = await model.createContext({
      contextSize: contextSize ?? { max: DEFAULT_CONTEXT },
      sequences: parallel,
      ...(threads !== undefined && { threads }),
    });
    const wrapper = library.resolveChatWrapper(model, { warningLogs: false });
    const places = new Places(Array.from({ length: parallel }, () => context.getSequence()));
    return { library, llama, model, wrapper, places, window: context.contextSize };
  } catch (error) {
    await model?.dispose();
    // What the engine logs comes by the event loop, after what it throws.
    await placeOf(file);
    throw notLoaded(file, error, complaints);
  }
}

/** The place of a file, whatever it is called. */
export async function placeOf(file: string): Promise<string> {
  return realpath(file).catch(() => file);
}

async function checkFile(file: string): Promise<void> {
  const magic = new Uint8Array(4);
  try {
    const handle = await open(file);
    try {
      await handle.read(magic, 0, 4);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const why =
      error instanceof Error && "code" in error && error.code === "ENOENT"
        ? "there is no such file"
        : String(error);
    throw caused(new ConfigurationError("invalid-option", `cannot read the model ${file}: ${why}`), error);
  }
  if (String.fromCharCode(...magic) === "GGUF") return;
  throw new ModelError(`${file} is no GGUF file; llama.cpp reads no other`, { kind: "malformed" });
}

/** The engine itself, and what it last said of its errors: it says in its log alone why it failed. */
interface Started {
  readonly llama: Llama;
  readonly complaints: string[];
}

/** Engines stay: there is one log and one set of threads behind them, and starting one anew disturbs the others. */
const engines = new WeakMap<LlamaLibrary, Map<string, Promise<Started>>>();

function started(library: LlamaLibrary, gpu: Gpu, threads: number | undefined): Promise<Started> {
  const known = engines.get(library) ?? new Map<string, Promise<Started>>();
  engines.set(library, known);
  const key = `${gpu} ${threads}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const starting = start(library, gpu, threads);
  known.set(key, starting);
  starting.catch(() => known.delete(key));
  return starting;
}

async function start(library: LlamaLibrary, gpu: Gpu, threads: number | undefined): Promise<Started> {
  const complaints: string[] = [];
  const logger = (level: string, message: string): void => {
    if ((level === "error" || level === "fatal") && complaints.length < 3) complaints.push(message.trim());
  };
  try {
    const maxThreads = threads !== undefined && { maxThreads: threads };
    return { llama: await library.getLlama({ build: "never", gpu, logger, ...maxThreads }), complaints };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "NoBinaryFoundError") throw error;
    const message =
      "node-llama-cpp has no binary for this platform here: install it without --omit=optional, or build one with `npx node-llama-cpp source download`";
    throw caused(new ConfigurationError("missing-package", message), error);
  }
}

function notLoaded(file: string, cause: unknown, log: readonly string[]): ModelError {
  const why = [cause instanceof Error ? cause.message : String(cause), ...log].join("; ");
  const memory = cause instanceof Error && cause.name === "InsufficientMemoryError";
  return memory
    ? new ModelError(`not enough memory for ${file}: ${why}; try a smaller contextSize or file`, {
        kind: "server",
        retryable: false,
        cause,
      })
    : new ModelError(`cannot load ${file}: ${why}`, { kind: "malformed", cause });
}

function caused<Any extends Error>(error: Any, cause: unknown): Any {
  error.cause = cause;
  return error;
}
