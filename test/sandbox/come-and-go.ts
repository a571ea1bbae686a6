import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Guards, type Guard } from "../../src/agent/sandbox/guard.ts";
import { Placeholders } from "../../src/agent/sandbox/placeholders.ts";

const TIMES = 1000;

/** One of each sort that has a placeholder. */
export function guardsOf(project: string): readonly Guard[] {
  const guards = new Guards(project, new Set());
  guards.hold(path.join(project, ".gemini"));
  guards.holdOrPretend(path.join(project, ".git/commondir"), ".\n");
  return guards.all();
}

/** Holds and releases, and tells what was not as it has to be. */
function comeAndGo(id: string, project: string): string[] {
  const wrong = new Set<string>();
  for (let time = 0; time < TIMES; time++) {
    const holder = new Placeholders(process.pid, id);
    const guards = guardsOf(project);
    const types = guards.map(({ type }) => type).join();
    if (types !== "absent,pin,decoy") wrong.add(`guards: ${types}`);
    holder.hold(guards);
    for (let look = 0; look < 4; look++) {
      if (!existsSync(path.join(project, ".gemini"))) wrong.add("the placeholder is gone");
      if (read(path.join(project, ".git/commondir")) !== ".\n") wrong.add("the decoy is gone");
    }
    holder.release();
  }
  return [...wrong];
}

function read(at: string): string | undefined {
  return existsSync(at) ? readFileSync(at, "utf8") : undefined;
}

if (process.argv[1] === import.meta.filename) {
  const [id = "", project = ""] = process.argv.slice(2);
  for (const each of comeAndGo(id, project)) console.log(each);
}
