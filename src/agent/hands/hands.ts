import { isObject, parseJson } from "../../llm/json.ts";
import type { Clock } from "../../providers/system.ts";
import { checkValue } from "../../schema/schema.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { fileText } from "../text/file-text.ts";
import { within } from "../within.ts";
import { Helper, HelperGone } from "./helper.ts";
import { KnownVersions } from "./known-versions.ts";
import { HandsProblem } from "./problem.ts";
import { answerSchemas, MOST_ASKED, type HandsAnswers, type HandsRequest } from "./protocol.ts";

/** What is being changed has so long to come to its end once nobody wants it any more, in milliseconds. */
const GRACE_MS = 1000;
const CLOSE_MS = 1000;
/** In UTF-16 units. */
const LONGEST_PROBLEM = 4000;

/** Where hands work. */
export interface HandsSetting {
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  /** The program that does it, as it is started inside. */
  readonly program: readonly [string, ...string[]];
}

/** How long a question may take. */
export interface AskOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/**
 * Files inside the sandbox, touched by a program that runs there. It is started when it is first needed, asked one
 * thing at a time, ended when an answer is not wanted any more, and started anew.
 */
export class Hands {
  readonly #setting: HandsSetting;
  readonly #known: KnownVersions;
  #helper: Helper | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;
  #closed = false;

  constructor(setting: HandsSetting) {
    this.#setting = setting;
    this.#known = new KnownVersions(setting.sandbox.workspace);
  }

  /**
   * Asks for something to be done. A file whose content was once read or written here is changed only while it has that
   * content.
   * @throws HandsProblem when it cannot be done, with why, for the model; the signal's reason; SandboxError.
   */
  ask<Request extends HandsRequest>(
    request: Request,
    options: AskOptions,
  ): Promise<HandsAnswers[Request["type"]]> {
    const asked = this.#last.then(() => this.#ask(request, options));
    this.#last = asked.catch(() => undefined);
    return asked;
  }

  /** Ends the program inside. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#helper?.close(this.#setting.clock, CLOSE_MS);
    this.#helper = undefined;
  }

  async #ask<Request extends HandsRequest>(
    request: Request,
    options: AskOptions,
  ): Promise<HandsAnswers[Request["type"]]> {
    options.signal.throwIfAborted();
    const id = ++this.#count;
    const known = request.type === "search" ? undefined : this.#known.of(request.path);
    const line = JSON.stringify({ id, ...request, known });
    if (Buffer.byteLength(line) > MOST_ASKED) throw new HandsProblem("that is too long");
    const changes = request.type === "write" || request.type === "patch";
    let reply: string;
    try {
      reply = await this.#reply(line, options, changes);
    } catch (error) {
      if (!(error instanceof HelperGone)) throw error;
      const unsure = changes ? "; whether the file was changed is not known: read it" : "; try again";
      throw new HandsProblem(`the program that touches files failed: ${error.message}${unsure}`);
    }
    const value = await answerIn<Request["type"]>(reply, id, request.type);
    if (value === undefined) {
      this.#helper?.kill();
      throw new HandsProblem("the program that touches files gave an answer that makes no sense");
    }
    if ("problem" in value) throw new HandsProblem(value.problem);
    if ("path" in value.answer) this.#known.learn(request.path, value.answer);
    return value.answer;
  }

  async #reply(line: string, { signal, timeoutMs }: AskOptions, changes: boolean): Promise<string> {
    const { clock } = this.#setting;
    const helper = this.#running();
    const reply = helper.ask(line);
    let came = await within(clock, reply, timeoutMs, signal);
    if (came === "aborted" && changes) came = await within(clock, reply, GRACE_MS);
    if (came === "done") return reply;
    helper.kill();
    reply.catch(() => undefined);
    signal.throwIfAborted();
    throw new HandsProblem(`it was not done after ${timeoutMs / 1000} s, and was given up`);
  }

  #running(): Helper {
    if (this.#closed) throw new HandsProblem("the agent is closing");
    if (this.#helper === undefined || this.#helper.isGone) {
      const { sandbox, program } = this.#setting;
      this.#helper = new Helper(sandbox.start({ argv: program, input: true }));
    }
    return this.#helper;
  }
}

type Value<Type extends keyof HandsAnswers> =
  | { readonly answer: HandsAnswers[Type] }
  | { readonly problem: string };

/** What a reply says, if it is one to that question. */
async function answerIn<Type extends keyof HandsAnswers>(
  line: string,
  id: number,
  type: Type,
): Promise<Value<Type> | undefined> {
  const reply = parseJson(line);
  if (!isObject(reply) || reply["id"] !== id) return undefined;
  const { problem, answer } = reply;
  if (typeof problem === "string") return { problem: fileText(problem.slice(0, LONGEST_PROBLEM)) };
  const checked = await checkValue(answerSchemas[type], answer);
  // It has the shape that its type says.
  return checked.issues === undefined ? { answer: answer as unknown as HandsAnswers[Type] } : undefined;
}
