import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parseArguments } from "../../src/cli/args.ts";
import { UsageError } from "../../src/cli/command.ts";
import { flags } from "../../src/cli/flags.ts";
import { help } from "../../src/cli/help.ts";

const common = { quiet: false, verbose: false, color: true };
const tools = { noTools: false, allow: [], sandbox: "auto", unsafe: false, allowHosts: [], mcpConfigs: [] };
const converse = { command: "converse", print: false, session: { kind: "new" }, tools, ...common };
const undo = { files: [], list: false, dryRun: false, yes: false, json: false };
const print = { ...converse, print: true };

const understood: [argv: string[], command: object][] = [
  [[], converse],
  [["fix it"], { ...converse, text: "fix it" }],
  [["-p", "hi"], { ...print, text: "hi" }],
  [["hi", "--print"], { ...print, text: "hi" }],
  [["--print=hi"], { ...print, text: "hi" }],
  [["-p"], print],
  [["-p", "two", "words"], { ...print, text: "two words" }],
  [["-p", "models"], { ...print, text: "models" }],
  [["-p", "--", "--model"], { ...print, text: "--model" }],
  [["--", "models"], { ...converse, text: "models" }],
  [["-p", "- a list\n- of things"], { ...print, text: "- a list\n- of things" }],
  [["-p", "--help me"], { ...print, text: "--help me" }],
  [["-p", "--system", "-be brief", "hi"], { ...print, system: "-be brief", text: "hi" }],
  [["-p", "--system=be brief"], { ...print, system: "be brief" }],
  [["-p", "--system", ""], { ...print, system: "" }],
  [["-p", "--model", "a", "--model=b"], { ...print, model: "b" }],
  [["-p", "--output-format", "stream-json"], { ...print, format: "stream-json" }],
  [["--record", "a b.httprr"], { ...converse, record: "a b.httprr" }],
  [["-p", "--log", "-", "hi"], { ...print, log: "-", text: "hi" }],
  [["--log=a b.jsonl"], { ...converse, log: "a b.jsonl" }],
  [["--replay", "x"], { ...converse, replay: "x" }],
  [["--max-responses", "0", "--max-output-tokens=7"], { ...converse, maxResponses: 0, maxOutputTokens: 7 }],
  [["--max-dollars", "0.50"], { ...converse, maxDollars: "0.50" }],
  [["--max-wall-time=10m"], { ...converse, maxWallTimeMs: 600_000 }],
  [["--max-wall-time", "90"], { ...converse, maxWallTimeMs: 90_000 }],
  [["--max-wall-time", "1.5h"], { ...converse, maxWallTimeMs: 5_400_000 }],
  [
    ["-C", "some dir", "--quiet", "--no-color"],
    { ...converse, directory: "some dir", quiet: true, color: false },
  ],
  [["-Csome dir", "--verbose"], { ...converse, directory: "some dir", verbose: true }],
  [["models"], { command: "models", json: false, ...common }],
  [["models", "--json", "--no-color"], { command: "models", json: true, ...common, color: false }],
  [["--json", "models"], { command: "models", json: true, ...common }],
  [["-c"], { ...converse, session: { kind: "continue" } }],
  [["-p", "--continue", "and?"], { ...print, session: { kind: "continue" }, text: "and?" }],
  [["--resume", "abc"], { ...converse, session: { kind: "resume", id: "abc" } }],
  [["-rabc-defg", "-p"], { ...print, session: { kind: "resume", id: "abc-defg" } }],
  [["--fork", "abc"], { ...converse, session: { kind: "fork", id: "abc" } }],
  [["--fork=abc-defg@4"], { ...converse, session: { kind: "fork", id: "abc-defg", at: 4 } }],
  [["--no-session"], { ...converse, session: { kind: "none" } }],
  [["sessions"], { command: "sessions", action: { do: "list", json: false, all: false }, ...common }],
  [
    ["sessions", "--all", "--json", "--search", "two words"],
    { command: "sessions", action: { do: "list", json: true, all: true, search: "two words" }, ...common },
  ],
  [
    ["sessions", "rename", "abc", "A", "title"],
    { command: "sessions", action: { do: "rename", id: "abc", title: "A title" }, ...common },
  ],
  [
    ["sessions", "delete", "abc", "def", "--yes"],
    { command: "sessions", action: { do: "delete", ids: ["abc", "def"], yes: true }, ...common },
  ],
  [["-p", "sessions"], { ...print, text: "sessions" }],
  [["export", "abc"], { command: "export", id: "abc", format: "md", ...common }],
  [
    ["export", "abc", "-o", "a.json"],
    { command: "export", id: "abc", format: "json", output: "a.json", ...common },
  ],
  [
    ["export", "abc", "--format", "md", "-oa.json"],
    { command: "export", id: "abc", format: "md", output: "a.json", ...common },
  ],
  [["undo"], { command: "undo", ...undo, ...common }],
  [["undo", "--list", "--json"], { command: "undo", ...undo, list: true, json: true, ...common }],
  [["undo", "3", "--yes"], { command: "undo", ...undo, to: 3, yes: true, ...common }],
  [
    ["undo", "--to=3", "3", "--dry-run", "--file", "a b", "--file=c"],
    { command: "undo", ...undo, to: 3, dryRun: true, files: ["a b", "c"], ...common },
  ],
  [["undo", "wd9", "--to", "3"], { command: "undo", ...undo, session: "wd9", to: 3, ...common }],
  [["undo", "--session", "348"], { command: "undo", ...undo, session: "348", ...common }],
  [["import", "-"], { command: "import", file: "-", ...common }],
  [["doctor"], { command: "doctor", json: false, sessions: false, mend: false, ...common }],
  [
    ["doctor", "--sessions", "--json"],
    { command: "doctor", json: true, sessions: true, mend: false, ...common },
  ],
  [["settings", "--json"], { command: "settings", json: true, ...common }],
  [["prompt"], { command: "prompt", json: false, ...common }],
  [["trust"], { command: "trust", action: "trust", yes: false, ...common }],
  [["trust", "--yes"], { command: "trust", action: "trust", yes: true, ...common }],
  [["trust", "--list"], { command: "trust", action: "list", yes: false, ...common }],
  [
    ["trust", "--revoke", "-C", "a"],
    { command: "trust", action: "revoke", yes: false, ...common, directory: "a" },
  ],
  [["export the data"], { ...converse, text: "export the data" }],
  [["help"], { command: "help" }],
  [["help", "me"], { ...converse, text: "help me" }],
  [["--max-steps", "7"], { ...converse, maxSteps: 7 }],
  [["--permission-mode", "plan"], { ...converse, tools: { ...tools, permissionMode: "plan" } }],
  [
    ["--allow", "shell(npm test *)", "--allow=patch"],
    { ...converse, tools: { ...tools, allow: ["shell(npm test *)", "patch"] } },
  ],
  [["--unsafe"], { ...converse, tools: { ...tools, unsafe: true } }],
  [["--sandbox", "none", "--unsafe"], { ...converse, tools: { ...tools, sandbox: "none", unsafe: true } }],
  [
    ["--allow-host", "a.org, b.org", "--allow-host=*.c.org"],
    { ...converse, tools: { ...tools, allowHosts: ["a.org", "b.org", "*.c.org"] } },
  ],
  [
    ["--mcp-config", "a.json", "--mcp-config=b.json"],
    { ...converse, tools: { ...tools, mcpConfigs: ["a.json", "b.json"] } },
  ],
  [["--no-tools"], { ...converse, tools: { ...tools, noTools: true } }],
  [["-p", "hi", "-h"], { command: "help" }],
  [["models", "--version"], { command: "version" }],
  [["-v"], { command: "version" }],
];

