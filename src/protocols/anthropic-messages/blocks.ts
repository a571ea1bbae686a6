import type { DecodedEvent } from "../../llm/event.ts";
import { own, parseJson, rest, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { Part } from "../../llm/message.ts";
import { PROTOCOL } from "./wire.ts";
import type { ReceivedBlock, ReceivedDelta } from "./wire.ts";

/** A content block whose end has not come yet. */
export interface OpenBlock {
  readonly kind: Part["type"];
  delta(delta: ReceivedDelta): void;
  end(): void;
}

type Emit = (event: DecodedEvent) => void;

/** The fields of each block that have neutral names; what else a block has goes along as vendor fields. */
const fields = {
  text: new Set(["type", "text", "citations"]),
  thinking: new Set(["type", "thinking", "signature"]),
  redacted_thinking: new Set(["type", "data"]),
  tool_use: new Set(["type", "id", "name", "input"]),
};

/**
 * Begins a block. A part's deltas always add up to it: what a block brings along at its start is said as a delta, so
 * that a reader of deltas misses nothing, whether the answer came in pieces or whole.
 */
export function beginBlock(index: number, block: ReceivedBlock, emit: Emit): OpenBlock {
  const say = (kind: "text" | "thinking" | "arguments" | "signature", text: JsonValue | undefined): void => {
    if (typeof text === "string" && text !== "") emit({ type: "part-delta", index, kind, text });
  };
  const cite = (data: JsonValue): void => emit({ type: "part-delta", index, kind: "citation", data });
  const start = (part: Part): void => emit({ type: "part-start", index, part });
  const finish = (): void => emit({ type: "part-end", index });
  const { id, name, input, data } = block;

  if (block.type === "text") {
    start({ type: "text", text: "", ...vendor(block, fields.text) });
    say("text", block["text"]);
    const citations = block["citations"];
    if (Array.isArray(citations)) for (const citation of citations) cite(citation);
    return open(
      "text",
      { text_delta: (d) => say("text", d["text"]), citations_delta: (d) => cite(d["citation"] ?? null) },
      finish,
    );
  }
  if (block.type === "thinking") {
    start({ type: "thinking", text: "", protocol: PROTOCOL, ...vendor(block, fields.thinking) });
    say("thinking", block["thinking"]);
    say("signature", block["signature"]);
    return open(
      "thinking",
      {
        thinking_delta: (d) => say("thinking", d["thinking"]),
        signature_delta: (d) => say("signature", d["signature"]),
      },
      finish,
    );
  }
  if (block.type === "redacted_thinking" && typeof data === "string") {
    start({
      type: "thinking",
      text: "",
      encrypted: data,
      protocol: PROTOCOL,
      ...vendor(block, fields.redacted_thinking),
    });
    return open("thinking", {}, finish);
  }
  if (block.type === "tool_use" && typeof id === "string" && typeof name === "string") {
    start({
      type: "tool-call",
      id,
      name,
      argumentsText: "",
      input: undefined,
      ...vendor(block, fields.tool_use),
    });
    let pieces = 0;
    const piece = (d: ReceivedDelta): void => {
      if (d["partial_json"] === "") return;
      pieces++;
      say("arguments", d["partial_json"]);
    };
    return open("tool-call", { input_json_delta: piece }, () => {
      // Arguments come in pieces, or whole with the block; a call without any has the empty object.
      if (pieces === 0) say("arguments", JSON.stringify(input ?? {}));
      finish();
    });
  }
  return opaqueBlock(index, block, emit);

  /** A delta of a kind that the block does not have is a fact all the same, and is passed on as one. */
  function open(
    kind: Part["type"],
    deltas: Readonly<Record<string, (delta: ReceivedDelta) => void>>,
    end: () => void,
  ): OpenBlock {
    const other = (d: ReceivedDelta): void => emit({ type: "part-delta", index, kind: "vendor", data: d });
    return {
      kind,
      end,
      delta: (d) =>
        (typeof d.type === "string" && Object.hasOwn(deltas, d.type) ? deltas[d.type] : other)?.(d),
    };
  }
}

/** A block that has no neutral meaning: kept as received, its deltas put where the vendor would put them. */
function opaqueBlock(index: number, block: ReceivedBlock, emit: Emit): OpenBlock {
  emit({ type: "part-start", index, part: { type: "opaque", protocol: PROTOCOL, value: block } });
  let json = "";
  let value: JsonObject = block;
  return {
    kind: "opaque",
    delta: (delta) => {
      emit({ type: "part-delta", index, kind: "vendor", data: delta });
      const { type, partial_json, ...content } = delta;
      if (type === "input_json_delta" && typeof partial_json === "string") json += partial_json;
      else value = mergeDelta(value, content);
    },
    end: () => {
      if (json !== "") value = { ...value, input: parseJson(json) ?? json };
      emit({ type: "part-end", index, part: { type: "opaque", protocol: PROTOCOL, value } });
    },
  };
}

/** Texts grow, other members are set. */
function mergeDelta(value: JsonObject, delta: JsonObject): JsonObject {
  const merged = Object.entries(delta).map(([key, more]): [string, JsonValue] => {
    const before = own(value, key);
    return [key, typeof before === "string" && typeof more === "string" ? before + more : more];
  });
  return { ...value, ...Object.fromEntries(merged) };
}

function vendor(block: JsonObject, known: ReadonlySet<string>): Pick<Part, "vendor"> {
  const extra = rest(block, known);
  return extra === undefined ? {} : { vendor: { protocol: PROTOCOL, fields: extra } };
}
