import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../support/clock.ts";
import { kill } from "./killing.ts";
import { folder } from "./place.ts";

test(
  "50 processes are killed while they write, and nothing that was told is lost",
  { timeout: 110_000 },
  async (t) => {
    const killed = await kill(folder(t), 50, seededRandom(1));
    t.diagnostic(JSON.stringify(killed));
    assert.equal(killed.kills, 50);
    assert.ok(killed.acknowledged > 0 && killed.effects > 0, JSON.stringify(killed));
  },
);
