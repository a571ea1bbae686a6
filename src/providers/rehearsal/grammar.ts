import { isObject, own, parseJson } from "../../llm/json.ts";
import { answers, shellCall } from "./answers.ts";
import { leads } from "./leads.ts";
import { answer, call, say, type Plan, type Said } from "./plan.ts";
import { cutAtMark, form, match, type Verb } from "./verb.ts";

const parallel: Verb = {
  head: "parallel:",
  takes: "CALL ;; CALL ...",
  does: 'several calls at once, by `;;` or by line: shell commands, {"name", "input"}, or lines that call',
  read: (argument) => {
    const says = argument.split(argument.includes("\n") ? "\n" : ";;").flatMap((one) => readCall(one.trim()));
    return says.length === 0 ? undefined : { says };
  },
};

const SCRIPT = "script:";

/** Read by {@link readLine}, for it needs to know the step; one inside another line is a mistake. */
const script: Verb = {
  head: SCRIPT,
  takes: "LINE ;; LINE ...",
  does: "one line for each answer, the next on tool results or on `next`; a script may have its lines below",
  read: () => undefined,
};

const next: Verb = {
  head: "next",
  does: "plays the script's next line",
  read: () => say("There is no script to go on with."),
};

const help: Verb = { head: "help", does: "this list", read: () => say(helpText()) };

const verbs: readonly Verb[] = [...answers, parallel, ...leads, script, next, help];

/** What one form of line does, for people. */
export interface GrammarRow {
  readonly form: string;
  readonly does: string;
}

/** The whole language of the rehearsal model: what it understands, and what it says of itself. */
export const grammar: readonly GrammarRow[] = verbs.map((verb) => ({ form: form(verb), does: verb.does }));

/** What is answered to a line that is not of the grammar, unless the request has a schema for its answer. */
export const hint: string = [
  "I am the rehearsal model: I answer by rules, offline. I do not know that line; try one of these:",
  "",
  ...["echo: hi", "bash: ls", "stream: 40", "script: bash: ls ;; echo: Done."].map((line) => `    ${line}`),
  "",
  `\`help\` explains all that I know: ${verbs.map(({ head }) => `\`${head}\``).join(" ")}`,
].join("\n");

/** What is answered to tool results, and wherever there is no new line to read. */
export const acknowledgement = "Noted.";

function helpText(): string {
  return grammar.map((row) => `- \`${row.form}\`: ${row.does}`).join("\n");
}

/** Whether a trimmed line is a script, of which later answers take further steps. */
export function isScript(line: string): boolean {
  return line.startsWith(SCRIPT);
}

/** Whether a trimmed line asks for a script's next step. */
export function isNext(line: string): boolean {
  return line === next.head;
}

/**
 * What a line asks for. Total: a line that nobody knows gets the hint (or a value, where an output is asked for), one that is wrong gets its right form.
 *
 * @param step Which step of a script to take, from 0.
 */
export function readLine(text: string, step = 0): Plan {
  let line = text.trim();
  if (isScript(line)) {
    const steps = readSteps(line.slice(SCRIPT.length));
    const taken = steps[step];
    if (taken === undefined) return steps.length === 0 ? mistake(script) : say("The script is over.");
    line = taken;
  }
  // A loop, not recursion: a line may have any number of leads.
  let led: Plan | undefined;
  for (;;) {
    const found = match(verbs, line);
    if (found === undefined) return under(led, answer(hint));
    const { verb } = found;
    const [argument, rest] = verb.leads === true ? cutAtMark(found.argument) : [found.argument.trim()];
    const plan = verb.read(argument);
    if (plan === undefined) return mistake(verb);
    led = under(led, plan);
    if (rest === undefined || rest === "") return led;
    line = rest;
  }
}

/** A plan, changed by the leads before it. */
function under(led: Plan | undefined, plan: Plan): Plan {
  return { ...plan, ...led, says: plan.says };
}

function mistake(verb: Verb): Plan {
  return say(`I could not read that. The form is \`${form(verb)}\`: ${verb.does}.`);
}

/** The lines of a script. A lead belongs to the line after it. */
function readSteps(argument: string): readonly string[] {
  const byLine = /^[ \t]*\r?\n/.test(argument);
  const steps: string[] = [];
  let leading: string[] = [];
  for (const piece of argument.split(byLine ? "\n" : ";;")) {
    const line = piece.trim();
    if (line === "") continue;
    leading.push(line);
    if (!byLine && match(leads, line) !== undefined) continue;
    steps.push(leading.join(" ;; "));
    leading = [];
  }
  if (leading.length > 0) steps.push(leading.join(" ;; "));
  return steps;
}

/** What one item of `parallel:` calls. */
function readCall(item: string): readonly Said[] {
  if (item === "") return [];
  const value = parseJson(item);
  if (isObject(value)) {
    const name = own(value, "name");
    if (typeof name === "string" && name !== "") return [call([name], own(value, "input") ?? {})];
  }
  const found = match(answers, item);
  const says = found?.verb.read(found.argument.trim())?.says ?? [];
  const calls = says.filter((one) => one.type === "call" || one.type === "every-tool");
  return calls.length > 0 ? calls : [shellCall(item)];
}
