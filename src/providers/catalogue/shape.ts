import { ConfigurationError } from "../../llm/errors.ts";
import { isObject, type JsonObject, type JsonValue } from "../../llm/json.ts";

/** A user's own catalogue says something that makes no sense. Its message names the file and the place in it. */
export class CatalogueError extends ConfigurationError {
  readonly file: string;
  /** Where in the file: `$.models[2].prices.rates.input`. */
  readonly path: string;

  constructor(file: string, path: string, problem: string) {
    super("invalid-option", `${file}: ${path}: ${problem}`);
    this.file = file;
    this.path = path;
  }
}

/** A value of the file, and where it stands. */
export class Place {
  readonly value: JsonValue;
  readonly #file: string;
  readonly #path: string;

  constructor(value: JsonValue, file: string, path = "$") {
    this.value = value;
    this.#file = file;
    this.#path = path;
  }

  fail(problem: string): never {
    throw new CatalogueError(this.#file, this.#path, problem);
  }

  /** A member; undefined where there is none. */
  at(key: string): Place | undefined {
    const value = this.object();
    if (!Object.hasOwn(value, key)) return undefined;
    const step = /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    return new Place(value[key] as JsonValue, this.#file, this.#path + step);
  }

  /** A member that must be there. */
  need(key: string): Place {
    return this.at(key) ?? this.missing(key);
  }

  missing(key: string): never {
    return this.fail(`"${key}" is missing`);
  }

  object(): JsonObject {
    return isObject(this.value) ? this.value : this.fail(`must be an object, not ${kindOf(this.value)}`);
  }

  /** The members of an object that may have these and no others: a slip of the pen must not go unseen. */
  only(known: readonly string[]): this {
    for (const key of Object.keys(this.object())) {
      if (!known.includes(key))
        this.fail(`${JSON.stringify(key)} is not known here; known: ${known.join(", ")}`);
    }
    return this;
  }

  entries(): (readonly [key: string, Place])[] {
    return Object.keys(this.object()).map((key) => [key, this.need(key)]);
  }

  items(): Place[] {
    if (!Array.isArray(this.value)) return this.fail(`must be a list, not ${kindOf(this.value)}`);
    const list: readonly JsonValue[] = this.value;
    return list.map((value, at) => new Place(value, this.#file, `${this.#path}[${at}]`));
  }

  text(): string {
    return typeof this.value === "string" && this.value.trim() !== ""
      ? this.value
      : this.fail(`must be a text, not ${kindOf(this.value)}`);
  }

  texts(): string[] {
    return this.items().map((item) => item.text());
  }

  count(): number {
    const { value } = this;
    return typeof value === "number" && Number.isSafeInteger(value) && value > 0
      ? value
      : this.fail("must be a whole number above 0");
  }

  flag(): boolean {
    return typeof this.value === "boolean" ? this.value : this.fail("must be true or false");
  }

  oneOf<Word extends string | boolean>(words: readonly Word[]): Word {
    return (
      words.find((word) => word === this.value) ??
      this.fail(`must be one of ${words.map((word) => JSON.stringify(word)).join(", ")}`)
    );
  }
}

function kindOf(value: JsonValue): string {
  if (value === "") return "an empty one";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return isObject(value) ? "an object" : `a ${typeof value === "string" ? "text" : typeof value}`;
}
