import { canonicalText, JsonNumber, parseJson } from "./json.ts";
import type { Json } from "./json.ts";
import { meaningOf } from "./meaning.ts";
import type { TraceRequest } from "./message.ts";
import { textOf } from "./scrub.ts";

/**
 * How a live request finds its recorded one.
 *
 * - `value`: the same method, URL and JSON value of the body; any other body by its bytes
 * - `conversation`: the same method, URL path, model and messages; host, query, system prompt, tools and
 *   settings may differ
 */
export type MatchMode = "value" | "conversation";

/** What of a request is compared. */
export interface Comparable {
  readonly endpoint: string;
  readonly body: Json;
}

export function comparable(request: TraceRequest, mode: MatchMode): Comparable {
  const url = new URL(request.url);
  const body = bodyOf(request.body);
  if (mode === "value")
    return { endpoint: `${request.method} ${url.origin}${url.pathname}${url.search}`, body };
  // Gemini tells a stream from a whole answer by the path alone.
  const path = url.pathname.replace(/:streamGenerateContent$/, ":generateContent");
  return { endpoint: `${request.method} ${path}`, body: meaningOf(body) };
}

/** Equal for requests that match. */
export function keyOf({ endpoint, body }: Comparable): string {
  return `${endpoint}\n${canonicalText(body)}`;
}

export interface Difference {
  /** A JSON path into the body such as `$.messages[2].content[0].text`, or `the URL`. */
  readonly path: string;
  readonly live: string;
  readonly recorded: string;
}

export interface Nearest {
  readonly index: number;
  readonly difference: Difference | undefined;
}

/** The recorded request that is most like the live one; of equals the first. */
export function nearest(live: Comparable, recorded: readonly Comparable[]): Nearest | undefined {
  let found: Nearest | undefined;
  let best = -1;
  recorded.forEach((candidate, index) => {
    const sameEndpoint = live.endpoint === candidate.endpoint;
    const { likeness, difference } = compare(live.body, candidate.body);
    const score = (sameEndpoint ? 1 : 0) + likeness;
    if (score > best) {
      best = score;
      const urls = sameEndpoint ? undefined : show("the URL", live.endpoint, candidate.endpoint);
      found = { index, difference: urls ?? difference };
    }
  });
  return found;
}

interface Path {
  readonly parent: Path | undefined;
  readonly step: string;
}
type Missing = undefined;
interface Pair {
  readonly live: Json | Missing;
  readonly recorded: Json | Missing;
  readonly path: Path;
}

/** The first difference in the order of the live value, and the share of leaves that agree, from 0 to 1. */
export function compare(
  live: Json,
  recorded: Json,
): { likeness: number; difference: Difference | undefined } {
  let same = 0;
  let different = 0;
  let difference: Difference | undefined;
  const todo: Pair[] = [{ live, recorded, path: { parent: undefined, step: "$" } }];
  for (let pair = todo.pop(); pair !== undefined; pair = todo.pop()) {
    const inner = childrenOf(pair);
    if (inner !== undefined) {
      for (let at = inner.length - 1; at >= 0; at--) todo.push(inner[at] as Pair);
    } else if (sameLeaf(pair.live, pair.recorded)) {
      same++;
    } else {
      different++;
      difference ??= show(pathText(pair.path), pair.live, pair.recorded);
    }
  }
  return { likeness: same + different === 0 ? 1 : same / (same + different), difference };
}

function childrenOf({ live, recorded, path }: Pair): Pair[] | undefined {
  if (Array.isArray(live) && Array.isArray(recorded)) {
    const length = Math.max(live.length, recorded.length);
    return Array.from({ length }, (_, at) => pair(live[at], recorded[at], `[${at}]`));
  }
  if (live instanceof Map && recorded instanceof Map) {
    const names = new Set([...live.keys(), ...recorded.keys()]);
    return Array.from(names, (name) => pair(live.get(name), recorded.get(name), nameStep(name)));
  }
  return undefined;

  function pair(a: Json | Missing, b: Json | Missing, step: string): Pair {
    return { live: a, recorded: b, path: { parent: path, step } };
  }
}

function sameLeaf(a: Json | Missing, b: Json | Missing): boolean {
  if (a instanceof JsonNumber && b instanceof JsonNumber) return a.canonical === b.canonical;
  return a === b;
}

const nameStep = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;

const LONGEST_PATH = 60;

function pathText(path: Path): string {
  const steps: string[] = [];
  let left = LONGEST_PATH;
  for (let at: Path | undefined = path; at !== undefined; at = at.parent) {
    if (left-- === 0) return `...${steps.reverse().join("")}`;
    steps.push(at.step);
  }
  return steps.reverse().join("");
}

const LONGEST_VALUE = 80;
const SHOWN_BEFORE = 20;

/** Both values as text, shortened to the place where they part. */
function show(path: string, live: Json | Missing, recorded: Json | Missing): Difference {
  const [a, b] = [valueText(live), valueText(recorded)];
  let from = 0;
  while (from < a.length && a[from] === b[from]) from++;
  from = from <= LONGEST_VALUE / 2 ? 0 : from - SHOWN_BEFORE;
  return { path, live: cut(a, from), recorded: cut(b, from) };
}

function valueText(value: Json | Missing): string {
  if (value === undefined) return "(nothing)";
  return value instanceof JsonNumber ? value.text : canonicalText(value);
}

function cut(text: string, from: number): string {
  const end = from + LONGEST_VALUE;
  return `${from > 0 ? "..." : ""}${text.slice(from, end)}${end < text.length ? "..." : ""}`;
}

/** Not JSON: the text itself, or each byte as a character where it is no text either. */
function bodyOf(bytes: Uint8Array): Json {
  const text = textOf(bytes);
  if (text === undefined) return Buffer.from(bytes).toString("latin1");
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}
