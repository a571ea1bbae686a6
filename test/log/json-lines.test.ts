import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigurationError, ModelError } from "../../src/llm/errors.ts";
import { jsonLines, type JsonLinesOptions } from "../../src/log/json-lines.ts";
import { silent, type Attributes, type Logger } from "../../src/log/logger.ts";
import { Secret } from "../../src/providers/secret.ts";
import { canaries, seen, type Canary } from "../support/canaries.ts";

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5) };

function written(log: (logger: Logger) => void, options: Partial<JsonLinesOptions> = {}): string[] {
  const lines: string[] = [];
  log(jsonLines((line) => lines.push(line), { clock, ...options }));
  return lines;
}

/** The attributes of one record as they are read back. */
function read(attributes: Attributes, options: Partial<JsonLinesOptions> = {}): Record<string, unknown> {
  const [line = ""] = written((log) => log.info("m", attributes), options);
  assert.match(line, /^[^\n]*\n$/);
  const { time: _, level: __, msg: ___, ...rest } = JSON.parse(line) as Record<string, unknown>;
  return rest;
}

test("a record is a line: time, level, message, what is bound, what is its own", () => {
  const lines = written((log) =>
    log
      .with({ session: "s", n: 1 })
      .with({ n: 2 })
      .warn("oh", { n: 3, o: [1n] }),
  );
  assert.deepEqual(lines, [
    '{"time":"2026-01-02T03:04:05.000Z","level":"warn","msg":"oh","session":"s","n":3,"o":["1"]}\n',
  ]);
});

test("levels: what is below is not written, and its attributes are not read", () => {
  const unread: Attributes = {
    get a() {
      return assert.fail("it was read");
    },
  };
  const all = (log: Logger): void => {
    log.debug("debug", unread);
    log.info("info");
    log.warn("warn");
    log.error("error");
  };
  const levelsOf = (lines: readonly string[]): unknown[] =>
    lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  assert.deepEqual(levelsOf(written(all)), ["info", "warn", "error"]);
  assert.deepEqual(levelsOf(written(all, { level: "error" })), ["error"]);
  assert.deepEqual(levelsOf(written((log) => log.debug("debug"), { level: "debug" })), ["debug"]);
  const log = jsonLines(() => undefined, { clock, level: "warn" });
  assert.deepEqual([log.on("info"), log.on("warn"), log.with({}).on("debug")], [false, true, false]);
});

test("silent reads nothing, and bound it is itself", () => {
  const unread = new Proxy({}, { ownKeys: () => assert.fail("it was read") });
  assert.equal(silent.with(unread), silent);
  silent.error("no", unread);
  assert.equal(silent.on("error"), false);
});

test("bound attributes are those of the moment they were bound", () => {
  const state = { n: 1 };
  const [line = ""] = written((log) => {
    const bound = log.with({ state });
    state.n = 2;
    bound.info("m");
  });
  assert.match(line, /"state":\{"n":1\}/);
});

test("an attribute cannot pass for the record's own time, level or message", () => {
  assert.deepEqual(read({ msg: "x", time: 0, level: "none" }), { _msg: "x", _time: 0, _level: "none" });
});

test("errors are what they say of themselves; their body and partial answer are not told, their stack at debug", () => {
  const cause = Object.assign(new Error("socket"), { code: "ECONNRESET" });
  const error = new ModelError("no", { kind: "server", status: 500, requestId: "r1", body: "quoted", cause });
  const { error: told } = read({ error }) as { error: object };
  assert.deepEqual(told, {
    name: "ModelError",
    message: "no",
    kind: "server",
    status: 500,
    requestId: "r1",
    retryable: true,
    cause: { name: "Error", message: "socket", code: "ECONNRESET" },
  });
  const { error: whole } = read({ error }, { level: "debug" }) as { error: { stack: string } };
  assert.match(whole.stack, /json-lines\.test\.ts/);
});

test("values that JSON has no word for are told in some words", () => {
  const circular: unknown[] = [];
  circular.push(circular);
  const throwing = {
    get bad(): never {
      throw new Error("no");
    },
    fine: 1,
  };
  const hostile = new Proxy({}, { ownKeys: () => assert.fail("no"), get: () => assert.fail("no") });
  const { proxy: revoked, revoke } = Proxy.revocable([], {});
  revoke();
  assert.deepEqual(
    read({
      circular,
      throwing,
      hostile,
      revoked,
      big: 2n ** 70n,
      nan: NaN,
      absent: undefined,
      nothing: null,
      call: () => 1,
      symbol: Symbol("s"),
      map: new Map<unknown, unknown>([["a", new Set([1])]]),
      bytes: new Uint8Array(3),
      date: new Date(0),
      never: new Date(NaN),
      url: new URL("https://a.test/"),
      secret: new Secret("s"),
      odd: {
        toJSON: () => {
          throw new Error("no");
        },
      },
      self: {
        toJSON() {
          return this;
        },
      },
    }),
    {
      circular: ["[circular]"],
      throwing: { bad: "[unreadable]", fine: 1 },
      hostile: "[unreadable]",
      revoked: "[unreadable]",
      big: "1180591620717411303424",
      nan: "NaN",
      nothing: null,
      call: "[function]",
      symbol: "Symbol(s)",
      map: { a: [1] },
      bytes: "[3 bytes]",
      date: "1970-01-01T00:00:00.000Z",
      never: null,
      url: "https://a.test/",
      secret: "***",
      odd: "[unreadable]",
      self: "[circular]",
    },
  );
});

