import fc from "fast-check";

/** What may stand where something else was expected. */
const hostileValues: readonly string[] = [
  "null",
  "true",
  "1e999",
  "-1",
  "-0",
  "0.5",
  "4294967295",
  "99999999999999999999",
  '""',
  '"__proto__"',
  '"\\ud800"',
  "[]",
  "[null]",
  "{}",
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  "[".repeat(500) + "]".repeat(500),
  "{",
  "undefined",
];

const hostileKeys: readonly string[] = [
  "__proto__",
  "constructor",
  "toString",
  "type",
  "index",
  "error",
  "hasOwnProperty",
  "",
];

const hostileValue = fc.constantFrom(...hostileValues);

/** One change to a text. */
const mutation: fc.Arbitrary<(text: string) => string> = fc.oneof(
  // Another character.
  fc
    .tuple(fc.nat(), fc.constantFrom("\0", '"', "\\", "{", "}", "\n", "\r", ":", "0", "é", "😀"))
    .map(([at, c]) => (text: string) => {
      const i = at % (text.length + 1);
      return text.slice(0, i) + c + text.slice(i + 1);
    }),
  // Lines left out, doubled or in another order.
  fc
    .tuple(fc.nat(), fc.nat(), fc.constantFrom("drop", "double", "swap"))
    .map(([a, b, what]) => (text: string) => {
      const events = text.split("\n\n");
      const [i, j] = [a % events.length, b % events.length];
      const [one, two] = [events[i] ?? "", events[j] ?? ""];
      if (what === "drop") events.splice(i, 1);
      else if (what === "double") events.splice(j, 0, one);
      else [events[i], events[j]] = [two, one];
      return events.join("\n\n");
    }),
  // Another value.
  fc.tuple(fc.nat(), hostileValue).map(([at, value]) => (text: string) => {
    const values = [...text.matchAll(/(?<=":)(?:-?\d+|"(?:[^"\\]|\\.)*"|null|\{\}|\[\])/g)];
    const chosen = values[at % Math.max(values.length, 1)];
    if (chosen === undefined) return text;
    return text.slice(0, chosen.index) + value + text.slice(chosen.index + chosen[0].length);
  }),
  // One member more, or another name for one.
  fc
    .tuple(fc.nat(), fc.constantFrom(...hostileKeys), hostileValue, fc.boolean())
    .map(([at, key, value, more]) => (text: string) => {
      const keys = [...text.matchAll(/"\w+":/g)];
      const chosen = keys[at % Math.max(keys.length, 1)];
      if (chosen === undefined) return text;
      const end = chosen.index + chosen[0].length;
      const member = `${JSON.stringify(key)}:`;
      return (
        text.slice(0, chosen.index) +
        (more ? `${member}${value},` : member) +
        text.slice(more ? chosen.index : end)
      );
    }),
  // The whole event is something else.
  fc.tuple(fc.nat(), hostileValue).map(([at, value]) => (text: string) => {
    const events = text.split("\n\n");
    events[at % events.length] = `data: ${value}`;
    return events.join("\n\n");
  }),
);

/** A few changes to a text, one after the other. */
export const mutations: fc.Arbitrary<(text: string) => string> = fc
  .array(mutation, { minLength: 1, maxLength: 6 })
  .map((all) => (text: string) => all.reduce((changed, mutate) => mutate(changed), text));
