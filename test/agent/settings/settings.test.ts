import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parseServers, parseSettings } from "../../../src/agent/settings/read-settings.ts";
import { resolveSettings } from "../../../src/agent/settings/resolve-settings.ts";
import { noSettings } from "../../../src/agent/settings/settings.ts";
import { projectSettings } from "../../../src/agent/trust/project-settings.ts";
import { noTrust, readTrust, trustFolder } from "../../../src/agent/trust/trust-file.ts";
import { userPlaces } from "../../../src/agent/user-places.ts";
import { ConfigurationError } from "../../../src/llm/errors.ts";
import { rejection } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";

test("settings are read with what is meant where nothing is said", () => {
  const json = JSON.stringify({
    $schema: "x",
    hooks: {
      beforeTool: [{ match: "shell|mcp_*", command: "./a", timeoutSeconds: 5 }],
      endOfTurn: [{ command: "b" }],
    },
    mcpServers: {
      a: { command: "node", args: ["", "x"] },
      b: { url: "https://x.example/mcp" },
      c: { type: "streamable-http", url: "http://x" },
    },
    allow: ["patch", "shell(npm test *)"],
    done: ["npm test"],
  });
  const origin = "project";
  const { settings, notes } = parseSettings(json, "f", origin);
  assert.deepEqual(notes, []);
  assert.deepEqual(settings, {
    hooks: {
      beforeTool: [{ match: ["shell", "mcp_*"], command: "./a", timeoutSeconds: 5, outside: false }],
      afterTool: [],
      endOfTurn: [{ match: undefined, command: "b", timeoutSeconds: 30, outside: false }],
    },
    mcpServers: {
      a: { name: "a", type: "stdio", command: "node", args: ["", "x"], env: {}, origin, outside: false },
      b: { name: "b", type: "http", url: "https://x.example/mcp", headers: {}, origin, private: false },
      c: { name: "c", type: "http", url: "http://x", headers: {}, origin, private: false },
    },
    allow: ["patch", "shell(npm test *)"],
    done: ["npm test"],
  });
  assert.deepEqual(parseSettings("{}", "f", "user").settings, noSettings);
});

const mistaken: readonly (readonly [json: unknown, message: RegExp])[] = [
  ["text", /^f: it is not JSON/],
  [[], /^f: \$: must be an object, not a list/],
  [
    { hooks: { before: [] } },
    /\$\.hooks: "before" is not known here; known: beforeTool, afterTool, endOfTurn/,
  ],
  [{ hooks: { beforeTool: {} } }, /\$\.hooks\.beforeTool: must be a list/],
  [{ hooks: { beforeTool: [{}] } }, /\$\.hooks\.beforeTool\[0\]: "command" is missing/],
  [{ hooks: { beforeTool: [{ command: "a", match: "(a+)+" }] } }, /\[0\]\.match: must be names of tools/],
  [{ hooks: { endOfTurn: [{ command: "a", match: "x" }] } }, /has no meaning at the end of a turn/],
  [{ hooks: { endOfTurn: [{ command: "a", timeoutSeconds: 601 }] } }, /timeoutSeconds: must be 600 at most/],
  [{ hooks: { endOfTurn: [{ command: "a", outside: true }] } }, /outside: only your own settings/],
  [{ hooks: { endOfTurn: [{ command: "a\0" }] } }, /zero byte/],
  [{ mcpServers: { "../x": { command: "a" } } }, /\$\.mcpServers: .*"\.\.\/x" is no name/],
  [{ mcpServers: { a: { command: "a", url: "http://x" } } }, /the server a has both a command and a url/],
  [
    { mcpServers: { a: { url: "file:///etc/passwd" } } },
    /the server a has a url that is no http or https URL/,
  ],
  [{ mcpServers: { a: { url: "http://name:word@x" } } }, /a name or a password in it/],
  [{ mcpServers: { a: { command: "a", env: { X: 1 } } } }, /the server a has "env" in which "X" is no text/],
  [{ allow: ["shell("] }, /\$\.allow\[0\]: .* is no rule/],
  [{ done: ["x".repeat(9000)] }, /8192 characters at most/],
  [{ done: Array.from({ length: 101 }, () => "x") }, /100 members at most/],
];
for (const [value, message] of mistaken) {
  test(`settings are refused with the place: ${message.source}`, () => {
    const json = typeof value === "string" ? value : JSON.stringify(value);
    assert.throws(
      () => parseSettings(json, "f", "project"),
      (error) => error instanceof ConfigurationError && message.test(error.message),
    );
  });
}

