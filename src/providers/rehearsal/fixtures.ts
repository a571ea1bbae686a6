/** The fixed texts that the grammar's short words stand for. */

export const greetings = {
  hello: "Hello. I am the rehearsal model: I answer by rules, without a network. Say `help` for what I know.",
  Hello: "Well, hi there!",
} as const;

/** A table too wide for most screens, and a narrow one after it. */
export const wideTables: string = (() => {
  const columns = Array.from({ length: 16 }, (_, i) => `Column ${i + 1}`);
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const body = ["alpha", "beta", "gamma", "delta"].map((name) =>
    row(columns.map((_, i) => (i === 0 ? name : `${name} value ${i + 1}`))),
  );
  const narrow = ["| Key | Value |", "| --- | ---: |", "| one | 1 |", "| two | 2 |"];
  return [
    "A wide table:",
    "",
    row(columns),
    row(columns.map(() => "---")),
    ...body,
    "",
    "A narrow one:",
    "",
    ...narrow,
  ].join("\n");
})();

/** A source file of 200 functions. */
export const bigFile: string = Array.from(
  { length: 200 },
  (_, i) => `export function rehearsed${i + 1}(value: number): number {\n  return value + ${i + 1};\n}\n`,
).join("\n");

/** A text with two sources. */
export const cited = {
  text: "Rehearsals are older than theatres, and cheaper than premieres.",
  citations: [
    { type: "web", title: "On rehearsals", url: "https://example.com/rehearsals" },
    { type: "web", title: "On premieres", url: "https://example.com/premieres" },
  ],
} as const;
