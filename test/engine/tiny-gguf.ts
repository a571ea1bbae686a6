/*
 * Writes a model of half a megabyte: llama's architecture, two layers, a vocabulary of the 256 bytes, weights from a
 * seed. It says nothing of sense, but loads, streams, stops and obeys grammars as every other GGUF file does.
 * The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */

/** Numbers of the format for the types of values. */
const type = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;

const width = 64;
const hidden = 128;
const heads = 4;
const layers = 2;

export interface TinyModel {
  readonly seed?: number;
  /** Whether it begins each line with a call, in the words of the engine's ChatML wrapper. */
  readonly calls?: boolean;
}

/** The bytes of a tiny model; the same seed gives the same bytes. */
export function tinyGguf({ seed = 42, calls = false }: TinyModel = {}): Buffer {
  const tensors = weights(gaussian(seed), calls);
  const keys = metadata();
  const head = [Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(keys.length), ...keys];
  let offset = 0;
  for (const { name, dimensions, values } of tensors) {
    head.push(text(name), u32(dimensions.length), ...dimensions.map(u64), u32(0), u64(offset));
    offset += padded(Buffer.from(values.buffer)).length;
  }
  return Buffer.concat([
    padded(Buffer.concat(head)),
    ...tensors.map(({ values }) => padded(Buffer.from(values.buffer))),
  ]);
}

/** The tokens: each byte as GPT-2 writes it, then the marks of a conversation. */
const vocabulary = [...byteCharacters(), "<|endoftext|>", "<|im_start|>", "<|im_end|>", "||call: "];
const [none, endOfTurn, call] = [256, 258, 259];
/** Ordinary tokens, marks, and words that are one token. */
const kinds = { byte: 1, mark: 3, word: 4 };

const template =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

function metadata(): Buffer[] {
  return [
    entry("general.architecture", type.string, text("llama")),
    entry("general.name", type.string, text("tiny-random")),
    entry("general.file_type", type.uint32, u32(0)),
    entry("llama.block_count", type.uint32, u32(layers)),
    entry("llama.context_length", type.uint32, u32(8192)),
    entry("llama.embedding_length", type.uint32, u32(width)),
    entry("llama.feed_forward_length", type.uint32, u32(hidden)),
    entry("llama.attention.head_count", type.uint32, u32(heads)),
    entry("llama.attention.head_count_kv", type.uint32, u32(heads)),
    entry("llama.attention.layer_norm_rms_epsilon", type.float32, f32(1e-5)),
    entry("llama.rope.dimension_count", type.uint32, u32(width / heads)),
    entry("llama.vocab_size", type.uint32, u32(vocabulary.length)),
    entry("tokenizer.ggml.model", type.string, text("gpt2")),
    entry("tokenizer.ggml.pre", type.string, text("gpt-2")),
    entry("tokenizer.ggml.tokens", type.array, list(type.string, vocabulary.map(text))),
    entry(
      "tokenizer.ggml.token_type",
      type.array,
      list(
        type.int32,
        vocabulary.map((_, token) => u32(kindOf(token))),
      ),
    ),
    entry("tokenizer.ggml.merges", type.array, list(type.string, [text("a b")])),
    entry("tokenizer.ggml.bos_token_id", type.uint32, u32(none)),
    entry("tokenizer.ggml.eos_token_id", type.uint32, u32(endOfTurn)),
    entry("tokenizer.ggml.add_bos_token", type.bool, Buffer.from([0])),
    entry("tokenizer.chat_template", type.string, text(template)),
  ];
}

function kindOf(token: number): number {
  return token < none ? kinds.byte : token === call ? kinds.word : kinds.mark;
}

interface Tensor {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly values: Float32Array;
}

/**
 * Random weights, with one rule in them: the first dimension of every embedding is the same, so the first column of
 * the output says how likely each token is by itself. Letters are, control characters are not; and a call is where the
 * model calls, after the end of a line: what it says is what the end of a line looks like.
 */
function weights(random: (deviation: number) => number, calls: boolean): Tensor[] {
  const tensors: Tensor[] = [];
  const add = (name: string, dimensions: readonly number[], value: (at: number) => number): void => {
    const length = dimensions.reduce((all, one) => all * one, 1);
    tensors.push({ name, dimensions, values: Float32Array.from({ length }, (_, at) => value(at)) });
  };
  add("token_embd.weight", [width, vocabulary.length], (at) => (at % width === 0 ? 4 : random(0.3)));
  const lineEnd = tensors[0]?.values.subarray(10 * width, 11 * width) ?? [];
  for (let layer = 0; layer < layers; layer++) {
    const square = [width, width];
    add(`blk.${layer}.attn_norm.weight`, [width], () => 1);
    for (const name of ["attn_q", "attn_k", "attn_v", "attn_output"]) {
      add(`blk.${layer}.${name}.weight`, square, () => random(0.05));
    }
    add(`blk.${layer}.ffn_norm.weight`, [width], () => 1);
    add(`blk.${layer}.ffn_gate.weight`, [width, hidden], () => random(0.05));
    add(`blk.${layer}.ffn_up.weight`, [width, hidden], () => random(0.05));
    add(`blk.${layer}.ffn_down.weight`, [hidden, width], () => random(0.05));
  }
  add("output_norm.weight", [width], () => 1);
  add("output.weight", [width, vocabulary.length], (at) => {
    const token = Math.floor(at / width);
    if (at % width === 0) return likelihood(token);
    return calls && token === call ? 8 * (lineEnd[at % width] ?? 0) : random(0.15);
  });
  return tensors;
}

function likelihood(token: number): number {
  const character = String.fromCharCode(token);
  if (token === call) return -2;
  if (token >= none) return 0;
  if (character === '"') return 0.9;
  if (/[a-z ]/.test(character)) return 0.6;
  return token < 32 || token > 126 ? -1 : 0;
}

/** Normally distributed numbers of this deviation. */
function gaussian(seed: number): (deviation: number) => number {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return (deviation) =>
    deviation * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** GPT-2 writes each byte as a character that can be seen: its own, or one from 256 on. */
function byteCharacters(): string[] {
  let hiddenOnes = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const seen = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCodePoint(seen ? byte : hiddenOnes++);
  });
}

function entry(key: string, kind: number, value: Buffer): Buffer {
  return Buffer.concat([text(key), u32(kind), value]);
}

function list(kind: number, values: readonly Buffer[]): Buffer {
  return Buffer.concat([u32(kind), u64(values.length), ...values]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

/** Up to the next multiple of 32 bytes: where the format wants things to begin. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((32 - (bytes.length % 32)) % 32)]);
}
