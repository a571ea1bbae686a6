/*
 * The validator of plain JSON Schemas, by ajv: https://ajv.js.org. A file of its own, so that it is loaded when the first
 * schema is validated and not before (docs/decisions/0007).
 */
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { ConfigurationError } from "../llm/errors.ts";
import type { Issue } from "../llm/issue.ts";
import { own, type JsonObject, type JsonValue } from "../llm/json.ts";
import { plainSchema } from "./plain.ts";

/** Issues that are told. One mistake can have hundreds, and nobody reads them. */
const MAX_ISSUES = 20;

/**
 * Keywords and formats that nobody knows are annotations, as the specification has it. Nothing is ever printed. What a
 * value has from its prototype (`constructor`) is not in it.
 */
const options: Options = {
  strict: false,
  logger: false,
  allErrors: true,
  validateFormats: false,
  ownProperties: true,
};

type Draft = typeof Ajv | typeof Ajv2020;

const drafts: readonly (readonly [uri: RegExp, draft: Draft])[] = [
  [/^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/, Ajv2020],
  [/^https?:\/\/json-schema\.org\/draft-07\/schema#?$/, Ajv],
];

const validators = new WeakMap<JsonObject, ValidateFunction>();
const metaValidators = new Map<Draft, InstanceType<Draft>>();

/**
 * What is wrong with a value by a plain JSON Schema; nothing for a valid one. A schema is compiled once, when it is
 * first used.
 * @throws ConfigurationError `invalid-option` for a schema that is none, or refers to what it does not hold: nothing
 * is ever fetched.
 */
export function issuesOf(schema: JsonObject, value: unknown): readonly Issue[] {
  const validate = validatorOf(schema);
  try {
    if (validate(value)) return [];
  } catch (error) {
    throw invalid(error instanceof RangeError ? "it refers to itself without end" : String(error));
  }
  const errors = validate.errors ?? [];
  return errors.slice(0, MAX_ISSUES).map((error) => issue(error, value));
}

/** Compiles a schema, so that what is wrong with it is known. @throws ConfigurationError as {@link issuesOf}. */
export function prepare(schema: JsonObject): void {
  validatorOf(schema);
}

function validatorOf(schema: JsonObject): ValidateFunction {
  let validate = validators.get(schema);
  if (validate === undefined) {
    validate = compile(schema);
    validators.set(schema, validate);
  }
  return validate;
}

function compile(schema: JsonObject): ValidateFunction {
  const plain = plainSchema(schema);
  const draft = draftOf(plain);
  // `$async`, which is ajv's own, would have it answer with promises.
  const { $schema: _, $async: __, ...rest } = plain;
  const meta = metaValidator(draft);
  try {
    if (meta.validateSchema(rest) !== true)
      throw new Error(meta.errorsText(meta.errors, { dataVar: "schema" }));
    // An instance for each: one would remember every `$id` for ever, and let schemas refer to one another.
    return new draft({ ...options, meta: false, validateSchema: false }).compile(rest);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

function draftOf(schema: JsonObject): Draft {
  const uri = own(schema, "$schema");
  if (uri === undefined) return Ajv2020;
  const found = drafts.find(([known]) => typeof uri === "string" && known.test(uri));
  if (found !== undefined) return found[1];
  throw invalid(`its $schema is ${JSON.stringify(uri)}; known are draft 2020-12 and draft-07`);
}

function metaValidator(draft: Draft): InstanceType<Draft> {
  let meta = metaValidators.get(draft);
  if (meta === undefined) {
    meta = new draft({ ...options, allErrors: false });
    metaValidators.set(draft, meta);
  }
  return meta;
}

function issue(
  { instancePath, keyword, params, message = "is not valid" }: ErrorObject,
  root: unknown,
): Issue {
  const path: (string | number)[] = [];
  let at = root;
  for (const escaped of instancePath.split("/").slice(1)) {
    const key = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(at) ? Number(key) : key);
    at = typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined;
  }
  return { path, message: message + detail(keyword, params as Readonly<Record<string, JsonValue>>) };
}

/** What ajv's messages leave out, and whoever is to mend the value must know. */
function detail(keyword: string, params: Readonly<Record<string, JsonValue>>): string {
  switch (keyword) {
    case "additionalProperties":
      return `: ${JSON.stringify(params["additionalProperty"])}`;
    case "unevaluatedProperties":
      return `: ${JSON.stringify(params["unevaluatedProperty"])}`;
    case "enum":
      return `: ${JSON.stringify(params["allowedValues"])}`;
    case "const":
      return `: ${JSON.stringify(params["allowedValue"])}`;
    default:
      return "";
  }
}

function invalid(why: string): ConfigurationError {
  return new ConfigurationError("invalid-option", `this JSON Schema cannot be used: ${why.slice(0, 1000)}`);
}
