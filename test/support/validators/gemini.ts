import { isJson, show, Violations, words, type Json } from "./violations.ts";

/*
 * A request to Gemini's generateContent, against its documented rules. Names may be in camelCase or in snake_case.
 * https://ai.google.dev/api/generate-content, https://ai.google.dev/api/caching#Content,
 * https://ai.google.dev/gemini-api/docs/function-calling, https://ai.google.dev/gemini-api/docs/thought-signatures
 * What stands only in its errors: `Please ensure that the number of function response parts is equal to the number of
 * function call parts of the function call turn`, `Please ensure that function call turn comes immediately after a user
 * turn or after a function response turn`, `Invalid function name. Must start with a letter or an underscore. Must be
 * a-z, A-Z, 0-9, or contain underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64`,
 * `required oneof field 'data' must have one initialized field`.
 */

const topFields =
  words(`contents model systemInstruction tools toolConfig safetySettings generationConfig cachedContent
  labels modelArmorConfig serviceTier store`);

/** A part holds one of these. */
const data =
  words(`text inlineData fileData functionCall functionResponse executableCode codeExecutionResult toolCall
  toolResponse`);
const besideData = words("thought thoughtSignature videoMetadata mediaResolution partMetadata");
const partFields: ReadonlySet<string> = new Set([...data, ...besideData]);

const memberFields: Readonly<Record<string, ReadonlySet<string>>> = {
  inlineData: words("mimeType data displayName"),
  fileData: words("mimeType fileUri displayName"),
  functionCall: words("id name args"),
  functionResponse: words("id name response parts willContinue scheduling"),
};

const toolFields =
  words(`functionDeclarations googleSearch googleSearchRetrieval codeExecution urlContext fileSearch
  googleMaps computerUse retrieval enterpriseWebSearch mcpServers`);
const declarationFields = words(
  `name description parameters parametersJsonSchema response responseJsonSchema behavior`,
);
const name = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/;

/**
 * https://ai.google.dev/gemini-api/docs/image-understanding and its neighbours on documents, sound and video. GIF is not
 * named there, and was recorded with a 200.
 */
const mediaTypes = new RegExp(
  `^(?:image/(?:png|jpeg|gif|webp|heic|heif)|application/(?:pdf|json)|text/[a-z0-9.+-]+` +
    `|audio/(?:x-)?(?:wav|mp3|mpeg|aiff|aac|ogg|flac|m4a|mp4|webm|opus|pcm|l16)` +
    `|video/(?:mp4|mpeg|mov|quicktime|avi|x-flv|mpg|webm|wmv|3gpp))(?:;.*)?$`,
  "i",
);

/** What depends on the model. */
export interface Strictness {
  /** Gemini 3 refuses a step whose first call has no thought signature. */
  readonly signedCalls?: boolean;
}

interface Turn {
  readonly role: string;
  readonly at: string;
  readonly parts: Json[];
}

/** Every violation of the API's rules in a request's body; none in a body that the API takes. */
export function check(body: unknown, { signedCalls = false }: Strictness = {}): string[] {
  const out = new Violations();
  out.characters(body);
  const top = isJson(body) ? out.object(camel(body), "$", topFields) : out.object(body, "$");
  if (top === undefined) return out.found;
  if (top["tools"] !== undefined) checkTools(out, top["tools"]);
  if (isJson(top["systemInstruction"])) {
    const { parts } = camel(top["systemInstruction"]);
    for (const [index, each] of list(out, parts, "$.systemInstruction").entries()) {
      checkPart(out, each, `$.systemInstruction.parts[${index}]`, "system");
    }
  }
  const turns = readTurns(out, top["contents"]);
  checkEnds(out, turns, top["cachedContent"] !== undefined);
  checkPairs(out, turns);
  if (signedCalls) checkSigned(out, turns);
  return out.found;
}

/** One may stand for a list of one. */
function list(out: Violations, value: unknown, at: string): readonly unknown[] {
  return isJson(value) ? [value] : out.list(value, at);
}

function camel(object: Json): Json {
  const renamed = (key: string): string =>
    key.replace(/(?<=[a-z0-9])_([a-z])/g, (_, c: string) => c.toUpperCase());
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [renamed(key), value]));
}

function checkTools(out: Violations, tools: unknown): void {
  const names: string[] = [];
  for (const [index, each] of list(out, tools, "$.tools").entries()) {
    const at = `$.tools[${index}]`;
    const tool = isJson(each) ? out.object(camel(each), at, toolFields) : out.object(each, at);
    if (tool?.["functionDeclarations"] === undefined) continue;
    for (const declared of list(out, tool["functionDeclarations"], at)) {
      const one = isJson(declared) ? out.object(camel(declared), at, declarationFields) : undefined;
      out.matches(one?.["name"], name, "tool-name", at);
      names.push(String(one?.["name"]));
      const both = one?.["parameters"] !== undefined && one["parametersJsonSchema"] !== undefined;
      out.expect(!both, "tool-schema", at, "has two schemas");
    }
  }
  out.unique(names, "tool-name-repeated", "$.tools");
}

/** The contents; those of one role in a row are one turn: recorded servers read them so. */
function readTurns(out: Violations, contents: unknown): Turn[] {
  const turns: Turn[] = [];
  for (const [index, each] of list(out, contents, "$.contents").entries()) {
    const at = `$.contents[${index}]`;
    const content = out.object(each, at, words("role parts"));
    const role = typeof content?.["role"] === "string" ? content["role"] : "user";
    out.oneOf(role, words("user model"), "role", at);
    const given = list(out, content?.["parts"], `${at}.parts`);
    out.expect(given.length > 0, "empty-content", at, "has no parts");
    const parts = given
      .map((part, place) => checkPart(out, part, `${at}.parts[${place}]`, role))
      .filter((part) => part !== undefined);
    const turn = turns.at(-1);
    if (turn !== undefined && turn.role === role) turn.parts.push(...parts);
    else turns.push({ role, at, parts });
  }
  return turns;
}

