// The settings that docs/guides/trust.md shows are settings, and what it says of them holds.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseSettings } from "../../src/agent/settings/read-settings.ts";
import { saysNothing } from "../../src/agent/settings/settings.ts";
import { offerOf } from "../../src/agent/trust/offer.ts";
import { folderOf } from "../support/folder.ts";

const page = readFileSync(new URL("../../docs/guides/trust.md", import.meta.url), "utf8");
const [example = ""] = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json]) => json);

test("docs/guides/trust.md: its settings are understood as a project's, to the last key", async (t) => {
  const { settings, notes } = parseSettings(example, "settings.json", "project");
  assert.deepEqual([notes, saysNothing(settings)], [[], false]);
  for (const key of Object.keys(JSON.parse(example) as object))
    assert.match(page, new RegExp(`^\\| \`${key}\``, "m"));
  const { obeyed } = await offerOf(folderOf(t), settings);
  // The lines that it shows of the question are made of these settings.
  const [, shown = ""] = /wants the agent to:\n(.*?)\n {2}with the file/s.exec(page) ?? [];
  for (const line of shown.split("\n")) assert.ok(obeyed.includes(line.trim()), line);
});
