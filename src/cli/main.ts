import { parseArguments } from "./args.ts";
import { UsageError, type Command } from "./command.ts";
import { processIo, type Io } from "./io.ts";

/**
 * The program: a command line in, an exit code out. What a command needs is loaded when it is known which one it is,
 * so that `--help` is there at once.
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  let command: Command | undefined;
  try {
    command = parseArguments(argv);
    return await run(command, io);
  } catch (error) {
    const { explain } = await import("./explain.ts");
    const { exitCode } = await import("./exit-code.ts");
    const { teller } = await import("./terminal.ts");
    const flags = command !== undefined && "verbose" in command ? command : undefined;
    const plain = { quiet: false, verbose: false, color: !argv.includes("--no-color") };
    teller(io, flags ?? plain).error(explain(error, flags?.verbose ?? false));
    return exitCode(error);
  }
}

async function run(command: Command, io: Io): Promise<number> {
  switch (command.command) {
    case "help":
      return await print((await import("./help.ts")).help, io);
    case "version":
      return await print(`${(await import("../providers/version.ts")).VERSION}\n`, io);
    case "models":
      return await (await import("./models.ts")).runModels(command, io);
    case "sessions":
      return await (await import("./sessions.ts")).runSessions(command, io);
    case "export":
      return await (await import("./export.ts")).runExport(command, io);
    case "cost":
      return await (await import("./cost.ts")).runCost(command, io);
    case "undo":
      return await (await import("./undo.ts")).runUndo(command, io);
    case "import":
      return await (await import("./import.ts")).runImport(command, io);
    case "doctor":
      return await (await import("./doctor.ts")).runDoctor(command, io);
    case "settings":
      return await (await import("./show-settings.ts")).runSettings(command, io);
    case "prompt":
      return await (await import("./show-prompt.ts")).runPrompt(command, io);
    case "trust":
      return await (await import("./trust.ts")).runTrust(command, io);
    case "converse": {
      const terminal = io.stdin.isTTY === true;
      if (command.print || (!terminal && command.text === undefined)) {
        return await (await import("./headless.ts")).runHeadless(command, io);
      }
      if (!terminal) throw new UsageError("there is no terminal for a conversation; for one exchange add -p");
      if (command.format !== undefined) throw new UsageError("--output-format needs -p");
      return await (await import("./interactive.ts")).runInteractive(command, io);
    }
  }
}

async function print(text: string, io: Io): Promise<number> {
  return await (await import("./outlet.ts")).print(text, io);
}