test("keys that are not known are told, and addresses and keys are never a project's", () => {
  const { settings, notes } = parseSettings(
    '{"env":{"A":"b"},"baseUrl":"http://x","done":["x"]}',
    "f",
    "project",
  );
  assert.deepEqual(settings, { ...noSettings, done: ["x"] });
  assert.match(
    notes[0] ?? "",
    /"env" is not known and does nothing \(keys, addresses of providers and environment are never/,
  );
  assert.equal(notes.length, 2);
  assert.deepEqual(parseServers('{"inputs":[]}', ".mcp.json").notes.length, 1);
});

test("no JSON makes settings that the types do not allow, nor anything but a typed error", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      try {
        parseSettings(json, "f", "project");
      } catch (error) {
        assert.ok(error instanceof ConfigurationError);
      }
    }),
  );
  const deep = `{"hooks":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  assert.throws(() => parseSettings(deep, "f", "project"), ConfigurationError);
});

test("each value is told with whose it is; the user's come first, and win", async (t) => {
  const config = folderOf(t, {
    "settings.json": JSON.stringify({
      hooks: { endOfTurn: [{ command: "mine", outside: true }] },
      mcpServers: { both: { command: "mine" } },
      allow: ["patch"],
    }),
  });
  const folder = folderOf(t, {
    ".colloquy/settings.json": JSON.stringify({
      hooks: { endOfTurn: [{ command: "theirs" }] },
      done: ["npm test"],
    }),
    ".mcp.json": JSON.stringify({ mcpServers: { both: { command: "theirs" }, docs: { url: "http://x" } } }),
  });
  const state = path.join(folderOf(t), "state");
  const places = { folder, configFolder: config };
  const untrusted = await resolveSettings({ ...places, trust: noTrust });
  assert.deepEqual(
    [untrusted.hooks.endOfTurn.length, Object.keys(untrusted.mcpServers), untrusted.done.length],
    [1, ["both"], 0],
  );
  const project = await projectSettings({ folder, trust: noTrust });
  if (project.state !== "untrusted") assert.fail();
  await trustFolder(state, project.offer, "2026-01-02");
  const trust = await readTrust(state);
  const { hooks, mcpServers, allow, done, notes } = await resolveSettings({ ...places, trust });
  assert.deepEqual(
    hooks.endOfTurn.map(({ value, from }) => [value.command, value.outside, from]),
    [
      ["mine", true, "user"],
      ["theirs", false, "project"],
    ],
  );
  assert.deepEqual([mcpServers["both"]?.from, mcpServers["docs"]?.from], ["user", "project"]);
  assert.deepEqual([allow[0]?.from, done[0]?.from], ["user", "project"]);
  assert.match(notes.join(), /the server both is that of your own settings/);
  const inside = await resolveSettings({ ...places, trust, withoutHooks: true });
  assert.deepEqual(inside.hooks.endOfTurn, []);
  assert.match(inside.notes.join(), /no hooks run here/);
});

test("the user's own settings are not passed over when they make no sense", async (t) => {
  const config = folderOf(t, { "settings.json": '{"done":"npm test"}' });
  const error = await rejection(resolveSettings({ folder: config, configFolder: config, trust: noTrust }));
  assert.match(String(error), /settings\.json: \$\.done: must be a list/);
});

test("the user's places follow the environment", () => {
  assert.deepEqual(userPlaces({ HOME: "/h" }), {
    configFolder: "/h/.config/colloquy",
    skillsFolder: "/h/.agents/skills",
  });
  assert.equal(userPlaces({ HOME: "/h", XDG_CONFIG_HOME: "/x" }).configFolder, "/x/colloquy");
  assert.equal(userPlaces({ HOME: "/h", XDG_CONFIG_HOME: "x" }).configFolder, "/h/.config/colloquy");
  assert.deepEqual(userPlaces({}), { configFolder: undefined, skillsFolder: undefined });
});
