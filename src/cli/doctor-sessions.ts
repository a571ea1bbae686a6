import type { DamagedEntry, StoreReport } from "../store/index.ts";
import type { Check } from "./doctor-checks.ts";
import { explain } from "./explain.ts";
import type { Io } from "./io.ts";
import { openKeptSessions, sessionsFile } from "./sessions-file.ts";

/** So many damaged entries of a session are told one by one. */
const TOLD = 5;

/** Reads all that is kept, and says what is whole and what is not; mends it first where that is asked for. */
export async function checkSessions(io: Io, mend: boolean): Promise<readonly Check[]> {
  const file = sessionsFile(io.env) ?? "sessions";
  try {
    if (mend) return await mended(io, file);
    const store = await openKeptSessions(io);
    if (store === undefined) return [{ name: "sessions", ok: true, told: "none was kept yet" }];
    try {
      return checksOf(await store.check(), file);
    } finally {
      await store.close();
    }
  } catch (error) {
    return [{ name: "sessions", ok: false, told: explain(error, false)[0] ?? "" }];
  }
}

async function mended(io: Io, file: string): Promise<readonly Check[]> {
  const { mendStore } = await import("../store/index.ts");
  const report = await mendStore(file, io.machine === undefined ? {} : { machine: io.machine });
  const checks = await checkSessions(io, false);
  if (report.outcome === "whole") return checks;
  const told = `the damaged file is kept as ${report.damaged}`;
  return [...checks, { name: "mended", ok: true, told }, ...report.lost.map(lostCheck)];
}

function lostCheck(told: string): Check {
  return { name: "lost", ok: true, told };
}

/** What a store says of itself, as lines. Pure. */
export function checksOf({ sessions, problems, damaged }: StoreReport, file: string): readonly Check[] {
  const whole = sessions - damaged.length;
  const summary = {
    name: "sessions",
    ok: problems.length === 0 && damaged.length === 0,
    told: `${file}: ${whole} of ${sessions} are whole`,
  };
  return [
    summary,
    ...problems.map((told) => ({ name: "file", ok: false, told })),
    ...damaged.map(({ id, damage }) => ({
      name: id,
      ok: false,
      told: `${damage.length === 1 ? "1 entry" : `${damage.length} entries`} cannot be read: ${listed(damage)}`,
      advice: `the rest can be gone on with (--resume ${id}) and saved (\`colloquy export ${id}\`)`,
    })),
  ];
}

function listed(damage: readonly DamagedEntry[]): string {
  const told = damage.slice(0, TOLD).map(({ seq, damage: why }) => `${seq} (${why})`);
  return damage.length > TOLD ? `${told.join(", ")} and ${damage.length - TOLD} more` : told.join(", ");
}
