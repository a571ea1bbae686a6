import { stat } from "node:fs/promises";
import path from "node:path";
import type { Budget } from "../conversation/budget.ts";
import { createConversation, type Conversation } from "../conversation/conversation.ts";
import { openTrace, type Trace } from "../httprr/trace.ts";
import type { Model } from "../providers/model.ts";
import { openModel, type ModelOptions } from "../providers/open-model.ts";
import { VERSION } from "../providers/version.ts";
import { loadCatalogue } from "./catalogue.ts";
import { UsageError, type CommonFlags, type ConversationFlags } from "./command.ts";
import { chooseModel, noKeyNotice, type Choice } from "./choose-model.ts";
import type { Io } from "./io.ts";
import { openLog } from "./log-file.ts";
import type { Teller } from "./terminal.ts";

/** A conversation as the command line asked for it, and the trace that it is recorded to or replayed from. */
export interface Session {
  readonly conversation: Conversation;
  /** Finishes the recording and the log. To be called whatever happened. */
  readonly close: () => Promise<void>;
}

/**
 * Opens everything that can fail before anything is sent.
 * @throws UsageError, ConfigurationError, TraceError
 */
export async function openSession(
  flags: ConversationFlags & CommonFlags,
  io: Io,
  tell: Teller,
): Promise<Session> {
  const cwd = await workingFolder(flags, io);
  const { env, machine } = io;
  const catalogue = await loadCatalogue(env);
  const choice = chooseModel(flags, env, catalogue);
  const file = flags.record ?? flags.replay;
  let trace: Trace | undefined;
  const opened = open(choice, {
    env,
    catalogue,
    ...(machine !== undefined && { system: machine }),
    // The model is opened first, for its mistakes are found without touching a file.
    ...(file !== undefined && { fetch: (input, init) => (trace as Trace).fetch(input, init) }),
    ...(flags.replay !== undefined && { apiKey: "replay" }),
  });
  if (file !== undefined && opened.info.protocol === "none") {
    const why = choice.by === "nothing" ? " (no key was found, so it is the default)" : "";
    throw new UsageError(
      `the model ${choice.name} sends nothing${why}, so there is nothing to ${flags.record === undefined ? "replay" : "record"}; choose another --model`,
    );
  }
  // What can be wrong with the log is found before a recording is begun.
  const log =
    flags.log === undefined ? undefined : openLog({ ...flags, log: flags.log, cwd, catalogue }, io, tell);
  if (file !== undefined) {
    const place = path.resolve(cwd, file);
    trace = await openTrace(
      place,
      flags.record === undefined ? { mode: "replay", match: "conversation" } : { mode: "record" },
    ).catch((error: unknown) => {
      log?.close();
      throw error;
    });
  }
  const { system, maxOutputTokens } = flags;
  const conversation = createConversation({
    model: opened,
    ...(machine !== undefined && { machine }),
    ...(system !== undefined && { system }),
    ...(maxOutputTokens !== undefined && { settings: { maxOutputTokens } }),
    budget: budgetOf(flags),
    ...(log !== undefined && { log: log.logger }),
  });
  const { name, provider } = opened.info;
  log?.logger.info("begin", { session: conversation.id, version: VERSION, model: name, provider });
  if (choice.by === "nothing") tell.notice(noKeyNotice(catalogue));
  const close = async (): Promise<void> => {
    log?.close();
    await trace?.close();
  };
  return { conversation, close };
}

function budgetOf({ maxDollars, maxResponses, maxWallTimeMs }: ConversationFlags): Budget {
  return {
    ...(maxDollars !== undefined && { dollars: maxDollars }),
    ...(maxResponses !== undefined && { responses: maxResponses }),
    ...(maxWallTimeMs !== undefined && { wallTimeMs: maxWallTimeMs }),
  };
}

function open({ name, by }: Choice, options: ModelOptions): Model {
  try {
    return openModel(name, options);
  } catch (error) {
    // The mistake is not on the command line: say where it is.
    if (by === "variable" && error instanceof Error) error.message = `COLLOQUY_MODEL: ${error.message}`;
    throw error;
  }
}

/** The folder that `-C` names, or the one we were started in. */
async function workingFolder({ directory }: CommonFlags, io: Io): Promise<string> {
  if (directory === undefined) return io.cwd;
  const folder = path.resolve(io.cwd, directory);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new UsageError(`-C ${directory}: there is no such folder`);
  return folder;
}
