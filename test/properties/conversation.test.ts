import { test } from "node:test";
import fc from "fast-check";
import { commands } from "./commands.ts";
import type { Models, Reals } from "./compare.ts";
import { Modelled } from "./model.ts";
import { Actual, Played } from "./real.ts";

/*
 * Whatever is done with conversations in whatever order, they are as a simple model says. A failure prints
 * the seed and the path to run it again with, and the commands, the fewest that still fail.
 */

function setup(): { model: Models; real: Reals } {
  const played = new Played();
  return {
    model: { nodes: [new Modelled(undefined, [], {})], count: 0 },
    real: { played, nodes: [new Actual(played.open())] },
  };
}

test("a conversation is what its model is, whatever is done with it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 100, size: "max" }), (cmds) =>
      fc.asyncModelRun(setup, cmds),
    ),
    { numRuns: 300 },
  );
});
