import type { DoctorCommand } from "./command.ts";
import { checkKeys, checkProxies, checkStore, type Check } from "./doctor-checks.ts";
import { checkSessions } from "./doctor-sessions.ts";
import type { Io } from "./io.ts";
import { jsonText } from "./json-text.ts";
import { print } from "./outlet.ts";
import { colorful, harmless } from "./terminal.ts";

/** The face of `colloquy doctor`: what works here, and what to do where something does not. Exit code 1 where not. */
export async function runDoctor(command: DoctorCommand, io: Io): Promise<number> {
  const checks = command.sessions
    ? await checkSessions(io)
    : [...(await checkKeys(io.env)), await checkStore(io), ...checkProxies(io.env)];
  const color = colorful(io.stdout, io, command);
  await print(command.json ? jsonText(checks, io) : checksText(checks, color), io);
  return checks.every(({ ok }) => ok) ? 0 : 1;
}

/** Checks as lines for people. Pure. */
export function checksText(checks: readonly Check[], color: boolean): string {
  const paint = (code: number, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const wide = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, ok, told, advice }) => [
    `${ok ? paint(32, "ok ") : paint(31, "not")}  ${name.padEnd(wide)}  ${harmless(told)}`,
    ...(advice === undefined ? [] : [`     ${" ".repeat(wide)}  ${harmless(advice)}`]),
  ]);
  return `${lines.join("\n")}\n`;
}
