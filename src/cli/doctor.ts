import { wrap } from "./columns.ts";
import type { DoctorCommand } from "./command.ts";
import { checkKeys, checkProxies, checkStore, type Check } from "./doctor-checks.ts";
import { checkSessions } from "./doctor-sessions.ts";
import { checkTools } from "./doctor-tools.ts";
import type { Io } from "./io.ts";
import { jsonText } from "./json-text.ts";
import { print } from "./outlet.ts";
import { colorful, harmless, terminalWidth } from "./terminal.ts";

const GAP = "  ";

/** So many columns a text has, however narrow the terminal is. */
const LEAST = 20;

/** The face of `colloquy doctor`: what works here, and what to do where something does not. Exit code 1 where not. */
export async function runDoctor(command: DoctorCommand, io: Io): Promise<number> {
  const checks = command.sessions
    ? await checkSessions(io, command.mend)
    : [
        ...(await checkKeys(io.env)),
        await checkStore(io),
        ...(await checkTools(io)),
        ...checkProxies(io.env),
      ];
  const color = colorful(io.stdout, io, command);
  const width = terminalWidth(io.stdout) ?? Infinity;
  await print(command.json ? jsonText(checks, io) : checksText(checks, color, width), io);
  return checks.every(({ ok }) => ok) ? 0 : 1;
}

/** Checks as lines for people. Pure. */
function checksText(checks: readonly Check[], color: boolean, width: number): string {
  const paint = (code: number, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const wide = Math.max(...checks.map(({ name }) => name.length));
  const indent = " ".repeat("ok ".length + GAP.length + wide + GAP.length);
  const lines = checks.flatMap(({ name, ok, told, advice }) => {
    const wrapped = [told, ...(advice === undefined ? [] : [advice])].flatMap((text) =>
      wrap(harmless(text), Math.max(width - indent.length, LEAST)),
    );
    const head = [ok ? paint(32, "ok ") : paint(31, "not"), name.padEnd(wide), wrapped[0]];
    return [head.join(GAP), ...wrapped.slice(1).map((line) => indent + line)];
  });
  return `${lines.join("\n")}\n`;
}
