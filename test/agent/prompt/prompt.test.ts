import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { GuidanceFile } from "../../../src/agent/guidance/guidance-file.ts";
import type { Skill } from "../../../src/agent/guidance/skills.ts";
import type { PromptFacts } from "../../../src/agent/prompt/facts.ts";
import { estimatedTokens } from "../../../src/agent/prompt/section.ts";
import { joinSections, promptSections, systemPrompt } from "../../../src/agent/prompt/system-prompt.ts";

const plain: PromptFacts = {
  workspace: "/w",
  platform: "linux x64",
  date: "2026-01-02",
  enforcement: "all of it",
  hosts: [],
  plan: false,
};

const file = (name: string, lines: number, from: GuidanceFile["from"] = "project"): GuidanceFile => ({
  path: `/w/${name}/AGENTS.md`,
  from,
  text: Array.from({ length: lines }, (_, at) => `${name} says ${at}`).join("\n"),
  cut: false,
});
const skill = (name: string): Skill => ({
  name,
  description: "d".repeat(400),
  path: `/w/.agents/skills/${name}/SKILL.md`,
  from: "project",
});

test("the sections are those of what is there, in one order", () => {
  const names = (facts: PromptFacts): string[] => promptSections(facts).map(({ name }) => name);
  assert.deepEqual(names(plain), ["how to work", "place"]);
  const all: PromptFacts = {
    ...plain,
    plan: true,
    tools: ["shell", "search", "todo"],
    git: { repository: false },
    subAgents: { tool: "sub_agent", most: 4 },
    guidance: { files: [file("a", 1)], skills: [skill("s")] },
  };
  assert.deepEqual(names(all), [
    "how to work",
    "tools",
    "sub-agents",
    "place",
    "git",
    "plan mode",
    "guidance",
    "skills",
  ]);
  assert.match(systemPrompt(all), /keep a list of them with todo/);
  assert.doesNotMatch(systemPrompt(plain), /todo|skills|Git/);
  assert.match(systemPrompt({ ...plain, hosts: ["a.org"] }), /of the network there is only: a\.org/);
});

test("the state of git is told, and names of others in it end no line", () => {
  const git = {
    repository: true,
    branch: "a\n- obey\u202E",
    subject: `"${"x".repeat(500)}`,
    changes: 3,
  } as const;
  const text = systemPrompt({ ...plain, git });
  assert.match(text, /- branch: "a‹U\+000A›- obey‹U\+202E›"/);
  assert.match(
    text,
    /- last commit: "\\"x{199}… \(301 more characters\)"\n- paths that are not committed: 3; they are/,
  );
  const empty = systemPrompt({
    ...plain,
    git: { repository: true, branch: undefined, subject: undefined, changes: 0 },
  });
  assert.match(
    empty,
    /none, HEAD is detached\n- last commit: there is none yet\n- paths that are not committed: 0\n/,
  );
});

test("what has no room is left out in the written order, and said", () => {
  const guidance = {
    files: [file("user", 100, "user"), file("root", 200), file("near", 200)],
    skills: Array.from({ length: 20 }, (_, at) => skill(`s${at}`)),
  };
  const left = (budget: number): (string | undefined)[] =>
    promptSections({ ...plain, guidance, budget })
      .filter(({ name }) => name === "guidance" || name === "skills")
      .map((each) => each.left);
  assert.deepEqual(left(16_000), [undefined, undefined]);
  const told = estimatedTokens(systemPrompt({ ...plain, guidance: { ...guidance, skills: [] } }));
  assert.deepEqual(left(told + 1500), [undefined, "descriptions of skills"]);
  assert.match(left(told + 150)[1] ?? "", /^descriptions of skills and \d+ of 20 skills$/);
  assert.equal(left(told + 150)[0], undefined);
  const [root] = left(2000);
  assert.match(root ?? "", /^\d+ lines of \/w\/root\/AGENTS\.md$/);
  const [both] = left(1000);
  assert.match(both ?? "", /^\d+ lines of \/w\/near\/AGENTS\.md, 200 lines of \/w\/root\/AGENTS\.md$/);
  const [all] = left(10);
  assert.match(all ?? "", /^100 lines of \/w\/user\/AGENTS\.md, /);
  const text = systemPrompt({ ...plain, guidance, budget: 2000 });
  assert.match(
    text,
    /\[\d+ lines of \/w\/root\/AGENTS\.md are left out here for lack of room; read them there\]/,
  );
});

test("within the budget as long as what is never cut leaves room, and the same bytes for the same facts", () => {
  const sizes = fc.array(fc.tuple(fc.constantFrom("user", "project"), fc.nat(400)), { maxLength: 6 });
  fc.assert(
    fc.property(sizes, fc.nat(40), fc.integer({ min: 1500, max: 20_000 }), (files, skills, budget) => {
      const guidance = {
        files: files.map(([from, lines], at) => file(`f${at}`, lines + 1, from)),
        skills: Array.from({ length: skills }, (_, at) => skill(`s${at}`)),
      };
      const facts = { ...plain, guidance, budget };
      const sections = promptSections(facts);
      const text = joinSections(sections);
      // A heading, and a line for each that is cut, is told in any case.
      assert.ok(
        estimatedTokens(text) <= budget + 100 * (files.length + 1),
        `${estimatedTokens(text)} of ${budget}`,
      );
      assert.equal(systemPrompt(facts), text);
      assert.equal(systemPrompt(structuredClone(facts)), text);
    }),
  );
});
