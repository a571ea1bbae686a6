/**
 * A JSON value kept exactly: numbers by their digits (a double would make two long ids one) and objects as
 * maps (so that `__proto__` is a name like any other). Nothing here recurses: a body nested a million deep is
 * compared, not a crash.
 */
export type Json = null | boolean | string | JsonNumber | Json[] | JsonObject;
export type JsonObject = Map<string, Json>;

export class JsonNumber {
  /** As it was written, for people. */
  readonly text: string;
  /** The same for `1`, `1.0` and `10e-1`. */
  readonly canonical: string;

  constructor(text: string) {
    this.text = text;
    this.canonical = canonicalNumber(text);
  }
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS: readonly (readonly [string, Json])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

type Open = { list: Json[] } | { object: JsonObject; key: string };

/** @throws {SyntaxError} where the text is not JSON */
export function parseJson(text: string): Json {
  const open: Open[] = [];
  let at = 0;

  const fail = (): never => {
    throw new SyntaxError(`not JSON at character ${at}`);
  };
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? "";
    at += found.length;
    return found;
  };
  const takeChar = (char: string): boolean => {
    take(SPACE);
    if (text[at] !== char) return false;
    at++;
    return true;
  };
  const takeString = (): string => {
    let end = at + 1;
    for (;;) {
      end = text.indexOf('"', end);
      if (end < 0) return fail();
      let slashes = 0;
      while (text[end - 1 - slashes] === "\\") slashes++;
      if (slashes % 2 === 0) break;
      end++;
    }
    const string: unknown = JSON.parse(text.slice(at, end + 1));
    at = end + 1;
    return String(string);
  };
  const takeKey = (): string => {
    take(SPACE);
    const key = text[at] === '"' ? takeString() : fail();
    if (!takeChar(":")) fail();
    return key;
  };
  const takeScalar = (): Json => {
    if (text[at] === '"') return takeString();
    const word = WORDS.find(([name]) => text.startsWith(name, at));
    if (word !== undefined) {
      at += word[0].length;
      return word[1];
    }
    return new JsonNumber(take(NUMBER) || fail());
  };

  for (;;) {
    let value: Json;
    if (takeChar("[")) {
      value = [];
      if (!takeChar("]")) {
        open.push({ list: value });
        continue;
      }
    } else if (takeChar("{")) {
      value = new Map();
      if (!takeChar("}")) {
        open.push({ object: value, key: takeKey() });
        continue;
      }
    } else {
      value = takeScalar();
    }
    // The value is whole: put it in its place, and close all that it was the last of.
    for (;;) {
      const parent = open.at(-1);
      if (parent === undefined) {
        take(SPACE);
        return at === text.length ? value : fail();
      }
      if ("list" in parent) {
        parent.list.push(value);
        if (takeChar(",")) break;
        if (!takeChar("]")) fail();
        value = parent.list;
      } else {
        parent.object.set(parent.key, value);
        if (takeChar(",")) {
          parent.key = takeKey();
          break;
        }
        if (!takeChar("}")) fail();
        value = parent.object;
      }
      open.pop();
    }
  }
}

/** One text for all ways to write a value: keys sorted, strings and numbers in one form. */
export function canonicalText(value: Json): string {
  const out: string[] = [];
  const todo: (Json | { readonly raw: string })[] = [value];
  const raw = (text: string): void => void todo.push({ raw: text });
  while (todo.length > 0) {
    const item = todo.pop() as Json | { readonly raw: string };
    if (Array.isArray(item)) {
      raw("]");
      for (let index = item.length - 1; index >= 0; index--) {
        todo.push(item[index] as Json);
        if (index > 0) raw(",");
      }
      raw("[");
    } else if (item instanceof Map) {
      const entries = [...item].sort(([a], [b]) => (a < b ? 1 : -1));
      raw("}");
      entries.forEach(([key, child], index) => {
        todo.push(child);
        raw(`${index < entries.length - 1 ? "," : ""}${JSON.stringify(key)}:`);
      });
      raw("{");
    } else if (item instanceof JsonNumber) {
      out.push(item.canonical);
    } else {
      out.push(item !== null && typeof item === "object" ? item.raw : JSON.stringify(item));
    }
  }
  return out.join("");
}

function canonicalNumber(text: string): string {
  const [, sign = "", whole = "", fraction = "", power = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  let end = digits.length;
  while (digits[end - 1] === "0") end--;
  if (end === 0) return "0";
  const exponent = BigInt(power.replace("+", "")) - BigInt(fraction.length) + BigInt(digits.length - end);
  return `${sign}${digits.slice(0, end)}e${exponent}`;
}