for (const [argv, command] of understood) {
  test(`args: ${JSON.stringify(argv)}`, () => {
    assert.deepEqual(parseArguments(argv), command);
  });
}

const mistaken: [argv: string[], message: RegExp][] = [
  [["--modle", "x"], /^unknown flag --modle; did you mean --model\?$/],
  [["-p", "--format", "json"], /--format belongs to `colloquy export`; with -p there is --output-format/],
  [["-p", "--outputformat", "json"], /--outputformat; did you mean --output-format\?/],
  [["--max-tokens", "5"], /did you mean --max-output-tokens\?/],
  [["--max_responses=5"], /did you mean --max-responses\?/],
  [["trust", "--list", "--revoke"], /--list and --revoke exclude each other/],
  [["trust", "me"], /`colloquy trust` takes no further words; to say them to a model, use -p/],
  [["settings", "--yes"], /--yes does not go with `colloquy settings`/],
  [["--foo"], /^unknown flag --foo$/],
  [["-x"], /^unknown flag -x$/],
  [["--constructor"], /^unknown flag --constructor$/],
  [["--permission-mode", "yolo"], /unknown --permission-mode yolo; there are plan, ask, auto/],
  [["--sandbox", "jail"], /unknown --sandbox jail; there are auto, bwrap, container, none/],
  [["--sandbox", "none"], /if you want that, say --unsafe/],
  [["--sandbox", "bwrap", "--unsafe"], /--unsafe is without a sandbox/],
  [["--max-steps", "0"], /--max-steps takes a whole number from 1 on/],
  [["--model"], /--model needs a value/],
  [["--model", "--quiet"], /--model needs a value; if it is --quiet, write --model=--quiet/],
  [["--model", "-p", "hi"], /--model needs a value/],
  [["--model="], /--model needs a value/],
  [["--quiet=no"], /--quiet takes no value/],
  [["-p", "--output-format", "yaml"], /unknown --output-format yaml; there are text, json, stream-json/],
  [["--max-responses", "-1"], /--max-responses takes a whole number from 0 on, not "-1"/],
  [["--max-dollars", "1e3"], /--max-dollars takes a number of dollars such as 0.50, not "1e3"/],
  [["--max-dollars=-1"], /--max-dollars takes/],
  [["--max-dollars", "$1"], /--max-dollars takes/],
  [["--max-wall-time", "10 min"], /--max-wall-time takes a time such as 90s, 10m or 1h, not "10 min"/],
  [["--max-wall-time=ms"], /--max-wall-time takes/],
  [["--max-responses=-1"], /--max-responses takes a whole number from 0 on, not "-1"/],
  [["--max-output-tokens", "0"], /from 1 on/],
  [["--max-output-tokens", "1e3"], /whole number/],
  [["--log", "--quiet"], /--log needs a value/],
  [["models", "--log", "x"], /--log does not go with `colloquy models`/],
  [["--record", "a", "--replay", "a"], /exclude each other/],
  [["modles"], /unknown command modles; did you mean `colloquy models`\?/],
  [["model"], /did you mean `colloquy models`/],
  [["models", "of", "the", "atom"], /takes no further words/],
  [["models", "--model", "x"], /--model does not go with `colloquy models`/],
  [["-p", "hi", "--json"], /--json belongs to `colloquy models`/],
  [["--continue", "--resume", "abc"], /--continue and --resume exclude each other/],
  [["--fork", "abc", "--no-session"], /--fork and --no-session exclude each other/],
  [["--resume"], /--resume needs a value; `colloquy sessions` lists ids/],
  [["--fork", "abc@0"], /--fork takes the id of a session, or ID@N/],
  [["--fork", "abc@x"], /--fork takes/],
  [["--fork", "@3"], /--fork takes/],
  [["--fork", "a@1@2"], /--fork takes/],
  [["sessions", "of", "mine"], /takes rename, delete or nothing, not of/],
  [["sessions", "rename", "abc"], /rename` takes an id and a title/],
  [["sessions", "rename", "abc", " "], /rename` takes an id and a title/],
  [["sessions", "delete"], /delete` takes the ids of sessions/],
  [["sessions", "--yes"], /--yes does not go with `colloquy sessions`/],
  [["sessions", "delete", "abc", "--all"], /--all does not go with `colloquy sessions delete`/],
  [["sessions", "--continue"], /--continue does not go with `colloquy sessions`/],
  [["export"], /`colloquy export` takes the id of one session/],
  [["export", "the", "data"], /takes the id of one session; to say them to a model, use -p/],
  [["export", "abc", "--format", "yaml"], /unknown --format yaml; there are md, json/],
  [["import"], /takes one file/],
  [["doctor", "--mend"], /--mend goes with --sessions/],
  [["doctor", "--all"], /--all does not go with/],
  [["serve"], /`colloquy serve` does not exist yet/],
];

for (const [argv, message] of mistaken) {
  test(`args: ${JSON.stringify(argv)} is a mistake`, () => {
    assert.throws(
      () => parseArguments(argv),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  });
}

test("args: --help tells of every flag, in lines that fit", () => {
  for (const [name, { short }] of flags) {
    assert.ok(help.includes(`--${name}`), `--${name}`);
    if (short !== undefined) assert.ok(help.includes(`-${short}, --${name}`), `-${short}`);
  }
  for (const line of help.split("\n")) assert.ok(line.length <= 100, line);
});

test("args: what --help needs does not reach the engine", () => {
  const cli = path.join(import.meta.dirname, "../../src/cli");
  const reached = new Set([path.join(cli, "main.ts"), path.join(cli, "help.ts")]);
  for (const file of reached) {
    // Types are gone when the program runs, and what is imported dynamically is another command's.
    for (const [, from = ""] of readFileSync(file, "utf8").matchAll(
      /^(?:import(?! type)|\}) .*from "(\..*)";$/gm,
    )) {
      reached.add(path.join(path.dirname(file), from));
    }
  }
  for (const file of reached) assert.equal(path.dirname(file), cli);
  assert.ok(reached.has(path.join(cli, "flags.ts")));
});
