import { ConfigurationError, OutputError } from "../llm/errors.ts";
import { describeIssues } from "../llm/issue.ts";
import { parseAnswer } from "../llm/json-answer.ts";
import type { Part } from "../llm/message.ts";
import type { ResponseSchema } from "../llm/request.ts";
import type { Response, StopReason } from "../llm/response.ts";
import { checkValue, prepareSchema, type Schema, type SchemaValue } from "../schema/schema.ts";
import type { OutputRetryEvent } from "./event.ts";

/** What is wanted of an answer besides its text. */
export interface OutputOptions<Of extends Schema = Schema> {
  /** What the answer must satisfy. The model is asked for it in whatever way it can be asked. */
  readonly output: Of;
  /**
   * How often the model is told what is wrong with its answer and asked again; 1 by default, 0 for never. Each time is
   * an answer of the budget.
   */
  readonly outputRetries?: number;
}

/** A response whose text was read, and satisfies the schema that was asked for. */
export interface OutputResponse<Value = unknown> extends Response {
  /** The value, as its schema gives it back. */
  readonly output: Value;
}

/** The value of an answer, or why there is none. */
type Output<Value> =
  | { readonly value: Value; readonly error?: undefined }
  | {
      readonly error: OutputError;
      /** What to tell the model, where it may do better when asked again. */
      readonly complaint: string | undefined;
    };

/** Issues are told up to so many characters: libraries may quote what they found. */
const MAX_COMPLAINT = 4000;

/** What these stop reasons make of an answer, whatever its text. */
const unfinished: Readonly<Partial<Record<StopReason, "refused" | "cut">>> = {
  refusal: "refused",
  content_filter: "refused",
  max_tokens: "cut",
  context_overflow: "cut",
  pause: "cut",
};

/** What asking for an output needs of its conversation. */
export interface OutputRoom {
  readonly exchange: (said: Said, schema: ResponseSchema) => Promise<Response>;
  readonly emit: (event: OutputRetryEvent) => void;
}

/** What is said; nothing where the history is sent as it is. */
type Said = string | readonly Part[] | undefined;

/**
 * Has a message answered by a value that satisfies a schema; a model whose answer does not is told why, and asked again.
 * @throws OutputError; ConfigurationError `invalid-option`, before anything is stored or sent.
 */
export async function answerBySchema(
  message: Said,
  { output, outputRetries = 1 }: OutputOptions,
  signal: AbortSignal | undefined,
  { exchange, emit }: OutputRoom,
): Promise<OutputResponse> {
  if (!Number.isInteger(outputRetries) || outputRetries < 0) {
    throw new ConfigurationError(
      "invalid-option",
      `outputRetries must be a whole number, not ${outputRetries}`,
    );
  }
  const schema = { schema: await prepareSchema(output) };
  signal?.throwIfAborted();
  let said = message;
  for (let attempt = 1; ; attempt++) {
    const response = await exchange(said, schema);
    const read = await readOutput(response, output);
    signal?.throwIfAborted();
    if (read.error === undefined) return { ...response, output: read.value };
    if (read.complaint === undefined || attempt > outputRetries) throw read.error;
    emit({ type: "output-retry", attempt, error: read.error });
    said = read.complaint;
  }
}

/** Reads the value out of a response. An answer that was cut or refused has none, even if it could be read as one. */
async function readOutput<Of extends Schema>(
  response: Response,
  schema: Of,
): Promise<Output<SchemaValue<Of>>> {
  const reason = unfinished[response.stopReason];
  if (reason !== undefined) {
    const why =
      reason === "refused"
        ? `the model did not want to answer (${response.stopReason})`
        : `the answer is not whole (${response.stopReason})${adviceFor(response.stopReason)}`;
    return { error: new OutputError(why, { reason, response }), complaint: undefined };
  }
  const json = jsonOf(response);
  if (json === undefined) {
    const calls = response.toolCalls.length > 0;
    const why = calls ? "the model called a tool and gave no answer" : "the answer is not JSON";
    return {
      error: new OutputError(why, { reason: "not-json", response }),
      // A call wants its result, and nothing else can be sent before that.
      complaint: calls ? undefined : "Your answer is not JSON. Answer again, with the JSON and nothing else.",
    };
  }
  const checked = await checkValue(schema, json);
  if (checked.issues === undefined) return { value: checked.value };
  const { issues } = checked;
  const told = describeIssues(issues).slice(0, MAX_COMPLAINT);
  const why = `the answer does not satisfy its schema: ${told}`;
  return {
    error: new OutputError(why, { reason: "invalid", response, issues }),
    complaint:
      response.toolCalls.length > 0
        ? undefined
        : `Your answer does not satisfy the schema:\n${told}\nAnswer again, with all of the JSON and nothing else.`,
  };
}

/** The value of the whole text; of its last part, where the model said something before it gave the answer. */
function jsonOf({ text, message }: Response): ReturnType<typeof parseAnswer> {
  const value = parseAnswer(text);
  if (value !== undefined) return value;
  const last = message.parts.findLast((part) => part.type === "text");
  return last === undefined ? undefined : parseAnswer(last.text);
}

function adviceFor(reason: StopReason): string {
  if (reason === "max_tokens") return "; give it a larger maxOutputTokens";
  return reason === "pause" ? "; send again without a message and the model goes on" : "";
}
