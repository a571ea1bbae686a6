/*
 * One process of many that use the same sessions at once: `node crowd.ts KIND PLACE ID ROUNDS`. It begins a session,
 * goes on with a common one whenever nobody holds it, and lists. Prints what went wrong, or `ok`.
 */
import { createConversation } from "../../src/conversation/conversation.ts";
import { openStore, StoreError } from "../../src/store/index.ts";
import { openPostgresStore } from "../../src/store/postgres.ts";
import { scripted } from "../../src/testing/scripted.ts";

const [kind, place = "", common = "", rounds = "0"] = process.argv.slice(2);
const store =
  kind === "postgres" ? await openPostgresStore({ connectionString: place }) : await openStore(place);
const own = await store.create({ title: "own" });
const talk = createConversation({ model: scripted(() => "yes"), journal: own.journal });
let resumed = 0;
for (let round = 0; round < Number(rounds); round++) {
  await talk.send(`round ${round}`);
  await store.list({ most: 10 });
  try {
    const session = await store.resume(common);
    await createConversation({ model: scripted(["done"]), journal: session.journal }).send("mine");
    await session.close();
    resumed++;
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== "held") throw error;
  }
}
await store.close();
console.log(`ok ${own.id} ${resumed}`);