function checkPart(out: Violations, value: unknown, at: string, role: string): Json | undefined {
  if (!isJson(value)) return out.object(value, at);
  const part = camel(value);
  out.object(part, at, partFields);
  const held = Object.keys(part).filter((key) => data.has(key));
  const { text, thought, thoughtSignature: signature, functionCall, functionResponse } = part;
  // Recorded with a 200: a part that holds nothing but the signature of what was thought.
  const signs = held.length === 0 && signature !== undefined;
  out.expect(held.length === 1 || signs, "one-of", at, `holds ${held.join(" and ") || "nothing"}`);
  if (text !== undefined) out.text(text, at);
  if (thought !== undefined) out.expect(typeof thought === "boolean", "shape", at, "thought");
  if (signature !== undefined) out.matches(signature, /^[A-Za-z0-9+/_-]+=*$/, "signature", at);
  if (role !== "model") {
    out.expect(functionCall === undefined, "part-place", at, "only the model calls");
    out.expect(thought !== true, "part-place", at, "only the model thinks");
  }
  if (role !== "user")
    out.expect(functionResponse === undefined, "part-place", at, "only the user's side answers");
  if (role === "system") out.expect(text !== undefined, "part-place", at, "instructions are texts");
  checkMembers(out, part, at);
  return part;
}

function checkMembers(out: Violations, part: Json, at: string): void {
  for (const [key, fields] of Object.entries(memberFields)) {
    if (part[key] === undefined) continue;
    const where = `${at}.${key}`;
    if (!isJson(part[key])) out.add("shape", where, "is no object");
    else checkMember(out, key, out.object(camel(part[key]), where, fields) ?? {}, where);
  }
}

function checkMember(out: Violations, key: string, member: Json, at: string): void {
  switch (key) {
    case "inlineData":
      out.matches(member["mimeType"], mediaTypes, "media-type", at);
      out.matches(member["data"], /^[A-Za-z0-9+/_-]+=*$/, "base64", at);
      break;
    case "fileData":
      out.matches(member["fileUri"], /^(?:https?|gs):/, "url", at);
      if (member["mimeType"] !== undefined) out.matches(member["mimeType"], mediaTypes, "media-type", at);
      break;
    case "functionCall":
      out.matches(member["name"], name, "call-name", at);
      out.expect(
        member["args"] === undefined || isJson(member["args"]),
        "call-arguments",
        at,
        show(member["args"]),
      );
      break;
    case "functionResponse":
      out.matches(member["name"], name, "call-name", at);
      out.expect(isJson(member["response"]), "response", at, "is no object");
      for (const [index, each] of (Array.isArray(member["parts"])
        ? (member["parts"] as unknown[])
        : []
      ).entries()) {
        const where = `${at}.parts[${index}]`;
        const inner = isJson(each) ? out.object(camel(each), where, words("inlineData fileData")) : undefined;
        out.expect(Object.keys(inner ?? {}).length === 1, "one-of", where, "holds not one thing");
        if (inner !== undefined) checkMembers(out, inner, where);
      }
  }
}

function checkEnds(out: Violations, turns: readonly Turn[], cached: boolean): void {
  const [first] = turns;
  if (first === undefined) return void (cached || out.add("no-messages", "$.contents", "is empty"));
  out.expect(first.role === "user", "first-role", first.at, "the first turn must be the user's");
  const last = turns.at(-1);
  out.expect(last?.role !== "model", "last-role", String(last?.at), "the last turn must be the user's");
}

/** A turn that calls is followed by one with as many responses, of the same names. */
function checkPairs(out: Violations, turns: readonly Turn[]): void {
  for (const [index, { role, at, parts }] of turns.entries()) {
    if (role !== "user") continue;
    const calls = named(turns[index - 1]?.parts ?? [], "functionCall");
    const responses = named(parts, "functionResponse");
    out.expect(
      calls.length === responses.length,
      "call-count",
      at,
      `${calls.length} calls, ${responses.length} responses`,
    );
    const names = (all: readonly Json[]): string =>
      JSON.stringify(all.map((each) => String(each["name"])).sort());
    const counted = calls.length === responses.length;
    out.expect(
      !counted || names(calls) === names(responses),
      "call-name-pairs",
      at,
      `${names(calls)}, ${names(responses)}`,
    );
    for (const { id } of responses) {
      const known = id === undefined || calls.some((call) => call["id"] === id);
      out.expect(known, "result-uncalled", at, `${show(id)} was not called just before`);
    }
    out.unique(
      responses.flatMap(({ id }) => (typeof id === "string" ? [id] : [])),
      "result-repeated",
      at,
    );
  }
}

function named(parts: readonly Json[], key: string): Json[] {
  return parts
    .map((part) => part[key])
    .filter(isJson)
    .map(camel);
}

function checkSigned(out: Violations, turns: readonly Turn[]): void {
  for (const { at, parts } of turns) {
    const first = parts.find((part) => part["functionCall"] !== undefined);
    const signed = first === undefined || first["thoughtSignature"] !== undefined;
    out.expect(signed, "call-unsigned", at, "the first call has no thought signature");
  }
}
