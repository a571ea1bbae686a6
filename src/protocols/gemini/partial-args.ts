import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";

/** Arrays are filled in order, give or take a little. */
const LARGEST_GAP = 16;
const MOST_STEPS = 100;

type Step = string | number;
type Container = Record<Step, unknown>;

/**
 * The arguments of a call that come in pieces: `{"jsonPath":"$.items[0].name","stringValue":"ap","willContinue":true}`.
 * https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc
 */
export class PartialArgs {
  readonly #root: Container = container(undefined);

  /** Puts a piece where it belongs; false where it cannot be. A string's later pieces continue it. */
  add(piece: JsonValue): boolean {
    if (!isObject(piece)) return false;
    const path = own(piece, "jsonPath");
    const steps = typeof path === "string" ? stepsOf(path) : undefined;
    const value = valueOf(piece);
    const last = steps?.at(-1);
    if (steps === undefined || last === undefined || value === undefined) return false;
    let at = this.#root;
    for (const [i, step] of steps.slice(0, -1).entries()) {
      if (!fits(at, step)) return false;
      const next = at[step];
      if (typeof next === "object" && next !== null) at = next as Container;
      else at = at[step] = container(steps[i + 1]);
    }
    if (!fits(at, last)) return false;
    const before = at[last];
    at[last] = typeof before === "string" && typeof value === "string" ? before + value : value;
    return true;
  }

  /** The arguments so far, as JSON. */
  toString(): string {
    return JSON.stringify(this.#root);
  }
}

/**
 * An object is without a prototype, so that no key means anything but itself. A list is filled by number as an object is
 * by name, and passes for one.
 */
function container(step: Step | undefined): Container {
  return typeof step === "number" ? ([] as unknown as Container) : (Object.create(null) as Container);
}

function fits(at: Container, step: Step): boolean {
  return Array.isArray(at)
    ? typeof step === "number" && step <= at.length + LARGEST_GAP
    : typeof step === "string";
}

const oneStep = /\.([^.[\]]+)|\[(\d+)\]|\[('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\]/y;

/** The steps of a normalized path of RFC 9535, or of one with dots. */
function stepsOf(path: string): Step[] | undefined {
  if (!path.startsWith("$")) return undefined;
  const steps: Step[] = [];
  oneStep.lastIndex = 1;
  while (oneStep.lastIndex < path.length) {
    const match = oneStep.exec(path);
    if (match === null || steps.length === MOST_STEPS) {
      oneStep.lastIndex = 0;
      return undefined;
    }
    const [, name, index, quoted] = match;
    steps.push(
      index === undefined ? (name ?? quoted?.slice(1, -1).replace(/\\(.)/g, "$1") ?? "") : Number(index),
    );
  }
  return steps;
}

function valueOf(piece: JsonObject): JsonValue | undefined {
  for (const key of ["stringValue", "numberValue", "boolValue"]) {
    const value = own(piece, key);
    if (value !== undefined) return value;
  }
  return Object.hasOwn(piece, "nullValue") ? null : undefined;
}