test("what is too much is cut, and says how much it was", () => {
  const long = "ab".repeat(50_000);
  const { text, list, deep } = read({
    text: long,
    list: Array.from({ length: 1000 }, (_, i) => i),
    deep: JSON.parse("[".repeat(50) + "]".repeat(50)) as unknown,
  }) as { text: string; list: unknown[]; deep: unknown };
  assert.equal(text, `${long.slice(0, 8192)}… (100000 characters)`);
  assert.deepEqual([list.length, list.at(-1)], [101, "… (1000 items)"]);
  assert.match(JSON.stringify(deep), /^\[+"\[too deep\]"\]+$/);
  // Each holds the one before it a hundred times: written out it would be as long as 10^16.
  let many: unknown = 1;
  for (let i = 0; i < 8; i++) many = Array.from({ length: 100 }, () => many);
  const wide = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`a${i}`, [long, long]]));
  for (const value of [many, wide]) {
    const [line = ""] = written((log) => log.info("m", { value, more: [value, value] }));
    assert.ok(line.length < 400_000, String(line.length));
    JSON.parse(line);
  }
});

test("a line stays a line, of whole characters, without control codes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 0, max: 0xffff }), (text, code) => {
      const odd = `${text}\u2028\u2029\u0085\u009b\u007f\n\r${String.fromCharCode(code)}`;
      const lines = written((log) => log.with({ [odd]: odd }).info(odd, { a: [odd] }));
      assert.equal(lines.length, 1);
      const line = lines[0] ?? "";
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(line.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/u);
      assert.doesNotMatch(line, /\\ud[89a-f]/);
      JSON.parse(line);
    }),
  );
});

test("a write or a clock that throws breaks nothing", () => {
  const fail = (): never => {
    throw new Error("disk full");
  };
  jsonLines(fail, { clock }).error("m");
  jsonLines(() => undefined, { clock: { now: fail } }).error("m");
  jsonLines(() => undefined, { clock: { now: () => NaN } }).error("m");
});

test("what is named like a key is not told, whatever it is", () => {
  assert.deepEqual(
    read({
      apiKey: "k",
      password: 1234,
      headers: { Authorization: ["x"], "x-api-key": { a: 1 }, accept: "json" },
      list: [["cookie", "a=b"], "set-cookie", "c=d"],
      hasToken: true,
      token: null,
      maxTokens: 5,
    }),
    {
      apiKey: "***",
      password: "***",
      headers: { Authorization: "***", "x-api-key": "***", accept: "json" },
      list: [["cookie", "***"], "set-cookie", "***"],
      hasToken: true,
      token: null,
      maxTokens: 5,
    },
  );
});

test("secrets that are given are not told, in whatever spelling", () => {
  const secret = 'kd7 "quoted"/ß';
  const text = `a${secret}b ${JSON.stringify(secret)} ${encodeURIComponent(secret)} ${JSON.stringify({ secret })}`;
  const [line = ""] = written((log) => log.info(text, { [text]: text }), {
    secrets: [secret, "kd7", "\ud800234567"],
  });
  assert.doesNotMatch(line, /kd7|quoted/);
});

test("a secret that is given is not told by halves, where the cut of a long text goes through it", () => {
  const secret = `0-odd.${"kd7qz"
    .repeat(8)
    .split("")
    .map((letter, index) => letter + String(index))
    .join("")}`;
  for (let length = 8192 - 2 * secret.length; length < 8192 + 4096 + 2 * secret.length; length += 7) {
    const text = `${"x ".repeat(length / 2)}${secret} ${secret}`;
    const [line = ""] = written((log) => log.info(text), { secrets: [secret] });
    assert.equal(seen({ secret, text }, line), undefined, `at ${length}`);
  }
});

test("a level that there is not is a mistake", () => {
  assert.throws(
    () => jsonLines(() => undefined, { clock, level: "loud" as "warn" }),
    new ConfigurationError("invalid-option", 'level must be one of debug, info, warn, error, not "loud"'),
  );
});

/** Ways in which a value may come to hold a text. */
const holders: readonly ((text: string) => Attributes)[] = [
  (text) => ({ text }),
  (text) => ({ [text]: 1 }),
  (text) => ({ a: [{ b: [text] }] }),
  (text) => ({ error: new Error(text, { cause: Object.assign(new Error("c"), { code: text }) }) }),
  (text) => ({ error: new ModelError("m", { kind: "server", body: text, requestId: text, cause: text }) }),
  (text) => ({ error: new AggregateError([new Error(text)], text) }),
  (text) => ({ map: new Map([[text, new Set([text])]]) }),
  (text) => ({ odd: { toJSON: () => ({ text }) }, symbol: Symbol(text) }),
];

test("no key of twelve forms gets through, wherever it stands", () => {
  const before = fc.oneof(
    fc.constantFrom("", " ", '"', "=", "(", "\n", "/", "key: "),
    fc.string().map((text) => `${text} `),
    // So long that the cut goes through the key, or comes just before it.
    fc.integer({ min: 8100, max: 12_400 }).map((length) => "x ".repeat(length / 2)),
  );
  const canary = fc.constantFrom<Canary>(...Object.values(canaries));
  const nested = (text: string, depth: number): string =>
    depth === 0 ? text : nested(JSON.stringify({ note: text }), depth - 1);
  fc.assert(
    fc.property(
      canary,
      before,
      fc.nat({ max: 2 }),
      fc.constantFrom(...holders),
      fc.boolean(),
      (canary, start, depth, hold, debug) => {
        const text = nested(`${start}${canary.text} and so on`, depth);
        const all = written(
          (log) => log.with(hold(text)).error(text, hold(text)),
          debug ? { level: "debug" } : {},
        ).join("");
        assert.notEqual(all, "");
        assert.equal(seen(canary, all), undefined);
      },
    ),
    { numRuns: 2000 },
  );
});
