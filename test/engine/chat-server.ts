/*
 * A chat completions server on the real engine, for the tests of those who call one. It shares nothing with src but
 * the wire: https://platform.openai.com/docs/api-reference/chat
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  getLlama,
  LlamaChat,
  resolveChatWrapper,
  type ChatHistoryItem,
  type ChatModelFunctionCall,
  type LlamaContextSequence,
} from "node-llama-cpp";

interface WireCall {
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: string };
}

interface WireMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content?: string | readonly { readonly text: string }[] | null;
  readonly tool_calls?: readonly WireCall[];
  readonly tool_call_id?: string;
}

interface WireRequest {
  readonly model: string;
  readonly messages: readonly WireMessage[];
  readonly stream?: boolean;
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly tools?: readonly {
    readonly function: { readonly name: string; readonly parameters: object };
  }[];
  readonly tool_choice?: string | { readonly function: { readonly name: string } };
  readonly response_format?: { readonly json_schema: { readonly schema: object } };
}

export interface ChatServer {
  readonly url: string;
  /** Requests whose client went away before the end. */
  readonly left: () => number;
  close(): Promise<void>;
}

/** Serves a GGUF file on 127.0.0.1, one request after the other. */
export async function chatServer(file: string, contextSize: number): Promise<ChatServer> {
  const llama = await getLlama({ build: "never", gpu: false, maxThreads: 1, logger: () => undefined });
  const model = await llama.loadModel({ modelPath: file });
  const context = await model.createContext({ contextSize, threads: 1 });
  const sequence = context.getSequence();
  let turn: Promise<unknown> = Promise.resolve();
  let left = 0;
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.on("close", () => {
      if (response.writableFinished) return;
      left++;
      gone.abort();
    });
    const work = async (): Promise<void> => answer(await read(request), sequence, response, gone.signal);
    turn = turn.then(work).catch((error: unknown) => {
      if (!gone.signal.aborted) fail(response, 500, "server_error", String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    left: () => left,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await turn;
      await llama.dispose();
    },
  };
}

async function read(request: IncomingMessage): Promise<WireRequest> {
  let body = "";
  for await (const piece of request.setEncoding("utf8")) body += String(piece);
  return JSON.parse(body) as WireRequest;
}

async function answer(
  request: WireRequest,
  sequence: LlamaContextSequence,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { model } = sequence;
  const { llama } = model;
  const history = historyOf(request.messages);
  const wrapper = resolveChatWrapper(model);
  const prompt = wrapper.generateContextState({ chatHistory: history }).contextText.tokenize(model.tokenizer);
  if (prompt.length + 1 >= sequence.contextSize) {
    const message = "the request exceeds the available context size, try increasing it";
    fail(response, 400, "exceed_context_size_error", message);
    return;
  }
  const cached = Math.min(sequence.compareContextTokens(prompt).firstDifferentIndex, prompt.length - 1);
  const before = sequence.tokenMeter.usedOutputTokens;
  const chat = new LlamaChat({ contextSequence: sequence, chatWrapper: wrapper });
  const out = new Chunks(response, request.model);
  const say = async (schema: object | undefined, onText: (text: string) => void): Promise<string> => {
    const { metadata } = await chat.generateResponse(history, {
      signal,
      maxTokens: Math.min(request.max_tokens ?? Infinity, sequence.contextSize - prompt.length),
      ...(request.temperature !== undefined && { temperature: request.temperature }),
      ...(request.seed !== undefined && { seed: request.seed }),
      ...(request.stop !== undefined && { customStopTriggers: request.stop }),
      ...(schema !== undefined && { grammar: await llama.createGrammarForJsonSchema(schema as never) }),
      onTextChunk: onText,
    });
    return metadata.stopReason === "maxTokens" ? "length" : "stop";
  };
  try {
    const tool = toolFor(request);
    let finish: string;
    if (tool === undefined) {
      const schema = request.response_format?.json_schema.schema;
      finish = await say(schema, (content) => out.delta({ content }));
    } else {
      const { name, parameters } = tool.function;
      const id = `call_${Math.random().toString(36).slice(2)}`;
      out.delta({ tool_calls: [{ index: 0, id, type: "function", function: { name, arguments: "" } }] });
      finish = await say(parameters, (text) =>
        out.delta({ tool_calls: [{ index: 0, function: { arguments: text } }] }),
      );
      if (finish === "stop") finish = "tool_calls";
    }
    const completion = sequence.tokenMeter.usedOutputTokens - before;
    out.end(finish, {
      prompt_tokens: prompt.length,
      completion_tokens: completion,
      total_tokens: prompt.length + completion,
      prompt_tokens_details: { cached_tokens: cached },
    });
  } finally {
    chat.dispose();
  }
}

/** The tool that has to be called: the one that is named, or the first. */
function toolFor({ tools = [], tool_choice: choice }: WireRequest): (typeof tools)[number] | undefined {
  if (choice === "required") return tools[0];
  return typeof choice === "object"
    ? tools.find((tool) => tool.function.name === choice.function.name)
    : undefined;
}

function historyOf(messages: readonly WireMessage[]): ChatHistoryItem[] {
  const items: ChatHistoryItem[] = [];
  const calls = new Map<string, ChatModelFunctionCall>();
  for (const message of messages) {
    const { role, content } = message;
    const text = typeof content === "string" ? content : (content ?? []).map((part) => part.text).join("");
    if (role === "tool") {
      const call = calls.get(message.tool_call_id ?? "");
      if (call === undefined) throw new Error(`no call ${message.tool_call_id}`);
      call.result = text;
    } else if (role === "assistant") {
      let last = items.at(-1);
      if (last?.type !== "model") items.push((last = { type: "model", response: [] }));
      if (text !== "") last.response.push(text);
      for (const { id, function: called } of message.tool_calls ?? []) {
        const params = JSON.parse(called.arguments) as object;
        const call: ChatModelFunctionCall = { type: "functionCall", name: called.name, params, result: "" };
        calls.set(id, call);
        last.response.push(call);
      }
    } else items.push({ type: role, text });
  }
  if (items.at(-1)?.type !== "model") items.push({ type: "model", response: [] });
  return items;
}

/** An answer as server-sent events. */
class Chunks {
  readonly #response: ServerResponse;
  readonly #model: string;
  readonly #id: string = `chatcmpl-${Math.random().toString(36).slice(2)}`;

  constructor(response: ServerResponse, model: string) {
    this.#response = response;
    this.#model = model;
    response.writeHead(200, { "content-type": "text/event-stream" });
    this.delta({ role: "assistant" });
  }

  delta(delta: object): void {
    this.#send({ choices: [{ index: 0, delta, finish_reason: null }] });
  }

  end(finish_reason: string, usage: object): void {
    this.#send({ choices: [{ index: 0, delta: {}, finish_reason }] });
    this.#send({ choices: [], usage });
    this.#response.end("data: [DONE]\n\n");
  }

  #send(chunk: object): void {
    const all = { id: this.#id, object: "chat.completion.chunk", created: 0, model: this.#model, ...chunk };
    this.#response.write(`data: ${JSON.stringify(all)}\n\n`);
  }
}

function fail(response: ServerResponse, code: number, type: string, message: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(code, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: { code, type, message } }));
}
